"""The feed of new and removed entities: what the plugin ``history`` keeps from build to build."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

from callboard import output
from callboard.build import Settings, build
from callboard.data.http.transport import HttpxTransport
from callboard.model.effects import Effects, Silent

ATOM = "{http://www.w3.org/2005/Atom}"
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def entity(name: str) -> str:
    """One document of a catalog file."""
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\n"
        "spec: {type: x, owner: me, lifecycle: y}\n"
    )


def built(folder: Path, day: int, *names: str) -> list[tuple[str, str, str]]:
    """Title, date and link of each entry after a build on a day with these entities."""
    (folder / "catalog.yaml").write_text("---\n".join(map(entity, names)), encoding="utf-8")
    (folder / "site.yaml").write_text(
        "site: {title: T, url: https://example.com/p/}\ncontent: false\nplugins:\n  - {plugin: history}\n  - plugin: catalog\n"
        "    options: {locations: [{type: file, target: catalog.yaml}]}\n",
        encoding="utf-8",
    )
    effects = Effects(lambda: NOW + timedelta(days=day), HttpxTransport(), output.DiskWriter(), Silent())
    report = build(folder, Settings(), effects)
    assert report.written, [problem.text for problem in report.problems]
    file = folder / "public" / "history" / "entities.xml"
    if not file.is_file():
        return []
    found = []
    for entry in ElementTree.fromstring(file.read_bytes()).iter(f"{ATOM}entry"):
        link = entry.find(f"{ATOM}link")
        found.append(
            (
                entry.findtext(f"{ATOM}title", ""),
                entry.findtext(f"{ATOM}updated", ""),
                "" if link is None else link.get("href", ""),
            )
        )
    return found


def test_what_comes_and_goes_is_told_once(tmp_path: Path) -> None:
    """The first build's entities are no news; later ones are, with the time of the build that saw it and a link while there is a page."""
    home = "https://example.com/p/catalog/default/component"
    assert built(tmp_path, 0, "a", "b") == []
    new = ("new: c (Component)", "2026-03-02T08:00:00Z", f"{home}/c/")
    assert built(tmp_path, 1, "a", "b", "c") == [new]
    gone = ("removed: a (Component)", "2026-03-03T08:00:00Z", "")
    assert built(tmp_path, 2, "b", "c") == [gone, new]
    assert built(tmp_path, 3, "b", "c") == [gone, new]
    back = ("new: a (Component)", "2026-03-05T08:00:00Z", f"{home}/a/")
    assert built(tmp_path, 4, "a", "b", "c") == [back, new]


def test_a_service_that_does_not_answer_removes_nothing(tmp_path: Path) -> None:
    """Only where all data is there, what is missing is gone."""
    built(tmp_path, 0, "a", "b")
    manifest = {"callboard": 1, "title": "Down", "sources": {"items": {"http": "http://127.0.0.1:9/x"}}, "pages": []}
    folder = tmp_path / "plugins" / "down"
    folder.mkdir(parents=True)
    (folder / "plugin.yaml").write_text(json.dumps(manifest), encoding="utf-8")
    site = tmp_path / "site.yaml"
    (tmp_path / "catalog.yaml").write_text(entity("a"), encoding="utf-8")
    site.write_text(site.read_text(encoding="utf-8") + "  - {plugin: down}\n", encoding="utf-8")
    effects = Effects(lambda: NOW + timedelta(days=1), HttpxTransport(), output.DiskWriter(), Silent())
    assert build(tmp_path, Settings(), effects).written
    assert not (tmp_path / "public" / "history" / "entities.xml").exists()
