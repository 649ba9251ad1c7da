"""The tests that every plugin should pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar, Final

from callboard.testing.recorded import DeadNetwork
from callboard.testing.sites import NOW, Built, Given, build_plugin, discovered, rebuild

_PROVENANCE: Final = "prov"
"""The class of the bundled theme's line "as of …, from …"."""


class StandardTests:
    """The tests that every plugin should pass. ``standard_tests`` makes a subclass for one plugin."""

    plugin: ClassVar[Path]
    data: ClassVar[Given]
    nothing: ClassVar[Given]

    def test_manifest(self) -> None:
        """Its manifest and options are sound."""
        _nothing("\n".join(problem.text for problem in discovered(self.plugin, self.data)[1]))

    def test_readme(self) -> None:
        """Its README names every option, as code."""
        text = (self.plugin / "README.md").read_text(encoding="utf-8")
        plugins, _ = discovered(self.plugin, self.data)
        options = [name for found in plugins if found.name == self.plugin.name for name in found.options]
        _nothing(", ".join(name for name in options if f"`{name}`" not in text), "options that README.md does not name")

    def test_data(self) -> None:
        """With data it builds without a problem, and has a page."""
        built = build_plugin(self.plugin, self.data)
        _nothing("\n".join(built.problems))
        assert _own(self.plugin, built), "it has no page"

    def test_nothing_yet(self) -> None:
        """With nothing to show yet it builds without an error, and still has its page."""
        built = build_plugin(self.plugin, self.nothing)
        _nothing("\n".join(problem.text for problem in built.report.errors))
        assert _own(self.plugin, built), "it has no page"

    def test_stale(self) -> None:
        """While its services fail, it shows their last good answers, marked as stale with their date."""
        first = self._asking()
        later = rebuild(first, http=DeadNetwork(), now=NOW + timedelta(days=20))
        _nothing("\n".join(problem.text for problem in later.report.errors))
        before, after = _own(self.plugin, first), _own(self.plugin, later)
        _nothing(", ".join(sorted(before.keys() - after.keys())), "pages that are gone while its service fails")
        stale = [page for page in after.values() if "stale" in page.classes]
        assert stale, "none of its pages says that its data is stale"
        assert any(f"{NOW:%Y-%m-%dT%H:%M}" in time for page in stale for time in page.times), "no stale page says since when"

    def test_failed(self) -> None:
        """If its services never answered, it builds all the same, and its page says what failed."""
        self._asking()
        built = build_plugin(self.plugin, replace(self.data, http=DeadNetwork()))
        _nothing("\n".join(problem.text for problem in built.report.errors))
        pages = _own(self.plugin, built)
        assert pages, "it has no page"
        silent = [path for path, page in pages.items() if not page.classes & {"failure", "bad"}]
        _nothing(", ".join(silent), "pages that do not say what failed")

    def _asking(self) -> Built:
        """It as built with its data; skips for a plugin that asks no service then."""
        import pytest

        built = build_plugin(self.plugin, self.data)
        if not any(run.outcome == "fetched" for run in built.report.sources):
            pytest.skip(f"{self.plugin.name} asks no service in these tests")
        return built

    def test_headings(self) -> None:
        """Each of its pages has exactly one h1."""
        pages = _own(self.plugin, build_plugin(self.plugin, self.data))
        _nothing(", ".join(path for path, page in pages.items() if page.tags.count("h1") != 1), "pages without exactly one h1")

    def test_provenance(self) -> None:
        """Each of its pages says where its data is from, and its provider has named an origin: no figure comes from nowhere."""
        built = build_plugin(self.plugin, self.data)
        pages = _own(self.plugin, built)
        if not built.report.sources and built.report.files == ():
            _nothing("the provider's Dataset has no origins", "pages without provenance")
        _nothing(", ".join(path for path, page in pages.items() if _PROVENANCE not in page.classes), "pages without provenance")

    def test_scripts(self) -> None:
        """None of its pages holds a script, a style or an event attribute in the page itself: the site's policy forbids them."""
        for given in (self.data, self.nothing):
            pages = _own(self.plugin, build_plugin(self.plugin, given))
            _nothing(", ".join(f"{path} {page.inline}" for path, page in pages.items() if page.inline), "inline")


def standard_tests(plugin: Path, *, data: Given | None = None, nothing: Given | None = None) -> type[StandardTests]:
    """The standard tests for the plugin in a folder; bind them to a name that pytest collects, such as ``TestStandard``.

    ``data`` is what it is given to have something to show, ``nothing`` what makes it show nothing yet; without them, a mount
    without options.
    """
    words = {"__doc__": f"The standard tests of {plugin.name}.", "plugin": plugin}
    return type("TestStandard", (StandardTests,), {**words, "data": data or Given(), "nothing": nothing or Given()})


def _nothing(found: str, what: str = "problems") -> None:
    """Fail if anything was found; pytest does not explain the asserts of an installed module."""
    assert not found, f"{what}: {found}"


def _own(plugin: Path, built: Built) -> dict[str, _Page]:
    """The pages of a plugin that was built by ``build_plugin``."""
    start = f"/{plugin.resolve().name.replace('_', '-')}/"
    return {path: _Page(html) for path, html in built.pages.items() if path.startswith(start)}


class _Page(HTMLParser):
    """What the standard tests look for in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.classes: set[str] = set()
        self.inline: list[str] = []
        self.times: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what stands in the page itself."""
        given = dict(attrs)
        self.tags.append(tag)
        self.times += [given["datetime"] or ""] if "datetime" in given else []
        self.classes |= set((given.get("class") or "").split())
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(f"<{tag}>")
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
