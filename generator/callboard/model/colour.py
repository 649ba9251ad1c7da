"""Colours as WCAG sees them: the contrast of two, and the nearest shade of one that is readable."""

from __future__ import annotations

import colorsys
from collections.abc import Iterable

_STEPS = 255


def contrast(a: str, b: str) -> float:
    """The contrast ratio of two colours (``#rgb`` or ``#rrggbb``), from 1 to 21: WCAG 2.2, "contrast ratio"."""
    lighter, darker = sorted((luminance(a), luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of a colour, from 0 (black) to 1 (white): WCAG 2.2, "relative luminance"."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def readable(colour: str, backgrounds: str | Iterable[str], ratio: float) -> str:
    """The shade of ``colour`` (``#rrggbb``) nearest to it that has ``ratio`` on each of the backgrounds: the same hue, darker on
    light backgrounds and lighter on dark ones. Black or white where no shade has it.
    """
    behind = [backgrounds] if isinstance(backgrounds, str) else list(backgrounds)
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    end = 0.0 if all(contrast("#000", ground) >= contrast("#fff", ground) for ground in behind) else 1.0
    for step in range(_STEPS + 1):
        shade = _written(colorsys.hls_to_rgb(hue, lightness + (end - lightness) * step / _STEPS, saturation))
        if all(contrast(shade, ground) >= ratio for ground in behind):
            return shade
    return "#ffffff" if end else "#000000"


def mixed(colour: str, ground: str, share: float) -> str:
    """``share`` (0 to 1) of a colour in another, as ``#rrggbb``: what CSS' ``color-mix(in srgb, …)`` gives."""
    one, other = _parts(colour), _parts(ground)
    return _written((_between(one[0], other[0], share), _between(one[1], other[1], share), _between(one[2], other[2], share)))


def _between(one: float, other: float, share: float) -> float:
    return share * one + (1 - share) * other


def _parts(colour: str) -> tuple[float, float, float]:
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[0:2], 16) / 255, int(digits[2:4], 16) / 255, int(digits[4:6], 16) / 255


def _written(parts: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
