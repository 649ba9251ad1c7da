"""The access log: one JSON line a request, without query, header values or secrets."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

_LONGEST: Final = 300
"""Characters of a path."""


class Log:
    """Writes lines to a file, or to standard output for ``-``. A file that was moved away is begun anew by ``reopen``."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._stream: TextIO | None = None
        self.reopen()

    def reopen(self) -> None:
        """Open the file again. Raises OSError."""
        self.close()
        self._stream = sys.stdout if self._place == "-" else Path(self._place).open("a", encoding="utf-8")  # noqa: SIM115  # kept open

    def write(self, fields: Mapping[str, Any]) -> None:
        """One line. A disk that is full, or a reader that has gone, costs the line and no answer."""
        if self._stream is None:
            return
        line = json.dumps(dict(fields), ensure_ascii=True, separators=(",", ":"))
        try:
            self._stream.write(f"{line}\n")
            self._stream.flush()
        except (OSError, ValueError):
            return

    def close(self) -> None:
        """Nothing more is written."""
        if self._stream not in (None, sys.stdout):
            assert self._stream is not None
            self._stream.close()
        self._stream = None


def fields(
    *, method: str, path: str, status: int, seconds: float, size: int, client: str, upstream: str, cache: str
) -> dict[str, Any]:
    """One request. ``upstream`` is the host that was asked, ``cache`` hit, miss, shared or stale; "" where there was none."""
    line: dict[str, Any] = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": method[:20],
        "path": path[:_LONGEST],
        "status": status,
        "ms": round(seconds * 1000, 1),
        "bytes": size,
        "client": client,
    }
    return line | {name: value for name, value in (("upstream", upstream), ("cache", cache)) if value}
