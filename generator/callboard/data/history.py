"""The last change of each file, as git knows it: one question for all files, asked so that a repository's settings run nothing."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from callboard.data.asking import running
from callboard.data.cache import CacheStore
from callboard.data.http.service import Trouble
from callboard.plugin import Change

_SECONDS: Final = 60.0
_KEPT: Final = "history"
_ENVIRONMENT: Final[Mapping[str, str]] = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
_SET: Final = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.pager=cat",
    "core.alternateRefsCommand=false",
    "diff.external=",
    "log.showSignature=false",
    "log.follow=false",
    # Whose files they are does not matter while nothing that they say is run: containers build checkouts of other users.
    "safe.directory=*",
)
_LOG: Final = (
    "log",
    "--no-textconv",
    "--no-ext-diff",
    "--no-renames",
    "--no-show-signature",
    "--no-color",
    "--no-notes",
    "--name-only",
    "--encoding=UTF-8",
    "-O/dev/null",
    "--format=format:%x01%H%x02%aI%x02%aN%x02",
    "-z",
    "--relative",
)


def state(root: Path) -> str:
    """The commit that is checked out in the repository of ``root``; "" if there is none, or only a part of its history."""
    try:
        said = _git(root, "rev-parse", "--is-shallow-repository", "HEAD").decode("ascii", "replace").split()
    except Trouble:
        return ""
    return f"{'shallow ' if said[:1] == ['true'] else ''}{said[-1]}" if len(said) == 2 else ""


def changes(root: Path, head: str, cache: CacheStore, log: Callable[[str], None]) -> Mapping[str, Change]:
    """The last change of each file below ``root``, by its name relative to that, as of the commit ``head`` (see ``state``).

    What was found is kept: the next commits are read alone.
    """
    if not head:
        return {}
    if head.startswith("shallow "):
        log("the history of this checkout is cut off (a shallow clone), so pages do not say when they were changed, and by whom.")
        return {}
    key = str(root)
    known, found = _known(cache, key)
    if known == head:
        return found
    try:
        newer = _since(root, known, head) if known else None
        whole = {**found, **newer} if newer is not None else _read(_git(root, *_LOG, head, "--", "."))
    except Trouble as trouble:
        log(f"git does not say when files were changed: {trouble.words}.")
        return {}
    cache.set(_KEPT, key, json.dumps([head, whole], ensure_ascii=False).encode())
    return whole


def _known(cache: CacheStore, key: str) -> tuple[str, dict[str, Change]]:
    kept = cache.get(_KEPT, key)
    if kept is None:
        return "", {}
    head, found = json.loads(kept)
    return head, {name: Change(*change) for name, change in found.items()}


def _since(root: Path, known: str, head: str) -> dict[str, Change] | None:
    """What the commits behind ``known`` changed; None if ``head`` does not follow it."""
    try:
        _git(root, "merge-base", "--is-ancestor", known, head)
    except Trouble:
        return None
    return _read(_git(root, *_LOG, f"{known}..{head}", "--", "."))


def _read(printed: bytes) -> dict[str, Change]:
    """The newest commit of each file: git names commits from the newest on."""
    found: dict[str, Change] = {}
    for part in printed.decode("utf-8", "replace").split("\x01")[1:]:
        commit, at, author, names = [*part.split("\x02", 3), "", "", ""][:4]
        change = Change(at, author, commit)
        for name in names.split("\0"):
            if clean := name.strip("\n"):
                found.setdefault(posixpath.normpath(clean), change)
    return found


def _git(root: Path, *words: str) -> bytes:
    settings = [word for setting in _SET for word in ("-c", setting)]
    command: Any = running.Command(("git", "--no-pager", *settings, *words), _ENVIRONMENT, root)
    return running.run(command, _SECONDS)
