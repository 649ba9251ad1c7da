"""Texts at addresses: which may be asked for, where their bytes are, and with which token."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from callboard.plugin import Answer, FetchError, Http, NotAsked, Origin, scm

from . import trees
from .sources import Unasked, Unreadable

if TYPE_CHECKING:  # the check of descriptor files starts without pydantic
    from ..options import AllowedHost

_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


def is_address(text: str) -> bool:
    """Whether a target or a descriptor's name is an address."""
    return _ADDRESS.match(text) is not None


class Remote:
    """Reads what descriptor files name. ``origins`` are the answers so far, by address."""

    def __init__(
        self, http: Callable[[], Http], integrations: scm.Integrations, allow: Sequence[AllowedHost], *, named: frozenset[str]
    ) -> None:
        """``named`` are the hosts that the options name elsewhere: ``paths`` of ``allow`` do not narrow them."""
        self._http, self.integrations, self._allow, self._named = http, integrations, allow, named
        self.origins: dict[str, Origin] = {}

    def address(self, target: str, name: str) -> str:
        """The address that ``target`` stands for in the descriptor ``name``. Raises Unreadable."""
        try:
            found = scm.resolved(target, name, self.integrations) if is_address(name) else target
            host = urlsplit(found).hostname
        except ValueError:
            host = None
        if not host or not is_address(found):
            raise Unreadable("wanted an http or https address.")
        return found

    def text(self, address: str) -> str:
        """The text of the file at ``address``, which may be a page of GitHub and the like. Raises Unreadable."""
        self._permit(address)
        headers = scm.headers(address, self.integrations)
        answer = self._asked(address, lambda: self._http().text(scm.raw(address, self.integrations), headers=headers))
        self.origins[address] = answer.origin
        return str(answer.value)

    def found(self, address: str) -> list[str]:
        """The addresses that one with wildcards stands for; itself without any. Raises Unreadable."""
        integration = scm.of(address, self.integrations)
        headers = scm.authorization(integration) if integration is not None else {}

        def ask(url: str) -> Any:
            self._permit(address)
            return self._asked(address, lambda: self._http().json(url, headers=headers)).value

        return trees.found(address, self.integrations, ask)

    def _asked(self, address: str, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        except NotAsked as error:
            raise Unasked(str(error)) from None
        except FetchError as error:
            raise self._refused(address, str(error)) from None

    def within(self, address: str, entity: str) -> None:
        """Let a placeholder of the descriptor at ``entity`` read only from its own repository, as Backstage does. Raises Unreadable.

        A token of these options opens more repositories than whoever writes a descriptor may see. ``entity`` is "" for files of a
        site that does not say where its repository is: they are the site's own.
        """
        if not entity:
            return
        target, own = scm.parse(address, self.integrations), scm.parse(entity, self.integrations)
        if target is None or (own is not None and target[:3] == own[:3]) or self._entries(address):
            return
        raise Unreadable(f"it lies in another repository than its entity; {_allowed(address)}")

    def _permit(self, address: str) -> None:
        entries = self._entries(address)
        if not entries or urlsplit(address).netloc.lower() in self._named:
            return
        path = posixpath.normpath(unquote(urlsplit(address).path)) + ("/" if address.endswith("/") else "")
        if not any("paths" not in entry or path.startswith(tuple(entry["paths"])) for entry in entries):
            raise Unreadable("its path is none of those that reading: allow: names for this host.")

    def _entries(self, address: str) -> list[AllowedHost]:
        host = urlsplit(address).netloc.lower()
        return [entry for entry in self._allow if _is_host(host, entry["host"].lower())]

    def _refused(self, address: str, text: str) -> Unreadable:
        if "not declared" in text:
            return Unreadable(f"its host may not be read from; {_allowed(address)}")
        return Unreadable(text, missing=" 404 " in f"{text} ")


def _is_host(host: str, allowed: str) -> bool:
    return host.endswith(allowed[1:]) if allowed.startswith("*.") else host == allowed


def _allowed(address: str) -> str:
    host = urlsplit(address).netloc.rpartition("@")[2]
    return f"to allow it, write among the catalog's options: reading: {{allow: [{{host: {host}}}]}}."
