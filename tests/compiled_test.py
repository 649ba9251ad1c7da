"""Compiled templates: kept beside their sources, read again, and never trusted further than what they were compiled from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import jinja2
import pytest

from callboard import build

FILES = {
    "site.yaml": "site: {title: Acme}\ntheme: acme\nplugins:\n  - {plugin: pages, path: /docs, options: {folder: docs}}\n",
    "docs/index.md": "# Handbook\n\nOne.\n",
    "themes/acme/theme.yaml": "callboard: 1\ntitle: Acme\nextends: callboard\n",
    "themes/acme/templates/404.html": '{% extends "page.html" %}\n{% block content %}<p>Gone.</p>{% endblock %}\n',
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site with a theme of its own, built once; compiled files go to a folder of the test."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "compiled"))
    for name, text in FILES.items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _build(tmp_path / "site")
    return tmp_path / "site"


@pytest.fixture
def compiled(site: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates that are compiled from now on."""
    names: list[str] = []
    usual = jinja2.Environment.compile

    def compile_(self: jinja2.Environment, source: Any, name: Any = None, *args: Any, **more: Any) -> Any:
        names.append(str(name))
        return usual(self, source, name, *args, **more)

    monkeypatch.setattr(jinja2.Environment, "compile", compile_)
    return names


def test_a_build_with_one_change_compiles_nothing(site: Path, compiled: list[str]) -> None:
    """What the last build compiled is read."""
    (site / "docs/index.md").write_text("# Handbook\n\nTwo.\n", encoding="utf-8")
    _build(site)
    assert "Two." in (site / "public/docs/index.html").read_text(encoding="utf-8")
    assert compiled == []


def test_a_changed_template_is_compiled_again(site: Path, compiled: list[str]) -> None:
    """Only that one, and its pages are drawn by it."""
    template = site / "themes/acme/templates/404.html"
    template.write_text(template.read_text(encoding="utf-8").replace("Gone.", "Not here."), encoding="utf-8")
    _build(site)
    assert "Not here." in (site / "public/404.html").read_text(encoding="utf-8")
    assert compiled == ["404.html"]


@pytest.mark.parametrize("content", [b"", b"nonsense", None], ids=["empty", "foreign", "cut off"])
def test_what_is_amiss_is_compiled_again(site: Path, compiled: list[str], content: bytes | None) -> None:
    """A file that cannot be read as code costs time, not the build."""
    files = list((site.parent / "compiled").rglob("*.html.*.pyc"))
    assert files
    for file in files:
        file.write_bytes(file.read_bytes()[:80] if content is None else content)
    (site / "docs/index.md").write_text("# Handbook\n\nThree.\n", encoding="utf-8")
    _build(site)
    assert "Three." in (site / "public/docs/index.html").read_text(encoding="utf-8")
    assert compiled


def test_compiled_files_are_no_part_of_a_theme(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the templates they change nothing: the next build has nothing to do."""
    monkeypatch.setattr(sys, "pycache_prefix", None)
    folder = site / "themes/acme/templates/__pycache__"
    folder.mkdir()
    (folder / "404.html.cpython-311.pyc").write_bytes(b"nonsense")
    assert _build(site).rendered == 0


def test_python_may_be_told_to_write_none(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PYTHONDONTWRITEBYTECODE holds for templates too."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(sys, "pycache_prefix", str(site.parent / "other"))
    (site / "docs/index.md").write_text("# Handbook\n\nFour.\n", encoding="utf-8")
    _build(site)
    assert not (site.parent / "other").exists()


def _build(site: Path) -> Any:
    report = build.build(site, build.Settings(jobs=1), build.effects())
    assert report.written
    return report
