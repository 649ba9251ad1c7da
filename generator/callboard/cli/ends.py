"""How a command ends: its exit codes, and what it does when nobody reads any more."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final

FINE: Final = 0
PROBLEMS: Final = 1
"""Problems in the site, or warnings under ``--strict``."""
USAGE: Final = 2
"""A wrong command line."""
BUG: Final = 3
"""A fault of ours."""
INTERRUPTED: Final = 130


def silence() -> None:
    """Send standard output nowhere: whoever read it has gone (``callboard plugins | head``)."""
    with suppress(OSError, ValueError):  # a stream without a descriptor has nothing that could complain at exit
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
