"""``cache list``, ``clear``, ``export`` and ``import``: the answers that a site keeps between builds."""

from __future__ import annotations

import json as jsonlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from callboard.cli.ends import FINE, PROBLEMS
from callboard.cli.screen import Screen
from callboard.cli.words import count, size, table

if TYPE_CHECKING:
    from callboard.cli.session import Session
    from callboard.data.cache import CacheStore, Entry


def list_answers(session: Session, *, site: Path, env: str, plugin: str, source: str, json: bool) -> int:
    """Print the answers; the exit code."""
    now = int(time.time())

    def work(store: CacheStore, screen: Screen) -> int:
        found = _chosen(store, plugin, source)
        if json:
            screen.raw(jsonlib.dumps([_as_data(entry, now) for entry in found], indent=2) + "\n")
            return FINE
        if found:
            rows = [_row(entry, now) for entry in found]
            for line in table([("SOURCE", "PLUGIN", "AGE", "SIZE", "STATE", "ADDRESS"), *rows]):
                screen.line(line)
        stale = sum(_state(entry, now) == "stale" for entry in found)
        words = f"{count(len(found), 'answer')}, {size(sum(entry.size for entry in found))}"
        screen.line(f"{words} ({stale} stale)" if stale else words)
        return FINE

    return _with_store(session, site, env, work)


def clear_answers(session: Session, *, site: Path, env: str, plugin: str, source: str) -> int:
    """Forget answers; the exit code."""

    def work(store: CacheStore, screen: Screen) -> int:
        found = _chosen(store, plugin, source)
        if not (plugin or source):
            store.clear()
        elif not found:
            known = sorted({entry.namespace for entry in store.entries()} if plugin else {e.answer.name for e in store.entries()})
            screen.line(f"No such answer is kept. Known are: {', '.join(known) or 'none'}.")
            return PROBLEMS
        else:
            for entry in found:
                store.forget(entry.namespace, entry.key)
        screen.line(f"Forgotten: {count(len(found), 'answer')}, {size(sum(entry.size for entry in found))}.")
        return FINE

    return _with_store(session, site, env, work)


def export_answers(session: Session, *, site: Path, env: str, file: Path) -> int:
    """Save the answers; the exit code."""

    def work(store: CacheStore, screen: Screen) -> int:
        from callboard.data.cache import portable

        saved = portable.write(file, store, store.entries())
        screen.line(f"{count(saved, 'answer')} saved to {file}, {size(file.stat().st_size)}.")
        return FINE

    return _with_store(session, site, env, work)


def import_answers(session: Session, *, site: Path, env: str, file: Path) -> int:
    """Restore answers; the exit code."""

    def work(store: CacheStore, screen: Screen) -> int:
        from callboard.data.cache import portable

        try:
            kept, older = portable.read(file, store)
        except FileNotFoundError:
            screen.line(f'There is no file "{file}".')
            return PROBLEMS
        except portable.Unfit as unfit:
            screen.line(f'"{file}" is not taken: {unfit}. Nothing was changed.')
            return PROBLEMS
        screen.line(f"{count(kept, 'answer')} restored" + (f"; {older} not newer than here." if older else "."))
        return FINE

    return _with_store(session, site, env, work)


def _with_store(session: Session, site: Path, env: str, work: Callable[[CacheStore, Screen], int]) -> int:
    """``work`` with the cache of a site, whatever else is wrong with that; problems of the cache are printed."""
    from callboard import config
    from callboard.data.cache import NotListed, opening

    session.site = site
    screen = Screen(session.environ)
    loaded, problems = config.load(site, env=env)
    amiss = [problem for problem in problems if loaded is None or problem.path.partition(".")[0] == "cache"]
    amiss += opening.problems(loaded) if loaded else []
    if loaded is None or amiss:
        for problem in amiss:
            screen.line(problem.text)
        return PROBLEMS
    store = opening.opened(loaded)
    try:
        code = work(store, screen)
    except NotListed as refused:
        screen.line(f"{str(refused)[0].upper()}{str(refused)[1:]}. To forget all, say another prefix under cache: in site.yaml.")
        code = PROBLEMS
    finally:
        store.close()
    for problem in store.problems:
        screen.line(problem.text)
    return PROBLEMS if store.problems else code


def _chosen(store: CacheStore, plugin: str, source: str) -> list[Entry]:
    return [e for e in store.entries() if plugin in ("", e.namespace) and source in ("", e.answer.name)]


def _state(entry: Entry, now: int) -> str:
    return "fresh" if now - entry.answer.fetched_at <= entry.answer.ttl else "stale"


def _row(entry: Entry, now: int) -> Sequence[str]:
    from callboard.model import duration

    age = duration.words(max(1, now - entry.answer.fetched_at))
    return entry.answer.name or "-", entry.namespace, age, size(entry.size), _state(entry, now), entry.answer.url


def _as_data(entry: Entry, now: int) -> dict[str, Any]:
    answer = entry.answer
    return {
        "source": answer.name,
        "plugin": entry.namespace,
        "host": urlsplit(answer.url).netloc,
        "url": answer.url,
        "state": _state(entry, now),
        "fetched": _time(answer.fetched_at),
        "changed": _time(answer.stored_at),
        "age": max(0, now - answer.fetched_at),
        "ttl": answer.ttl,
        "status": answer.status,
        "bytes": entry.size,
    }


def _time(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
