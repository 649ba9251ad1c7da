"""Logs in other repositories: the archive of their folder, and how their files are called."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from callboard.plugin import Context, FetchError, NotAsked, Origin, Place, Problem, Severity, State, scm

from .locating import Log


class Opened(NamedTuple):
    """A log with its files here, or without any where they could not be had."""

    log: Log
    origin: Origin
    problem: Problem | None = None


def opened(log: Log, context: Context, integrations: scm.Integrations) -> Opened:
    """The log with a folder below the site's root, and where that is from. Our token opens an entity's own repository only."""
    if not log.address:
        return Opened(log, Origin(log.id, "file", log.folder, place=Place(log.folder)))
    archive, integration = scm.archive(log.address, integrations), scm.of(log.address, integrations)
    host = urlsplit(log.address).netloc
    if archive is None or integration is None:
        what = f"{log.address[:200]} is no folder of a repository whose host is known."
        return _unread(log, host, State.FAILED, what, "Name the host under the option integrations.")
    headers = scm.authorization(integration) if log.own else {}
    try:
        tree = context.tree(archive.url, name=log.id, below=archive.below, headers=headers)
    except NotAsked:
        return Opened(log, Origin(log.id, "http", host, State.SKIPPED))
    except FetchError as error:
        what = f"the decisions of {log.ref} cannot be read: {str(error).rstrip('.')}."
        return _unread(
            log, host, State.FAILED, what, "Mend the address, or the token for its host; all other pages are complete."
        )
    return Opened(log._replace(folder=tree.folder), tree.origin)


def _unread(log: Log, host: str, state: State, what: str, mend: str) -> Opened:
    problem = Problem("adr/unread", what, log.place, mend=mend, severity=Severity.WARNING)
    return Opened(log, Origin(log.id, "http", host, state, error=what.rstrip(".")), problem)


def shown(log: Log, file: str) -> str:
    """What people call a file of a log: its address, where it was fetched."""
    return f"{log.address.rstrip('/')}{file.removeprefix(log.folder)}" if log.address else file


def placed(problem: Problem, log: Log) -> Problem:
    """A problem at a file of a log, with the place that people know."""
    place = problem.place
    return replace(problem, place=Place(shown(log, place.file), place.line, place.column))
