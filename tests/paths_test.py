"""paths: globs in a fixed order, and reads that never leave their folder."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from callboard import paths


def tree(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


def found(base: Path, pattern: str) -> list[str]:
    root, files = paths.find(base, pattern)
    return [file.relative_to(root).as_posix() for file in files]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("c/*.yaml", ["1.yaml"]),
        ("c/**/*.yaml", ["1.yaml", "a/2.yaml", "a/b/4.yaml"]),
        ("c/**/*.{yaml,yml}", ["1.yaml", "a/2.yaml", "a/b/3.yml", "a/b/4.yaml"]),
        ("c/{a/b,z}/*", ["a/b/3.yml", "a/b/4.yaml"]),
        ("c/{a,{z,a/b}}/?.y{a,}ml", ["a/2.yaml", "a/b/3.yml", "a/b/4.yaml"]),
        ("c/**/b/**/[34].*", ["a/b/3.yml", "a/b/4.yaml"]),
        ("./c//a/2.yaml", ["2.yaml"]),
        ("c/**/.*.yaml", ["z/.6.yaml"]),
        ("c/.h/*", ["7.yaml"]),
        ("c/*/*/*/*", []),
        ("nowhere/**/*.yaml", []),
        ("nowhere/x.yaml", []),
    ],
)
def test_globs(tmp_path: Path, pattern: str, expected: list[str]) -> None:
    """Each kind of wildcard finds what it says; hidden folders and node_modules are not gone into by ``**``."""
    tree(
        tmp_path,
        *(f"c/{n}" for n in ("1.yaml", "a/2.yaml", "a/b/3.yml", "a/b/4.yaml", "z/.6.yaml", ".h/7.yaml", "node_modules/8.yaml")),
    )
    assert found(tmp_path, pattern) == expected


def test_root_is_the_fixed_part(tmp_path: Path) -> None:
    """The root is the folder before the first wildcard, also upwards and for absolute patterns."""
    tree(tmp_path, "site/x", "data/a/1.yaml")
    for pattern in ("../data/*/*.yaml", f"{tmp_path}/data/*/1.yaml"):
        root, files = paths.find(tmp_path / "site", pattern)
        assert root == tmp_path / "data"
        assert files == [tmp_path / "data/a/1.yaml"]


def test_order_is_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of a directory's entries on disk changes nothing."""
    names = ["b.yaml", "a/z.yaml", "a-b.yaml", "B.yaml", "a.yaml"]
    tree(tmp_path, *names)
    plain = found(tmp_path, "**/*.yaml")
    scandir = os.scandir

    class Reversed:
        def __init__(self, path: str) -> None:
            self.entries = list(scandir(path))[::-1]

        def __enter__(self) -> list[os.DirEntry[str]]:
            return self.entries

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(os, "scandir", Reversed)
    assert found(tmp_path, "**/*.yaml") == plain == sorted(names)


def test_links_that_leave_the_root_are_refused(tmp_path: Path) -> None:
    """A linked file or folder that leads out stands in the list and is refused by name; one that stays inside is read."""
    tree(tmp_path, "outside/secret.yaml", "c/a/1.yaml")
    (tmp_path / "c/out.yaml").symlink_to(tmp_path / "outside/secret.yaml")
    (tmp_path / "c/folder").symlink_to(tmp_path / "outside")
    (tmp_path / "c/in.yaml").symlink_to("a/1.yaml")
    (tmp_path / "c/up").symlink_to("..")
    (tmp_path / "c/circle").symlink_to("circle")
    for pattern in ("c/**/*.yaml", "c/{*.yaml,*/*.yaml}"):
        root, files = paths.find(tmp_path, pattern)
        assert [file.name for file in files] == ["1.yaml", "folder", "in.yaml", "out.yaml", "up"]
        read, refused = [], []
        for file in files:
            try:
                read.append(paths.read(root, file, limit=100))
            except paths.Refused as error:
                refused.append(error.what)
        assert read == [b"c/a/1.yaml"] * 2
        assert len(refused) == 3
        assert all("leads out of its folder" in what for what in refused)


def test_one_name_is_looked_up_without_listing_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern in which every wildcard is one character names one file: thousands of them in one folder take no longer each."""
    tree(tmp_path, "c/a/1.yaml", "c/a/[x].yaml", "outside/1.yaml")
    (tmp_path / "c/out").symlink_to(tmp_path / "outside")
    monkeypatch.delattr(os, "scandir")
    names = {
        "c/[a]/1.yaml": ["a/1.yaml"],
        "c/a/[[]x].yaml": ["[x].yaml"],
        "c/[a]/2.yaml": [],
        "c/[a]": [],
        "c/[o]ut/1.yaml": ["out"],
    }
    for pattern, expected in names.items():
        root, files = paths.find(tmp_path, pattern)
        assert [file.relative_to(root).as_posix() for file in files] == expected


def test_a_link_in_the_middle_is_followed_before_the_check(tmp_path: Path) -> None:
    """``a/../../x`` through a linked folder is judged by where it really leads."""
    tree(tmp_path, "outside/deep/x", "outside/secret", "root/secret")
    (tmp_path / "root/link").symlink_to(tmp_path / "outside/deep")
    with pytest.raises(paths.Refused, match="leads out"):
        paths.read(tmp_path / "root", tmp_path / "root/link/../secret", limit=100)


def test_a_name_that_only_begins_like_the_root(tmp_path: Path) -> None:
    """``/data-private`` is not inside ``/data``."""
    tree(tmp_path, "data/1", "data-private/2")
    with pytest.raises(paths.Refused):
        paths.read(tmp_path / "data", tmp_path / "data-private/2", limit=100)


def test_only_regular_files_of_the_allowed_size(tmp_path: Path) -> None:
    """Folders, pipes and files that are too large are refused, and a pipe does not hang."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(bytes(101))
    for name, words in (("pipe", "no regular file"), ("large", "larger than 100 bytes"), (".", "is a folder")):
        with pytest.raises(paths.Refused, match=words):
            paths.read(tmp_path, tmp_path / name, limit=100)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(paths.Refused):
        paths.read(tmp_path, tmp_path / "loop", limit=100)
    with pytest.raises(FileNotFoundError):
        paths.read(tmp_path, tmp_path / "none", limit=100)
    with pytest.raises(FileNotFoundError):
        paths.read(tmp_path, tmp_path / "large/none", limit=100)


def test_no_pattern_takes_long(tmp_path: Path) -> None:
    """Patterns made to blow up a backtracking matcher end at once, or are refused."""
    tree(tmp_path, "a" * 200, "/".join(["d"] * 60) + "/x")
    started = time.perf_counter()
    assert found(tmp_path, "*a" * 90 + "b") == []
    assert found(tmp_path, "**/" * 120 + "y") == []
    assert found(tmp_path, "**/d/" * 60 + "x") == ["/".join(["d"] * 60) + "/x"]
    with pytest.raises(paths.Refused, match="alternatives"):
        paths.find(tmp_path, "{a,b}" * 100)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("pattern", ["", "/", "a/*/../b", "a\0b", "x" * 1001])
def test_patterns_without_sense_are_refused(tmp_path: Path, pattern: str) -> None:
    """Each of them says what to write instead."""
    with pytest.raises(paths.Refused):
        paths.find(tmp_path, pattern)


def test_names_that_are_not_utf8_are_shown_escaped(tmp_path: Path) -> None:
    """A file name in another encoding cannot break a message."""
    name = os.fsdecode(b"caf\xe9.yaml")
    assert paths.shown(tmp_path, tmp_path / "a" / name) == "a/caf\\udce9.yaml"


def test_bundled_folders() -> None:
    """In a checkout, the bundled plugins and themes are those at its root."""
    assert paths.bundled("plugins").parent == Path(__file__).resolve().parents[1]
