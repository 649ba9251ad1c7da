"""Slices of the plan for worker processes, which inherit the data and write the files themselves."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from typing import Any, NamedTuple

from callboard.pages.makers import Planned
from callboard.pages.render import Renderer
from callboard.pages.search.index import Searching

_SLICE = 250
"""Pages of one task: enough that sending results back costs little, few enough that workers end together."""
_WORTH_A_PROCESS = 400
"""Fewer pages than this are made sooner here than a worker has started."""


class Made(NamedTuple):
    """One page or file as the parent process needs to know it; without a name if there is no such file."""

    file: str
    fingerprint: str
    note: str
    staged: bool
    plan: int
    beside: tuple[str, ...] = ()
    """Files made of the same page."""
    found: str = ""
    """What the search finds in its text, if it was made anew and has one."""


class Work(NamedTuple):
    """All that a worker needs; it is inherited through fork, never pickled."""

    renderer: Renderer
    pages: Sequence[Planned]
    known: Mapping[str, tuple[str, str]]
    """File → (fingerprint, note) of the last build."""
    stage: Callable[[str, bytes], Any]
    """Writes one finished file."""
    searching: Searching | None = None
    """The search index, if the site has one."""


_inherited: list[Work] = []
"""In a worker process: the work it was forked with. Always empty in the parent."""


def _adopt(work: Work) -> None:
    gc.disable()
    gc.freeze()
    _inherited[:] = [work]


def _slice(start: int) -> list[Made]:
    [work] = _inherited
    return list(make(work, range(start, min(start + _SLICE, len(work.pages)))))


def make(work: Work, numbers: range) -> Iterator[Made]:
    """Makes the planned pages with these numbers; changed ones are staged."""
    for number in numbers:
        planned = work.pages[number]
        beside = work.renderer.beside(planned)
        known = work.known.get(planned.file_name)
        whole = known is not None and all(work.known.get(name, ("",))[0] == known[0] for name in beside)
        rendered = work.renderer.make(planned, known if whole else None)
        if rendered.content is not None:
            work.stage(rendered.file, rendered.content)
            for name, content in rendered.beside:
                work.stage(name, content)
        staged = rendered.content is not None
        found = ""
        if work.searching is not None and rendered.sections is not None:
            found = work.searching.found(planned, rendered.sections, work.known, work.stage)
        yield Made(rendered.file, rendered.fingerprint, rendered.note, staged, number, beside, found)


def run(work: Work, *, jobs: int, told: Callable[[int], None]) -> list[Made]:
    """All pages, in the order of the plan. ``told`` hears how many more are done."""
    if jobs < 2 or len(work.pages) < _WORTH_A_PROCESS or not _can_fork():
        made: list[Made] = []
        for start in range(0, len(work.pages), 50):
            made += make(work, range(start, min(start + 50, len(work.pages))))
            told(min(50, len(work.pages) - start))
        return made
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_adopt, initargs=(work,))
    try:
        return _spread(pool, len(work.pages), told)
    finally:
        pool.shutdown(cancel_futures=True)


def _spread(pool: Executor, count: int, told: Callable[[int], None]) -> list[Made]:
    # From the end: the few large files stand behind the pages, and nobody should wait for one of them alone.
    futures = [pool.submit(_slice, start) for start in reversed(range(0, count, _SLICE))]
    for future in as_completed(futures):
        told(len(future.result()))
    return [made for future in reversed(futures) for made in future.result()]


def _can_fork() -> bool:
    import multiprocessing

    # macOS has fork, but its system libraries do not survive it.
    return sys.platform.startswith("linux") and "fork" in multiprocessing.get_all_start_methods()
