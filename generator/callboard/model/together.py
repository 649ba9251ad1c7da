"""Work on several things at once, in threads: most of what a provider waits for are other machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def side_by_side(work: Callable[[A], B], items: Iterable[A], *, at_once: int = 4) -> list[B]:
    """What ``work`` makes of each item, in their order; it runs in threads, ``at_once`` of them at most. Raises what it raises."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(at_once, thread_name_prefix="side-by-side") as pool:
        return list(pool.map(work, items))
