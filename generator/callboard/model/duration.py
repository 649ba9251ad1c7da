"""Durations as people write them: ``15m``, ``1h30m``, ``30 minutes``, ISO 8601 ``PT30M`` or ``{minutes: 30}``; in seconds here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_MOST = 100 * 365 * 86400.0
_UNITS: Final[Mapping[str, float]] = {
    "milliseconds": 0.001,
    "seconds": 1.0,
    "minutes": 60.0,
    "hours": 3600.0,
    "days": 86400.0,
    "weeks": 7 * 86400.0,
    "months": 30 * 86400.0,
    "years": 365 * 86400.0,
}
_SHORT: Final[Mapping[str, str]] = {
    "ms": "milliseconds",
    "msec": "milliseconds",
    "msecs": "milliseconds",
    "s": "seconds",
    "sec": "seconds",
    "secs": "seconds",
    "m": "minutes",
    "min": "minutes",
    "mins": "minutes",
    "h": "hours",
    "hr": "hours",
    "hrs": "hours",
    "d": "days",
    "w": "weeks",
    "y": "years",
    "yr": "years",
    "yrs": "years",
}
_NUMBER = r"([0-9]{1,15}(?:\.[0-9]{1,9})?)"
_PART = re.compile(_NUMBER + r"\s*([a-z]{1,12})\s*")
_ISO = re.compile(
    rf"P(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?", re.ASCII
)
_ISO_UNITS = ("years", "months", "weeks", "days", "hours", "minutes", "seconds")
_SPOKEN = ("days", "hours", "minutes", "seconds")


def seconds(value: Any, *, example: str = "15m") -> float:
    """A duration in seconds, from a text or a mapping of units to numbers, as Backstage writes them.

    A month counts 30 days, a year 365. Raises ValueError with a sentence: no unit, an unknown unit, negative, over 100 years.
    """
    found = _from_mapping(value) if isinstance(value, Mapping) else _from_text(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"wanted a duration, got {_shown(value)}. Write for example: {example}")
    if found > _MOST:
        raise ValueError(f"the duration {_shown(value)} is longer than 100 years. Write for example: 30d")
    return found


def words(duration: float) -> str:
    """A duration in seconds as readers see it, in its two largest units: ``15 minutes``, ``1 hour 30 minutes``."""
    if duration < 1:
        return f"{duration:g} seconds"
    rest = round(duration)
    parts: list[str] = []
    for unit in _SPOKEN:
        count, rest = divmod(rest, int(_UNITS[unit]))
        if count:
            parts.append(f"{count} {unit if count > 1 else unit[:-1]}")
        if len(parts) == 2 or (parts and not rest):
            break
    return " ".join(parts)


def spent(seconds: float | None) -> str:
    """A time that something took: ``42 s``, ``3 min 12 s``, ``1 h 5 min``; "" for None."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    large, small, units = (*divmod(whole, 60), ("min", "s")) if whole < 3600 else (*divmod(whole // 60, 60), ("h", "min"))
    return f"{large} {units[0]} {small} {units[1]}" if small else f"{large} {units[0]}"


def _from_text(text: str) -> float | None:
    text = text.strip()
    return _from_iso(text) if text[:1] == "P" else _from_parts(text.lower())


def _from_parts(text: str) -> float | None:
    total, position = 0.0, 0
    while position < len(text):
        match = _PART.match(text, position)
        unit = _unit(match[2]) if match else None
        if match is None or unit is None:
            return None
        total += float(match[1]) * _UNITS[unit]
        position = match.end()
    return total if text else None


def _from_iso(text: str) -> float | None:
    match = _ISO.fullmatch(text)
    if match is None or not any(match.groups()):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in zip(match.groups(), _ISO_UNITS, strict=True) if number)


def _from_mapping(value: Mapping[Any, Any]) -> float | None:
    total = 0.0
    for unit, number in value.items():
        if unit not in _UNITS or isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number < 1e15:
            return None
        total += number * _UNITS[unit]
    return total if value else None


def _unit(word: str) -> str | None:
    for name in (word, f"{word}s", _SHORT.get(word, "")):
        if name in _UNITS:
            return name
    return None


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value if len(value) <= 40 else value[:40] + "…"}"'
    text = repr(value) if isinstance(value, (bool, int, float)) and abs(value) < 1e15 else type(value).__name__
    return {"True": "true", "False": "false", "NoneType": "nothing", "dict": "a mapping", "list": "a list"}.get(text, text)
