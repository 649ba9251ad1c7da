"""What is served now: the folder, how the last build ended, and the open pages that want to hear of the next one."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from callboard.model.problem import Severity

if TYPE_CHECKING:
    from callboard.proxy.desk import Desk
    from callboard.serve.worker import Outcome

LOCAL: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Listener(Protocol):
    """An open page's connection."""

    def tell(self, message: dict[str, Any]) -> None:
        """Send it a message."""


@dataclass(slots=True)
class State:
    """Belongs to one server and changes in its loop only."""

    folder: Path
    host: str
    bug: Callable[[BaseException], None]
    """Hears of an exception that is a fault of ours."""
    port: int = 0
    base: str = "/"
    good: int = 0
    """How many good builds there were; 0: there is no site yet."""
    builds: int = 0
    """How many builds there were."""
    problems: tuple[dict[str, str], ...] = ()
    """What keeps the newest site from being shown: ``severity`` and ``text`` each."""
    desk: Desk | None = None
    """Live answers, as of the last build."""
    listeners: set[Listener] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the site."""
        host = "localhost" if _is_any(self.host) else f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{self.base}"

    def allows(self, host: str) -> bool:
        """Whether a Host header names this server: no other name may lead a browser here (DNS rebinding).

        A server for all addresses also answers to any address given in figures: those no foreign page can claim.
        """
        given = host.lower()
        name = given.removesuffix(f":{self.port}")
        if name == given and self.port != 80:
            return False
        bare = self.host.lower()
        return name in LOCAL or name in (bare, f"[{bare}]") or (_is_any(bare) and _is_address(name))

    def finish(self, outcome: Outcome) -> bool:
        """Take in how a build ended; whether there is a new site."""
        self.builds += 1
        report = outcome.report
        if not self.good or (report is not None and report.written):
            self.base = outcome.base or self.base
        if report is not None and report.written:
            self.good += 1
            self.problems = ()
            self.tell({"command": "reload", "path": "*", "liveCSS": False})
            return True
        if report is None:
            self.problems = ({"severity": "error", "text": outcome.fault},)
        else:
            first = sorted(report.problems, key=lambda problem: problem.severity is not Severity.ERROR)
            self.problems = tuple({"severity": str(problem.severity), "text": problem.text} for problem in first)
        self.tell(self.message())
        return False

    def message(self) -> dict[str, Any]:
        """What an open page is told: how many builds, how many good ones, and the problems of the last one."""
        return {"command": "callboard", "builds": self.builds, "good": self.good, "problems": list(self.problems)}

    def tell(self, message: dict[str, Any], *, to: Iterable[Listener] | None = None) -> None:
        """Send a message to open pages, all or some."""
        for listener in tuple(self.listeners if to is None else to):
            listener.tell(message)


def _is_any(host: str) -> bool:
    return host in ("0.0.0.0", "::", "")  # noqa: S104  # compared, not bound


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
