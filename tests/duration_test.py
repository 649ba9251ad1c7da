"""model.duration: what people write for a duration, in seconds and back in words."""

from __future__ import annotations

import pytest

from callboard.model.duration import seconds, words


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("15m", 900),
        ("1h30m", 5400),
        ("1 h 30 m", 5400),
        ("7d", 604800),
        ("30 minutes", 1800),
        ("2 hrs", 7200),
        ("1.5h", 5400),
        ("500ms", 0.5),
        ("PT30M", 1800),
        ("P1DT2H", 93600),
        ("P1M", 2592000),
        ({"minutes": 30}, 1800),
        ({"hours": 1, "seconds": 1.5}, 3601.5),
    ],
)
def test_backstages_forms_are_read(text: object, wanted: float) -> None:
    """Short, spoken, ISO 8601 and mappings of units all say the same."""
    assert seconds(text) == wanted


@pytest.mark.parametrize(
    "text", ["soon", "", "15", "-3m", "P", "PT", "m", "3 fortnights", 15, True, None, [1], {}, {"minuts": 3}, {"days": True}]
)
def test_anything_else_is_refused_with_an_example(text: object) -> None:
    """A number without a unit is refused like nonsense: nobody knows whether it is seconds or minutes."""
    with pytest.raises(ValueError, match=r"^wanted a duration, got .*\. Write for example: 15m$"):
        seconds(text)


@pytest.mark.parametrize("text", ["999999y", {"years": 1e14}, "P999999999999999D"])
def test_more_than_a_lifetime_is_refused(text: object) -> None:
    """So that no date ever overflows."""
    with pytest.raises(ValueError, match="longer than 100 years"):
        seconds(text)


@pytest.mark.parametrize(
    ("duration", "wanted"),
    [
        (900, "15 minutes"),
        (5400, "1 hour 30 minutes"),
        (604800, "7 days"),
        (1, "1 second"),
        (0.5, "0.5 seconds"),
        (90061, "1 day 1 hour"),
    ],
)
def test_words(duration: float, wanted: str) -> None:
    """Readers see the two largest units."""
    assert words(duration) == wanted
