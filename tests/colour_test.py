"""model.colour: contrast as WCAG computes it, and shades that are readable."""

from __future__ import annotations

import pytest

from callboard.model.colour import contrast, readable


@pytest.mark.parametrize("colour", ["#f90", "#ff0000", "#00ff00", "#888888", "#ffffff", "#0b4fae", "#fe5", "#123456"])
@pytest.mark.parametrize("grounds", [("#ffffff", "#f5f7fa"), ("#0e1116", "#161b22")])
def test_the_suggested_shade_is_readable(colour: str, grounds: tuple[str, str]) -> None:
    """Whatever the colour, the shade suggested for it has 7:1 on light and on dark backgrounds."""
    assert min(contrast(readable(colour, grounds, 7), ground) for ground in grounds) >= 7


def test_contrast_is_that_of_wcag() -> None:
    """Known ratios of WCAG: black on white is 21:1, equal colours 1:1, and the theme's link colour 7.7:1."""
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#abc", "#aabbcc") == 1
    assert round(contrast("#0b4fae", "#ffffff"), 1) == 7.7
    assert readable("#0b4fae", "#ffffff", 7) == "#0b4fae"
    assert readable("#888", "#777", 7) in ("#000000", "#ffffff")
