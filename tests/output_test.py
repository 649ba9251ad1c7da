"""The published folder holds one whole site, whatever happens: crashes at every step, kill -9, full disks, strangers, neighbours."""

from __future__ import annotations

import errno
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

with suppress(ImportError):  # Windows
    import fcntl

from callboard.model.names import MARKER, folded, portable_name
from callboard.output import DiskWriter, Publication, Published, Refused, publication, recover, stage_file
from callboard.output.disk import drop_tree

NAMES = ("index.html", "about/index.html", "radar/index.html", "radar/kafka/index.html", "_/app.css", "404.html")
COMMON = NAMES[:4]
"""What versions A and B share; of the rest, A has the first half and B the second, and one name changes from file to folder."""
VERSIONS = {"A": (*COMMON, "_/app.css", "docs"), "B": (*COMMON, "404.html", "docs/index.html")}


class Site:
    """A site's folder with an output, and publishing made short."""

    def __init__(self, root: Path, pages: int = 0) -> None:
        self.root = root
        self.output = root / "public"
        self.beside = root / ".public.callboard"
        self.more = tuple(f"page/{number % 25}/{number}.html" for number in range(pages))

    def open(self, writer: DiskWriter | None = None, wait: Callable[[str], None] = lambda message: None) -> Publication:
        return Publication(self.output, self.root / ".callboard", writer or DiskWriter(), root=self.root, wait=wait)

    def names(self, version: str) -> tuple[str, ...]:
        return VERSIONS.get(version, NAMES) + self.more

    def publish(
        self,
        version: str,
        *,
        names: Iterable[str] | None = None,
        changed: Iterable[str] | None = None,
        writer: DiskWriter | None = None,
    ) -> Published:
        """Publish ``names``; only what is not there yet is staged, and what is ``changed`` (all, if it is not said)."""
        with self.open(writer) as opened:
            files: dict[str, tuple[str, str]] = {}
            staged = []
            for name in names or self.names(version):
                entry = opened.previous.get(name)
                if entry and changed is not None and name not in changed:
                    files[name] = (entry.fingerprint, entry.note)
                    continue
                files[name] = (version, f"note of {name}")
                stage_file(opened.stage, name, content(version, name))
                staged.append(name)
            return opened.publish(files, staged=staged, key=version, memo=f"memo {version}")

    def found(self) -> dict[str, str]:
        """Every published name (also empty folders, and links) and its version."""
        found = {}
        for folder, folders, files in os.walk(self.output):
            for name in files:
                path = Path(folder, name)
                found[str(path.relative_to(self.output))] = path.read_text().split()[0] if path.is_file() else "?"
            if not (folders or files):
                found[folder] = "empty folder"
        return found

    def whole(self) -> str:
        """The version that all files belong to; fails for a mixture, a missing or an extra file, or a state that says otherwise."""
        if not self.output.exists():
            return ""
        found = self.found()
        assert found.pop(MARKER, None), "no marker"
        (version,) = set(found.values())
        assert sorted(found) == sorted(self.names(version))
        for name in found:
            assert (self.output / name).read_bytes() == content(version, name)
        with self.open() as opened:
            assert (opened.key, opened.memo) == (version, f"memo {version}")
            assert {entry.fingerprint for entry in opened.previous.values()} == {version}
        assert not self.beside.exists(), list(self.beside.iterdir())
        return version


def content(version: str, name: str) -> bytes:
    return f"{version} {name}\n".encode() * 40


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


class OldSystem(DiskWriter):
    """A file system that cannot swap two folders in one step."""

    def exchange(self, first: Path, second: Path) -> None:
        raise OSError(errno.EINVAL, "no exchange here")


class Container(DiskWriter):
    """A container's lower layer: its folders cannot be renamed."""

    def exchange(self, first: Path, second: Path) -> None:
        raise OSError(errno.EXDEV, "another device")


class Failing(DiskWriter):
    """A disk that is full from the n-th operation on."""

    def __init__(self, number: int, inner: DiskWriter, *, once: bool = False) -> None:
        self.left = number
        self.inner = inner
        self.once = once

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0 or (self.left < 0 and not self.once):
            raise OSError(errno.ENOSPC, "No space left on device")

    def write(self, path: Path, content: bytes) -> None:
        self._count()
        self.inner.write(path, content)

    def replace(self, source: Path, target: Path) -> None:
        self._count()
        self.inner.replace(source, target)

    def exchange(self, first: Path, second: Path) -> None:
        self._count()
        self.inner.exchange(first, second)


WAYS: dict[str, tuple[int, type[DiskWriter]]] = {
    "journal": (500, DiskWriter),
    "swap": (0, DiskWriter),
    "two renames": (0, OldSystem),
    "file by file": (0, Container),
}
"""How a change is published → how many changes are few, and the disk."""


@pytest.fixture(params=WAYS)
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> DiskWriter:
    few, writer = WAYS[request.param]
    monkeypatch.setattr(publication, "FEW", few)
    return writer()


# What is published


def test_publishes_exactly_the_files_and_remembers_them(site: Site, disk: DiskWriter) -> None:
    """Each way of publishing leaves exactly the new files, the marker, and a state that knows them."""
    assert site.publish("A", writer=disk) == Published(6, 0, sum(len(content("A", name)) for name in VERSIONS["A"]))
    assert site.whole() == "A"
    assert site.publish("B", writer=disk) == Published(6, 2, sum(len(content("B", name)) for name in VERSIONS["B"]))
    assert site.whole() == "B"
    with site.open() as opened:
        entry = opened.previous["radar/index.html"]
    status = (site.output / "radar/index.html").stat()
    assert (entry.fingerprint, entry.note) == ("B", "note of radar/index.html")
    assert (entry.size, entry.mtime_ns) == (status.st_size, status.st_mtime_ns)


def test_a_file_becomes_a_folder_and_back(site: Site, disk: DiskWriter) -> None:
    """``docs`` may turn into ``docs/index.html`` and ``docs/index.html`` into ``docs``."""
    for version in ("A", "B", "A"):
        site.publish(version, writer=disk)
        assert site.whole() == version


def test_unchanged_files_are_not_touched(site: Site, disk: DiskWriter) -> None:
    """A file whose fingerprint is the same keeps its inode and time, so that hosts and rsync see no change."""
    site.publish("old")
    before = {name: (site.output / name).stat() for name in NAMES}
    site.publish("new", changed=["404.html"], writer=disk)
    for name in NAMES:
        after = (site.output / name).stat()
        same = (after.st_ino, after.st_mtime_ns) == (before[name].st_ino, before[name].st_mtime_ns)
        assert same is (name != "404.html")
    assert site.found() == {name: "new" if name == "404.html" else "old" for name in NAMES} | {MARKER: '{"callboard":'}


def test_the_first_site_may_take_an_empty_folder(site: Site) -> None:
    """An empty output folder that somebody made is used."""
    site.output.mkdir()
    site.publish("A")
    assert site.whole() == "A"


def test_the_folders_mode_is_kept_by_a_swap(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an administrator allowed on the output folder stays allowed."""
    monkeypatch.setattr(publication, "FEW", 0)
    site.publish("A")
    site.output.chmod(0o751)
    site.publish("B")
    assert site.output.stat().st_mode & 0o7777 == 0o751


def test_equal_sites_have_equal_markers(tmp_path: Path) -> None:
    """The marker depends on the files and their fingerprints alone: not on path, order or time."""
    first, second = Site(tmp_path / "one"), Site(tmp_path / "two")
    for one, order in ((first, NAMES), (second, NAMES[::-1])):
        one.root.mkdir()
        one.publish("v", names=order)
    assert (first.output / MARKER).read_bytes() == (second.output / MARKER).read_bytes()


def test_deleting_the_state_changes_time_but_no_byte(site: Site) -> None:
    """Without ``.callboard/`` everything is made again, and the folder is the same."""
    site.publish("A")
    before = {name: (site.output / name).read_bytes() for name in site.found()}
    shutil.rmtree(site.root / ".callboard")
    with site.open() as opened:
        assert (opened.previous, opened.key, opened.memo) == ({}, "", "")
    site.publish("A")
    assert {name: (site.output / name).read_bytes() for name in site.found()} == before


@pytest.mark.parametrize("damage", [b"", b"\0" * 300, b"{", b"[]\n[]\n[]", b'{"callboard":2}\n[[],[],[],[],[],[]]\n[]'])
def test_a_damaged_state_is_no_state(site: Site, damage: bytes) -> None:
    """A state file that a power cut or another version left is not believed."""
    site.publish("A")
    (state,) = (site.root / ".callboard" / "outputs").iterdir()
    state.write_bytes(damage)
    with site.open() as opened:
        assert (opened.previous, opened.key) == ({}, "")
    site.publish("B")
    assert site.whole() == "B"


def test_a_state_of_another_folder_is_not_believed(site: Site) -> None:
    """An older copy of the output folder, put back by hand, is made anew instead of being mixed with newer pages."""
    site.publish("A")
    shutil.copytree(site.output, site.root / "copy")
    site.publish("B")
    shutil.rmtree(site.output)
    (site.root / "copy").rename(site.output)
    with site.open() as opened:
        assert (opened.previous, opened.key) == ({}, "")
    site.publish("B")
    assert site.whole() == "B"


def test_only_named_and_known_files_are_published(site: Site) -> None:
    """A file that is neither staged nor unchanged, a staged one that is not named, and an unportable name are bugs, told at once."""
    site.publish("A")
    for files, staged, words in (
        ({"index.html": ("Z", "")}, [], "neither staged nor published"),
        ({"new.html": ("A", "")}, [], "neither staged nor published"),
        ({"index.html": ("A", "")}, ["other.html"], "no file of the site"),
        ({"aux.html": ("A", "")}, ["aux.html"], "Windows keeps"),
    ):
        with site.open() as opened, pytest.raises(ValueError, match=words):
            opened.publish(files, staged=staged, key="", memo="")
    with site.open() as opened, pytest.raises(ValueError, match="leads out"):
        stage_file(opened.stage, "a/../../x", b"")
    assert site.whole() == "A"


def test_leaving_without_publishing_changes_nothing(site: Site) -> None:
    """A build that stops on a problem leaves the old site and no litter."""
    site.publish("A")
    with site.open() as opened:
        stage_file(opened.stage, "index.html", b"half")
    assert site.whole() == "A"


# Strangers


def test_edited_missing_and_foreign_files_heal(site: Site, disk: DiskWriter) -> None:
    """Whatever people did inside the published folder is noticed, and undone by the next publication."""
    site.publish("A")
    outside = site.root / "outside"
    shutil.copytree(site.output / "radar", outside, copy_function=shutil.copy2)
    (site.output / "index.html").write_text("edited")
    (site.output / "about/index.html").unlink()
    shutil.rmtree(site.output / "radar")
    (site.output / "radar").symlink_to(outside)
    (site.output / "_/strange.css").write_text("x")
    (site.output / "empty/folder").mkdir(parents=True)
    (site.output / "link").symlink_to("/nowhere")
    with site.open() as opened:
        assert opened.key == ""
        assert set(opened.previous) == {"_/app.css", "docs"}
    site.publish("A", changed=[], writer=disk)
    assert site.whole() == "A"
    assert (outside / "index.html").read_bytes() == content("A", "radar/index.html")


def test_one_added_file_is_noticed(site: Site) -> None:
    """A foreign file alone empties the key, also where it is put right after publishing, and goes with the next publication."""
    site.publish("A")
    (site.output / "radar/kafka/foreign.txt").write_text("x")
    with site.open() as opened:
        assert opened.key == ""
        assert len(opened.previous) == 6
    assert site.publish("A", changed=[]) == Published(0, 1, sum(len(content("A", name)) for name in VERSIONS["A"]))
    assert site.whole() == "A"


def _folder_of_somebody(site: Site) -> None:
    site.output.mkdir()
    (site.output / "thesis.tex").write_text("years of work")


def _link(site: Site) -> None:
    (site.root / "elsewhere").mkdir()
    site.output.symlink_to("elsewhere")


def _inside(*names: str) -> Callable[[Site], None]:
    def put(site: Site) -> None:
        site.output = site.root.joinpath(*names)
        site.output.parent.mkdir(exist_ok=True)

    return put


@pytest.mark.parametrize(
    ("put", "code", "words"),
    [
        (_folder_of_somebody, "foreign-output", '"public/" holds files that Callboard did not make.'),
        (_link, "bad-output", "is a link, to elsewhere"),
        (lambda site: site.output.write_text("x"), "bad-output", "is a file"),
        (_inside("."), "bad-output", "holds the site's own sources"),
        (_inside(".."), "bad-output", "holds the site's own sources"),
        (_inside("content", "html"), "bad-output", 'lies in "content/"'),
        (_inside("plugins"), "bad-output", 'lies in "plugins/"'),
        (_inside("themes", "mine"), "bad-output", 'lies in "themes/"'),
        (_inside(".callboard"), "bad-output", "keeps its cache"),
    ],
)
def test_places_that_are_not_ours_are_refused(tmp_path: Path, put: Callable[[Site], None], code: str, words: str) -> None:
    """Nothing is touched or made where the output is a link, a file, somebody's folder, or the site's own sources."""
    site = Site(tmp_path / "site")
    site.root.mkdir()
    put(site)
    before = sorted(path for path in tmp_path.rglob("*"))
    with pytest.raises(Refused, match=re.escape(words)) as refused, site.open():
        raise AssertionError("never reached")
    assert refused.value.problem.code == code
    assert refused.value.problem.mend
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_one_added_file_is_noticed_where_clocks_are_coarse(site: Site) -> None:
    """Also where the folder's time says nothing, because the system counts in steps longer than it took to add the file."""
    site.publish("A")
    before = (site.output / "radar").stat()
    (site.output / "radar/foreign.txt").write_text("x")
    os.utime(site.output / "radar", ns=(before.st_atime_ns, before.st_mtime_ns))
    with site.open() as opened:
        assert opened.key == ""


def test_deleting_never_follows_a_link(tmp_path: Path) -> None:
    """A folder of an old site that became a link meanwhile is removed as a link."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/index.html").write_text("mine")
    (tmp_path / "old").mkdir()
    (tmp_path / "old/radar").symlink_to(tmp_path / "outside")
    drop_tree(tmp_path / "old", ["radar/index.html"], ["", "radar"])
    assert not (tmp_path / "old").exists()
    assert (tmp_path / "outside/index.html").read_text() == "mine"


# Full disks and crashes


@pytest.mark.parametrize("once", [True, False])
def test_a_full_disk_leaves_the_old_site(site: Site, disk: DiskWriter, once: bool) -> None:
    """Whichever operation fails, once or for good, the old site stays whole without any recovery, and the next build succeeds."""
    site.publish("A")
    for number in range(1, 100):
        full = Failing(number, disk, once=once)
        with suppress(OSError):
            site.publish("B", writer=full)
        if full.left > 0:
            break
        assert site.whole() == "A", f"operation {number}"
    assert number > 3
    assert site.whole() == "B"


def test_a_full_disk_is_told(site: Site, disk: DiskWriter) -> None:
    """The failure reaches the build as it was, for its words to people."""
    site.publish("A")
    with pytest.raises(OSError, match="No space left on device") as full:
        site.publish("B", writer=Failing(2, disk))
    assert full.value.errno == errno.ENOSPC


def test_a_disk_that_dies_while_it_is_undone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where even putting the old site back fails, nothing that recovery needs is deleted, and recovery puts it back later."""
    site.publish("A")
    replace, left = os.replace, iter(range(3))

    def dies(source: Path, target: Path) -> None:
        if next(left, None) is None:
            raise OSError(errno.EROFS, "Read-only file system")
        replace(source, target)

    monkeypatch.setattr(os, "replace", dies)
    with pytest.raises(OSError, match="Read-only"):
        site.publish("B")
    monkeypatch.undo()
    assert {"A", "B"} < set(site.found().values())
    recover(site.output)
    assert site.whole() in {"A", "B"}


def test_an_empty_folder_in_the_way_of_a_swap(site: Site) -> None:
    """If the build died between its two renames, a folder that somebody made meanwhile does not cost both sites."""
    for version, name in (("A", "old-1-x"), ("B", "stage-1-x")):
        site.publish(version)
        site.output.rename(site.root / name)
    site.beside.mkdir()
    for name in ("old-1-x", "stage-1-x"):
        (site.root / name).rename(site.beside / name)
    (site.beside / "journal.json").write_text('{"callboard": 1, "stage": "stage-1-x", "kept": "old-1-x", "whole": true}')
    site.output.mkdir()
    assert recover(site.output) is True
    assert site.whole() == "B"


def test_a_file_that_does_not_fit_is_told() -> None:
    """A full disk while a page is staged is an OSError, never a short file."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(OSError, match="No space") as full:
        stage_file(Path("/dev"), "full", b"x" * 100)
    assert full.value.errno == errno.ENOSPC


@pytest.mark.parametrize("way", WAYS)
def test_a_crash_at_any_step_leaves_a_whole_site(tmp_path: Path, way: str) -> None:
    """A process that dies before the n-th change of the file system, for every n, leaves A or B after recovery, and the state agrees."""
    _run("crashes", tmp_path, way)


def test_a_crash_while_recovering_leaves_a_whole_site(tmp_path: Path) -> None:
    """Recovery may die as well, at any step, and on a full disk it puts the old site back: also then the next one succeeds."""
    _run("recoveries", tmp_path, "journal")


@pytest.mark.parametrize("pages", [480, 520], ids=["journal", "swap"])
def test_kill_9_at_random_moments(tmp_path: Path, pages: int) -> None:
    """A build of hundreds of pages that is killed 21 times at random moments leaves one whole version each time."""
    _run("kills", tmp_path, str(pages))


# Neighbours


def test_two_builds_at_once_both_succeed(tmp_path: Path) -> None:
    """Two processes that publish different versions into one output again and again take turns."""
    site = Site(tmp_path, pages=60)
    builds = [_start("turns", tmp_path, version) for version in ("A", "B")]
    for build in builds:
        _, error = build.communicate(timeout=60)
        assert build.returncode == 0, error
    assert site.whole() in {"A", "B"}


def test_a_second_build_waits_and_says_so_once(site: Site) -> None:
    """Whoever waits learns which process it waits for; recovery does not disturb the build at work."""
    holder = _start("holds", site.root)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    heard: list[str] = []

    def second() -> None:
        with site.open(wait=heard.append):
            heard.append("in")

    thread = threading.Thread(target=second)
    thread.start()
    until(lambda: bool(heard))
    assert heard == [f"another build is writing public/ (process {holder.pid})"]
    assert recover(site.output) is False
    _, error = holder.communicate("go on\n", timeout=60)
    assert holder.returncode == 0, error
    thread.join(60)
    assert heard[1:] == ["in"]
    assert site.whole() == "A"


def test_workers_that_outlive_a_killed_build_hold_nothing(site: Site) -> None:
    """A forked worker of a killed build does not keep the next build waiting."""
    if not hasattr(os, "fork"):
        pytest.skip("this system does not fork")
    process = _start("orphans", site.root)
    assert process.stdout is not None
    worker = int(process.stdout.readline())
    try:
        process.kill()
        process.wait()
        started = time.monotonic()
        # The worker lets go as soon as it runs; on a busy machine that may be a moment after its parent died.
        with site.open(wait=lambda _: None):
            os.kill(worker, 0)  # still there
            assert time.monotonic() - started < 10
    finally:
        os.kill(worker, signal.SIGKILL)
        process.communicate()


def test_a_worker_that_leaves_the_parents_block_ends_nothing(tmp_path: Path) -> None:
    """A forked worker that unwinds through the build's ``with`` neither drops the stage nor the lock."""
    _run("unwinding", tmp_path)
    assert Site(tmp_path).whole() == "B"


def test_what_dead_builds_left_is_removed_after_the_next_one(site: Site) -> None:
    """Stages and old sites of dead builds are dropped by the next build or by ``recover``."""
    site.publish("A")
    for act in (lambda: site.publish("B"), lambda: recover(site.output)):
        for name in ("stage-1-aa", "old-1-bb"):
            (site.beside / name / "deep").mkdir(parents=True)
        act()
        assert not site.beside.exists()
    assert recover(site.output) is False


# Names


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("con", "keeps for a device"),
        ("radar/AUX.html", "keeps for a device"),
        ("a/nul/b", "keeps for a device"),
        ("com1.tar.gz", "keeps for a device"),
        ("lpt³", "keeps for a device"),
        ("notes./x", "ends with a dot"),
        ("notes ", "ends with a space"),
        ("what?", "holds ?"),
        ("a:b/index.html", "holds :"),
        ("a\\b", "holds \\"),
        ("a\tb", "U+0009"),
        ("a\x7fb", "U+007F"),
        ("\ud800", "U+D800"),
        ("../up", "is not a name"),
        ("a/./b", "is not a name"),
        ("é" * 101, "202 bytes"),
        ("ab/" * 400, "longer than 1000 bytes"),
        (".callboard.json", "own file"),
    ],
)
def test_names_that_some_system_cannot_hold(path: str, words: str) -> None:
    """Each kind of name that breaks a file system or a host is explained."""
    assert words in (portable_name(path) or "")


@pytest.mark.parametrize(
    "path", ["/", "/radar/", "radar/index.html", "conduct/console.html", "com10", "a b/ü.html", ".well-known/x", "…" * 66]
)
def test_names_that_are_fine_everywhere(path: str) -> None:
    """Ordinary names, spaces and other alphabets are not refused."""
    assert portable_name(path) is None


def test_folded_paths_meet_where_hosts_would_mix_them_up() -> None:
    """Case, composition, percent-encoding and slashes make no second page."""
    assert len({folded(path) for path in ("/Caf\u00e9/", "/cafe\u0301", "//CAF%C3%89/", "\\caf%65%CC%81\\")}) == 1
    assert folded("/a/b/") == "a/b" != folded("/ab/")
    assert folded("/STRASSE/") == folded("/Straße/")


# The other processes: this file as a program


def _start(what: str, root: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, what, str(root), *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def _run(what: str, root: Path, *arguments: str) -> None:
    if not hasattr(os, "fork"):
        pytest.skip("this system does not fork")
    process = _start(what, root, *arguments)
    output, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    print(output)  # noqa: T201 - shown by pytest -s and on failure


def until(done: Callable[[], bool]) -> None:
    """Wait for something that another process or thread does."""
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def dying(number: int, act: Callable[[], object]) -> bool:
    """Let a child ``act`` and die before its ``number``-th change of the file system. True if it died, False if it got to the end."""
    child = os.fork()
    if not child:
        left = number

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            changes = event.startswith("os.") and event not in {"os.listdir", "os.scandir"}
            changes |= event == "ctypes.dlsym"  # the exchange, and syncfs
            changes |= event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
            left -= changes
            if not left:
                os._exit(137)

        sys.addaudithook(count)
        act()
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 137)
    return code == 137


def crashes(root: str, way: str) -> None:
    few, writer = WAYS[way]
    publication.FEW = few
    site = Site(Path(root))
    seen = []
    for number in range(1, 500):
        site.publish("A")
        died = dying(number, lambda: site.publish("B", writer=writer()))
        recover(site.output)
        seen.append(site.whole())
        if not died:
            break
    assert set(seen) == {"A", "B"}, seen
    assert seen == sorted(seen), "once B is published it stays"
    print(f"{way}: {len(seen)} steps, {seen.count('B')} of them after the point of no return")  # noqa: T201


def recoveries(root: str, way: str) -> None:
    publication.FEW = WAYS[way][0]
    site = Site(Path(root))
    seen = []
    for number in range(1, 500, 3):
        site.publish("A")
        if not dying(number, lambda: site.publish("B")):
            break
        if (site.beside / "journal.json").exists():
            crashed = site.root / "crashed"
            shutil.copytree(site.root, crashed, symlinks=True)
            for full in (False, True):
                seen += _crashes_of_recovery(crashed, site.root / "again", full=full)
            shutil.rmtree(crashed)
        recover(site.output)
        site.whole()
    assert {*seen} == {"A", "B"}, seen
    print(f"{len(seen)} interrupted recoveries: {seen.count('A')} undone, {seen.count('B')} finished")  # noqa: T201


def _crashes_of_recovery(crashed: Path, root: Path, *, full: bool) -> list[str]:
    """Recover copies of a crashed site, dying at every other step; what the next recovery makes of it."""
    seen = []
    for step in range(1, 500, 2):
        again = Site(root)
        shutil.copytree(crashed, again.root, symlinks=True)
        disk = Failing(1 + step % 3, DiskWriter()) if full else DiskWriter()
        died = dying(step, partial(recover, again.output, disk))
        recover(again.output)
        seen.append(again.whole())
        shutil.rmtree(again.root)
        if not died:
            break
    return seen


class Telling(DiskWriter):
    """Tells when the decisive moment comes: the first rename or swap of a publication."""

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe

    def replace(self, source: Path, target: Path) -> None:
        self.tell()
        super().replace(source, target)

    def exchange(self, first: Path, second: Path) -> None:
        self.tell()
        super().exchange(first, second)

    def tell(self) -> None:
        if self.pipe:
            os.write(self.pipe, b".")
            self.pipe = 0


def kills(root: str, pages: str) -> None:
    chance = random.Random(7)
    site = Site(Path(root), int(pages))
    begun = time.monotonic()
    site.publish("A")
    lasts = time.monotonic() - begun
    finished = 0
    seen = ["A"]
    for number in range(21):
        told, tell = os.pipe()
        child = os.fork()
        if not child:
            for turn in ("A", "B") * 50 if seen[-1] == "B" else ("B", "A") * 50:
                site.publish(turn, writer=Telling(tell) if number % 3 else DiskWriter())
        if number % 3:  # two of three in the thick of it, the others anywhere
            os.read(told, 1)
        time.sleep(chance.uniform(0, 0.02 if number % 3 else 2 * lasts))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(told)
        os.close(tell)
        finished += recover(site.output)
        seen.append(site.whole())
    print(f"{pages} pages: {len(seen) - 1} kills, {finished} interrupted journals, versions {''.join(seen)}")  # noqa: T201


def turns(root: str, version: str) -> None:
    for _ in range(6):
        Site(Path(root), pages=60).publish(version)


def holds(root: str) -> None:
    with Site(Path(root)).open():
        print("held", flush=True)  # noqa: T201
        sys.stdin.readline()
    Site(Path(root)).publish("A")


def unwinding(root: str) -> None:
    site = Site(Path(root))
    site.publish("A")
    with site.open() as opened:
        names = site.names("B")
        for name in names:
            stage_file(opened.stage, name, content("B", name))
        if not os.fork():
            sys.exit()
        os.wait()
        with pytest.raises(BlockingIOError), (site.beside / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        files = {name: ("B", f"note of {name}") for name in names}
        opened.publish(files, staged=names, key="B", memo="memo B")


def orphans(root: str) -> None:
    with Site(Path(root)).open():
        worker = os.fork()
        if worker:
            print(worker, flush=True)  # noqa: T201
        time.sleep(600)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    globals()[sys.argv[1]](*sys.argv[2:])
