"""Folders that plugins are given: unpacked archives, the history of files, and files made of records."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from callboard.testing import NOW, Built, build_site, rebuild

URL = "https://code.example.org/archive"
PLUGIN = """\
callboard: 1
title: Trees
provider: provider:Trees
hosts: [code.example.org]
options:
  target: {type: str}
  below: {type: str, default: ""}
pages:
  - {path: /, view: table, data: docs, columns: [name, text, at, author]}
files:
  - {path: "/{doc.name}", each: docs, content: "provider:made"}
"""
CODE = """\
from callboard.plugin import Dataset, Provider


class Trees(Provider):
    def provide(self, options, context):
        tree = context.tree(options.target, name="tree", below=options.below)
        changes = context.changes(tree.folder)
        rows = []
        for file in context.files(f"{tree.folder}/**/*"):
            change = changes.get(file.name)
            at, author = (change.at, change.author) if change else (str(tree.at or ""), "")
            rows.append({"name": file.name[len(tree.folder) + 1 :], "text": file.text, "at": at, "author": author})
        return Dataset(docs=rows, origins=[tree.origin])


def made(record, portal):
    return f"{portal.title}: {record['text']}"
"""


def site(folder: Path, target: str = URL, below: str = "") -> Path:
    plugin = folder / "plugins" / "trees"
    plugin.mkdir(parents=True)
    (plugin / "plugin.yaml").write_text(PLUGIN)
    (plugin / "provider.py").write_text(CODE)
    options = f"{{target: '{target}', below: '{below}'}}"
    (folder / "site.yaml").write_text(
        f"site: {{title: T}}\ncontent: false\nplugins: [{{plugin: trees, path: /t, options: {options}}}]\n"
    )
    return folder


def tar(*members: tuple[str, str | tarfile.TarInfo], mode: str = "w:gz") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for name, content in members:
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.name, info.mtime = name, 1_700_000_000
            data = b"" if isinstance(content, tarfile.TarInfo) else content.encode()
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def link(target: str, type_: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo()
    info.type, info.linkname = type_, target
    return info


def zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2023, 11, 14, 22, 13, 20)), content)
    return packed.getvalue()


def names(built: Built) -> list[str]:
    """The files that were made of a tree; the page's twin for machines is none of them."""
    found = (path.relative_to(built.output / "t").as_posix() for path in (built.output / "t").rglob("*.md"))
    return sorted(name for name in found if name != "index.md")


@pytest.mark.parametrize(
    "archive",
    [
        tar(("repo-1/docs/a.md", "A"), ("repo-1/docs/deep/b.md", "B"), ("repo-1/c.md", "C")),
        tar(("repo-1/docs/a.md", "A"), ("repo-1/docs/deep/b.md", "B"), ("repo-1/c.md", "C"), mode="w"),
        zipped(**{"repo-1/docs/a.md": "A", "repo-1/docs/deep/b.md": "B", "repo-1/c.md": "C"}),
    ],
    ids=["tar.gz", "tar", "zip"],
)
def test_an_archive_is_a_tree(tmp_path: Path, archive: bytes) -> None:
    """Its single folder is the tree; with ``below``, only what lies there. It is as old as its newest file, and kept while the host
    fails.
    """
    http = {URL: archive}
    whole = build_site(site(tmp_path / "whole"), http=http)
    assert names(whole) == ["c.md", "docs/a.md", "docs/deep/b.md"]
    assert "2023-11-14 22:13:20" in whole.page("/t/")
    part = build_site(site(tmp_path / "part", below="docs"), http=http)
    assert names(part) == ["a.md", "deep/b.md"]
    assert (part.output / "t" / "a.md").read_text() == "T: A"
    later = rebuild(part, http={})
    assert names(later) == ["a.md", "deep/b.md"]


def test_trees_that_nobody_uses_are_removed(tmp_path: Path) -> None:
    """A new archive takes the place of those that no build has used for a month; one that is used stays."""
    second = build_site(site(tmp_path), http={URL: tar(("r/a.md", "B"))})
    mine = second.folder / ".callboard" / "trees"
    (mine / "old").mkdir()
    os.utime(mine / "old", (0, 0))
    later = rebuild(second, http={URL: tar(("r/a.md", "C"))}, now=NOW + timedelta(days=2))
    assert not (later.folder / ".callboard" / "trees" / "old").exists()
    assert (later.output / "t" / "a.md").read_text() == "T: C"


def test_links_of_an_archive_stay_inside(tmp_path: Path) -> None:
    """A link to a file of the tree is that file; one that leads out, and what is no file at all, is left out."""
    archive = tar(
        ("r/docs/a.md", "A"),
        ("r/docs/b.md", link("../docs/a.md")),
        ("r/docs/out.md", link("../../../../etc/passwd")),
        ("r/docs/abs.md", link("/etc/passwd")),
        ("r/docs/hard.md", link("r/docs/a.md", tarfile.LNKTYPE)),
        ("r/docs/device.md", link("", tarfile.CHRTYPE)),
    )
    built = build_site(site(tmp_path), http={URL: archive})
    assert names(built) == ["docs/a.md", "docs/b.md"]
    assert (built.output / "t" / "docs" / "b.md").read_text() == "T: A"


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        (tar(("r/../../a.md", "A")), 'holds the name "r/../../a.md", which leads out of it'),
        (tar(("/a.md", "A")), 'holds the name "/a.md", which leads out of it'),
        (zipped(**{"r\\..\\a.md": "A"}), "which leads out of it"),
        (tar(*((f"r/{n}.md", "") for n in range(10_001))), "the archive has 10,001 files there; 10,000 are allowed"),
        (b"\x1f\x8bnothing", "is no whole archive"),
        (tar(("r/a.md", "A" * 9000))[:60], "is no whole archive"),
        (b"<html>Sign in</html>", "is no whole archive"),
    ],
    ids=["up", "absolute", "backslashes", "many", "nothing", "cut", "a page"],
)
def test_archives_that_are_not_unpacked(tmp_path: Path, archive: bytes, said: str) -> None:
    """A hostile or broken archive costs the plugin that asked for it, in words; nothing of it is written."""
    built = build_site(site(tmp_path), http={URL: archive})
    assert any(said in problem for problem in built.problems), built.problems
    assert not list((built.folder / ".callboard").glob("trees/*/files/**/*.md"))


GIT = {
    **{n: v for n, v in os.environ.items() if not n.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Ann Lee",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Bo",
    "GIT_COMMITTER_EMAIL": "bo@example.org",
}


def git(folder: Path, *words: str, at: str = "2026-01-02T03:04:05+01:00", who: str = "Ann Lee") -> None:
    dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at, "GIT_AUTHOR_NAME": who}
    subprocess.run(["git", *words], cwd=folder, env=GIT | dates, check=True, capture_output=True)


def repository(folder: Path) -> Path:
    site(folder / "portal", "docs")
    docs = folder / "portal" / "docs"
    docs.mkdir()
    (docs / "a.md").write_text("A")
    (docs / "ä b.md").write_text("B")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    (docs / "a.md").write_text("A2")
    git(folder, "commit", "-qam", "second", at="2026-02-02T00:00:00Z", who="Cy")
    return folder / "portal"


def page(folder: Path) -> str:
    from callboard.build import Settings, build, effects

    report = build(folder, Settings(), effects())
    assert report.written
    return (folder / "public" / "t" / "index.html").read_text()


def test_when_and_by_whom_a_file_was_changed(tmp_path: Path) -> None:
    """The last commit of each file, whatever its name; a new commit is heard of though no file changed; settings of the repository run
    nothing.
    """
    root = repository(tmp_path)
    ran, config = tmp_path / "ran", tmp_path / ".git" / "config"
    usual = config.read_text()
    for name in ("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "gpg.program"):
        git(tmp_path, "config", name, f"touch {ran}; false")
    git(tmp_path, "config", "log.showSignature", "true")
    git(tmp_path, "config", "diff.orderFile", "nothing")
    (tmp_path / ".gitattributes").write_text("*.md diff=x\n")
    git(tmp_path, "config", "diff.x.textconv", f"touch {ran}; false")
    first = page(root)
    assert "2026-02-02T00:00:00" in first
    assert "Cy" in first
    assert "2026-01-02T03:04:05+01:00" in first
    assert "Ann Lee" in first
    assert not ran.exists()
    config.write_text(usual)
    git(tmp_path, "commit", "-q", "--amend", "-m", "third", "--author", "Dee <d@example.org>")
    assert "Dee" in page(root)


def test_no_history_no_dates(tmp_path: Path) -> None:
    """A shallow clone, whose files all seem to be of its last commit, says nothing; nor does a folder without git."""
    repository(tmp_path / "whole")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{tmp_path / 'whole'}", "shallow")
    assert "Cy" not in page(tmp_path / "shallow" / "portal")
    alone = site(tmp_path / "alone", "docs")
    (alone / "docs").mkdir()
    (alone / "docs" / "a.md").write_text("A")
    assert "a.md" in page(alone)
