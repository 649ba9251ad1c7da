"""A radar from text: what the provider gives for one file."""

from __future__ import annotations

import hashlib
import importlib
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from callboard.plugin import Dataset, File, Place

PLUGIN = Path(__file__).parents[1]
DATA = PLUGIN.parents[1].parent / "shared" / "data" / "radar"


class OneFile:
    """A Context with one file, or none."""

    mount = "tech_radar"

    def __init__(self, name: str, content: bytes | None) -> None:
        self.name, self.content = name, content

    def files(self, pattern: str, *, place: Place | None = None) -> Iterator[File]:
        """The file, whatever is asked for."""
        if self.content is not None:
            yield File(self.name, self.content, hashlib.sha256(self.content).hexdigest())

    def place(self, option: str) -> Place:
        """Line 6 of a site."""
        return Place("site.yaml", 6, 7)


@pytest.fixture(scope="session")
def code() -> Callable[[str], ModuleType]:
    """A module of the plugin by name, loaded under a package of its own."""
    spec = ModuleSpec("radar_under_test", None, is_package=True)
    spec.submodule_search_locations = [str(PLUGIN)]
    sys.modules["radar_under_test"] = module_from_spec(spec)
    return lambda name: importlib.import_module(f"radar_under_test.{name}")


@pytest.fixture
def radar(code: Callable[[str], ModuleType]) -> Callable[..., Dataset]:
    """``radar(text, name=..., quadrants=[...])``: the dataset of one file (None for no file)."""

    def provide(text: str | bytes | None, *, name: str = "radar.yaml", **options: Any) -> Dataset:
        content = text.encode() if isinstance(text, str) else text
        given = SimpleNamespace(**{"data": name, "title": None, "quadrants": None, "rings": None, **options})
        dataset: Dataset = code("provider").TechRadar().provide(given, OneFile(name, content))
        return dataset

    return provide


@pytest.fixture
def real(radar: Callable[..., Dataset]) -> Callable[..., Dataset]:
    """A real radar file by its path below the data folder; skips where that is absent."""

    def provide(file: str, **options: Any) -> Dataset:
        if not (DATA / file).is_file():
            pytest.skip("the real radar files are not here")
        return radar((DATA / file).read_bytes(), name=file, **options)

    return provide
