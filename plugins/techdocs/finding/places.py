"""Where documentation is: a folder of the site, or the archive of a folder in a repository."""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple

from callboard.plugin import Context, Entity, FetchError, NotAsked, Place, Problem, Severity, State, Tree, scm

LOCATION = "backstage.io/managed-by-location"
SOURCE = "backstage.io/source-location"
_WEB = re.compile(r"https?://", re.IGNORECASE)


class Misplaced(Exception):
    """A reference that leads to no folder; its text is a sentence, ``mend`` another."""

    def __init__(self, text: str, mend: str = "") -> None:
        super().__init__(text)
        self.mend = mend


class Target(NamedTuple):
    """A folder that documentation is read from."""

    folder: str
    """Relative to the site's root; "" for one at an address."""
    address: str
    """The page of the folder in its repository; "" where that is not known."""
    remote: bool = False


class Found(NamedTuple):
    """The folder with its files here."""

    tree: Tree
    address: str
    remote: bool


def of_reference(said: str, entity: Entity, integrations: scm.Integrations) -> Target:
    """The folder that ``dir:…`` or ``url:…`` of an entity leads to, as Backstage resolves it. Raises Misplaced."""
    form, _, target = said.strip().partition(":")
    if form == "url" and _WEB.match(target):
        return Target("", target, remote=True)
    if form != "dir" or not target:
        raise Misplaced(
            f'"{said[:200]}" is no reference to documents.', "Write dir:. for the descriptor's folder, or url: and an address."
        )
    location = entity.annotation(LOCATION)
    if location.startswith("url:"):
        base = (entity.annotation(SOURCE) or location).removeprefix("url:")
        return Target("", _resolved(target, base, integrations), remote=True)
    own = posixpath.dirname(entity.place.file)
    folder = posixpath.normpath(posixpath.join(own, target))
    if target.startswith("/") or not _inside(folder, own):
        raise Misplaced(f'"{said[:200]}" leads out of the site.', "Name a folder beside the descriptor, or below it.")
    source = entity.annotation(SOURCE).removeprefix("url:")
    try:
        return Target(folder, _resolved(target, source, integrations) if source else "")
    except Misplaced:
        return Target(folder, "")


def _inside(folder: str, own: str) -> bool:
    """Whether a folder lies in the site, or in the descriptor's own where the site reads that from elsewhere."""
    return not folder.startswith("..") or (f"{folder}/").startswith(f"{own}/")


def _resolved(target: str, base: str, integrations: scm.Integrations) -> str:
    try:
        found = scm.resolved(
            f"{target.rstrip('/')}/", base if base.endswith("/") else f"{base.rpartition('/')[0]}/", integrations
        )
    except ValueError:
        found = ""
    own, wanted = scm.parse(base, integrations), scm.parse(found, integrations) if found else None
    if wanted is None or own is None or wanted[:4] != own[:4]:
        raise Misplaced(f'"dir:{target[:200]}" leads out of its repository.', "Name a folder of the repository.")
    return found


def permitted(target: Target, entity: Entity | None, integrations: scm.Integrations, allow: list[str]) -> bool:
    """Whether an entity may show what is at an address with our token, which opens more than its author may see."""
    integration, wanted = scm.of(target.address, integrations), scm.parse(target.address, integrations)
    if entity is None or integration is None or wanted is None or integration.token is None:
        return True
    location = entity.annotation(LOCATION)
    own = scm.parse(location.removeprefix("url:"), integrations)
    if not location.startswith("url:") or (own is not None and own[:3] == wanted[:3]):
        return True
    return target.address.startswith(tuple(f"{one.rstrip('/')}/" for one in allow))


def opened(target: Target, context: Context, integrations: scm.Integrations, name: str) -> Found:
    """The files of a target. Raises Misplaced, NotAsked, FetchError."""
    if not target.remote:
        return Found(context.tree(target.folder, name=name), target.address, remote=False)
    archive, integration = scm.archive(target.address, integrations), scm.of(target.address, integrations)
    if archive is None or integration is None:
        raise Misplaced(
            f"{target.address[:200]} is no folder of a repository whose host is known.",
            "Name the host under the option integrations.",
        )
    tree = context.tree(archive.url, name=name, below=archive.below, headers=scm.authorization(integration))
    return Found(tree, target.address, remote=True)


def failed(error: Exception, ref: str, place: Place) -> Problem | None:
    """What is said of documentation whose files are not had; nothing where nobody was asked."""
    if isinstance(error, NotAsked):
        return None
    if isinstance(error, Misplaced):
        return Problem("techdocs/bad-reference", f"{ref}: {error}", place, mend=error.mend, severity=Severity.WARNING)
    what = f"the documents of {ref} cannot be read: {str(error).rstrip('.')}."
    mend = "Mend the address, or the token for its host; all other pages are complete."
    return Problem("techdocs/unread", what, place, mend=mend, severity=Severity.WARNING)


def stale(found: Found) -> str:
    """The sentence on pages of an archive that could not be asked for anew; "" for others."""
    origin = found.tree.origin
    if origin.state is not State.STALE:
        return ""
    when = f" as of {origin.as_of:%Y-%m-%d %H:%M} UTC" if origin.as_of else ""
    return f"This is what was read{when}: {origin.label} does not answer since ({origin.error.rstrip('.')})."


__all__ = ["FetchError", "Found", "Misplaced", "Target", "failed", "of_reference", "opened", "permitted", "stale"]
