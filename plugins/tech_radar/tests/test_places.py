"""Numbers and places of blips: no overlap, inside their segment, the same again, and steady when an entry is added."""

from __future__ import annotations

import itertools
import json
import math
import time

import pytest


def plain(count, *, rings=4, quadrants=4):
    """A radar of ``count`` entries spread over all segments."""
    entries = [{"label": f"Entry {n:03}", "quadrant": n % quadrants, "ring": n // quadrants % rings} for n in range(count)]
    return {"quadrants": [f"Q{n}" for n in range(quadrants)], "rings": [f"R{n}" for n in range(rings)], "entries": entries}


def spots(dataset):
    """Number and place of each entry by name."""
    return {entry["name"]: (entry["number"], entry["x"], entry["y"]) for entry in dataset["entries"]}


def gap(one, two):
    """The room between two blips, for a spacing that their sizes ask for (0 and more is no overlap)."""
    return math.dist((one["x"], one["y"]), (two["x"], two["y"])) - 20 * (one["size"] + two["size"])


@pytest.mark.parametrize(
    ("count", "rings", "quadrants"), [(16, 4, 4), (100, 4, 4), (400, 4, 4), (60, 8, 8), (30, 3, 3), (9, 1, 1), (20, 5, 2)]
)
def test_no_two_blips_overlap(radar, count, rings, quadrants):
    """Whatever the numbers of quadrants, rings and entries: blips keep apart; the fuller, the smaller."""
    entries = radar(json.dumps(plain(count, rings=rings, quadrants=quadrants)))["entries"]
    assert len(entries) == count
    assert min(gap(one, two) for one, two in itertools.combinations(entries, 2)) >= 0


def test_real_radar_without_overlap(real):
    """Zalando's 81 entries stand apart in full size, each inside its ring and quadrant."""
    dataset = real("zalando/config.json")
    entries, bounds = dataset["entries"], [0, *(ring["radius"] for ring in dataset["rings"])]
    assert min(gap(one, two) for one, two in itertools.combinations(entries, 2)) >= 0
    for entry in entries:
        x, y = entry["x"] - 500, entry["y"] - 500
        assert entry["size"] == 1
        assert bounds[entry["ring"]] + 20 < math.hypot(x, y) < bounds[entry["ring"] + 1] - 20
        assert math.degrees(math.atan2(y, x)) % 360 // 90 == entry["quadrant"]


def test_same_file_same_radar(real):
    """Twice the same file: the same numbers and places."""
    assert spots(real("zalando/config.json")) == spots(real("zalando/config.json"))


def test_a_new_entry_changes_no_other(radar):
    """An entry that is marked as new gets the last number, and no other blip moves or is renumbered."""
    content = plain(80)
    before = spots(radar(json.dumps(content)))
    content["entries"].insert(3, {"label": "A new one", "quadrant": 0, "ring": 0, "moved": 2})
    after = spots(radar(json.dumps(content)))
    assert after.pop("A new one")[0] == 81
    assert after == before


def test_a_newer_entry_of_a_dated_radar_changes_no_other(radar):
    """With a history, the youngest entry comes last, wherever it stands in the file."""
    step = "quadrant: Q, history: [{{date: {}, ring: Adopt}}]"
    old = [f"- {{name: {name}, {step.format('2025-01-01')}}}" for name in "BCDEF"]
    new = f"- {{name: A, {step.format('2026-11-01')}}}"
    before = spots(radar("entries:\n" + "\n".join(old)))
    after = spots(radar("entries:\n" + "\n".join([new, *old])))
    assert after.pop("A")[0] == 6
    assert after == before


def test_an_addition_in_the_middle_moves_few(radar):
    """Even an unmarked entry whose name sorts first leaves nine in ten of the others where they are."""
    content = plain(80)
    before = spots(radar(json.dumps(content)))
    content["entries"].append({"label": "Aardvark", "quadrant": 0, "ring": 0})
    after = spots(radar(json.dumps(content)))
    moved = [name for name in before if before[name][1:] != after[name][1:]]
    assert len(moved) <= 8


def test_order_in_the_file_does_not_matter(radar):
    """The same entries in another order are the same radar."""
    content = plain(40)
    before = spots(radar(json.dumps(content)))
    content["entries"].reverse()
    assert spots(radar(json.dumps(content))) == before


def test_a_hundred_blips_are_placed_at_once(code):
    """A hundred blips take well under 50 ms."""
    layout = code("layout")
    blips = [layout.Blip(f"entry-{n}", n % 4, n // 4 % 4) for n in range(100)]
    started = time.perf_counter()
    layout.spots(blips, quadrants=4, rings=4)
    assert time.perf_counter() - started < 0.05


MOVES = """\
date: 2026-11-01
rings: [Adopt, Trial, Hold]
entries:
- {name: In, quadrant: Q, history: [{date: 2026-10-01, ring: Adopt}, {date: 2025-01-01, ring: Trial}]}
- {name: Out, quadrant: Q, history: [{date: 2026-09-01, ring: Hold}, {date: 2025-01-01, ring: Trial}]}
- {name: New, quadrant: Q, history: [{date: 2026-08-01, ring: Trial}]}
- {name: Old, quadrant: Q, history: [{date: 2025-06-01, ring: Adopt}, {date: 2024-01-01, ring: Trial}]}
- {name: Said, quadrant: Q, moved: -1, history: [{date: 2024-01-01, ring: Trial}]}
"""


def test_movement_comes_from_the_history(radar):
    """Recent steps are movement, older ones are not; what the file says wins; the newest comes first."""
    dataset = radar(MOVES)
    assert [(move["name"], move["moved_word"]) for move in dataset["moves"]] == [
        ("In", "moved in"),
        ("Out", "moved out"),
        ("New", "new"),
        ("Said", "moved out"),
    ]


def test_since_says_from_when_on(radar):
    """``since`` of the file says from when on a step counts."""
    dataset = radar(f"since: 2025-01-15\n{MOVES}")
    assert "Old" in [move["name"] for move in dataset["moves"]]


def test_a_first_edition_has_no_news(radar):
    """Where every entry is young, none is new."""
    dataset = radar("entries:\n- {name: A, quadrant: Q, history: [{date: 2026-11, ring: Adopt}]}\n")
    assert (dataset["moves"], dataset["entries"][0]["history"][0]["moved_word"]) == ([], "first listed")
