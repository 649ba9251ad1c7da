"""Plain data of descriptors, whatever was written there, as short texts."""

from __future__ import annotations

import json
from typing import Any

_LONG = 300


def items(value: Any) -> list[Any]:
    """A list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """A text; "" for anything else."""
    return value if isinstance(value, str) else ""


def written(value: Any) -> str:
    """A value as one would write it: texts as they are, everything else as JSON."""
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= _LONG else f"{shown[:_LONG]} …"
