"""Radar files of each shape, sound and faulty."""

from __future__ import annotations

import json

import pytest

PLAIN = """\
title: Ours
quadrants: [Languages, Tools]
rings: [Adopt, Trial, Hold]
entries:
  - name: Python
    quadrant: Languages
    ring: adopt
    url: https://www.python.org
  - name: Rust
    quadrant: Languages
    history:
      - {date: 2026-10-01, ring: Trial, note: Faster.}
      - {date: 2025-01-01, ring: Hold}
"""


def named(dataset, name):
    """The entry with a name."""
    return next(entry for entry in dataset["entries"] if entry["name"] == name)


def texts(dataset):
    """Its problems as people read them."""
    return [problem.text for problem in dataset.problems]


def test_backstage_sample_is_read_unchanged(real):
    """Backstage's own sample gives its nine entries without a problem; the newest step of a timeline decides the ring."""
    dataset = real("backstage/sampleTechRadarResponse.json")
    assert (len(dataset["entries"]), dataset.problems) == (9, ())
    actions = named(dataset, "GitHub Actions")
    assert (actions["ring_name"], actions["moved_word"], actions["from_ring"]) == ("ADOPT", "moved in", "TRIAL")
    assert (named(dataset, "TypeScript")["moved_word"], named(dataset, "Webpack")["shape"]) == ("moved out", "up")


def test_zalando_file_is_read_unchanged(real):
    """Zalando's config.json gives all 81 entries; the option names its quadrants, its rings have the usual names."""
    dataset = real("zalando/config.json", quadrants=["Languages", "Infrastructure", "Datastores", "Data management"])
    assert (len(dataset["entries"]), dataset.problems) == (81, ())
    assert named(dataset, "Python")["text"] == "Adopt, Languages"
    assert sorted(move["name"] for move in dataset["moves"]) == ["AWS EKS", "Agentgateway", "Amazon Bedrock", "Flink", "LiteLLM"]
    assert named(dataset, "Agentgateway")["moved_word"] == "new"


def test_unnamed_quadrants_are_told_and_neutral(real):
    """Without names, quadrants are numbered, and a warning at the option says how to name them."""
    dataset = real("zalando/config.json")
    [problem] = dataset.problems
    assert [quadrant["name"] for quadrant in dataset["quadrants"]] == [f"Quadrant {n}" for n in (1, 2, 3, 4)]
    assert (problem.code, str(problem.place)) == ("tech_radar/unnamed-quadrants", "site.yaml:6:7")


def test_plain_yaml(radar):
    """The plain form: names instead of ids, a ring or a history, movement from the history."""
    dataset = radar(PLAIN)
    assert dataset.problems == ()
    assert [(e["name"], e["ring_name"], e["moved_word"]) for e in dataset["entries"]] == [
        ("Python", "Adopt", "no change"),
        ("Rust", "Trial", "moved in"),
    ]
    assert dataset["moves"][0]["from_ring"] == "Hold"
    assert dataset["radar"][0]["title"] == "Ours"


def test_quadrants_of_the_entries(radar):
    """Without a list, the quadrants are what entries name, in order of first use."""
    dataset = radar("entries:\n- {name: A, quadrant: Tools, ring: Adopt}\n- {name: B, quadrant: Methods, ring: Hold}\n")
    assert ([q["name"] for q in dataset["quadrants"]], dataset.problems) == (["Tools", "Methods"], ())


def test_options_rename(radar):
    """Names given as options win over the file's, and its entries still find their rings."""
    dataset = radar(PLAIN, quadrants=["Sprachen", "Werkzeuge"], rings=["Nutzen", "Proben", "Meiden"], title="Unser")
    assert (named(dataset, "Rust")["text"], dataset.problems) == ("Proben, Sprachen", ())
    assert dataset["radar"][0]["title"] == "Unser"


def test_a_bad_entry_is_left_out_at_its_line(radar):
    """An entry with an unknown ring is left out with file, line, column and the likely word; the others stay."""
    dataset = radar(PLAIN.replace("ring: adopt", "ring: adpot"))
    assert texts(dataset) == [
        'radar.yaml:7:5  warning: entries[0].ring: There is no ring "adpot", so "Python" is left out. '
        'Did you mean "Adopt"? [tech_radar/bad-entry]'
    ]
    assert [entry["name"] for entry in dataset["entries"]] == ["Rust"]
    assert (dataset.files[0].accepted, dataset.files[0].rejected) == (1, 1)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("just words", "This is no mapping"),
        ("{quadrant: Languages, ring: Adopt}", "The entry has no name"),
        ("{name: X, ring: Adopt}", '"X" has no quadrant'),
        ("{name: X, quadrant: Languages}", '"X" has no ring'),
        ("{name: X, quadrant: 9, ring: Adopt}", 'There is no quadrant "9"'),
        ("{name: X, quadrant: Languages, ring: true}", 'There is no ring "True"'),
        ("{title: X, quadrant: Languages}", '"X" has no timeline'),
        ("{name: python, quadrant: Languages, ring: Hold}", '"python" is there twice'),
        ("{name: X, quadrant: Languages, ring: Adopt, url: 'javascript:alert(1)'}", "is no address that readers can open"),
        ("{name: X, quadrant: Languages, ring: Adopt, url: //evil.example}", "is no address that readers can open"),
        ("{name: X, quadrant: Languages, ring: Adopt, discription: Y}", 'Did you mean "description"?'),
        ("{name: X, quadrant: Languages, ring: Adopt, moved: sideways}", '"sideways" is no movement'),
        ("{name: X, quadrant: Languages, history: [{date: soon, ring: Adopt}]}", '"soon" is no date'),
        ("{name: X, quadrant: Languages, history: [{date: 2026-02-30, ring: Adopt}]}", '"2026-02-30" is no date'),
        ("{name: X, quadrant: Languages, ring: Hold, history: [{date: '2026', ring: Adopt}]}", "The history is used"),
        ("{name: X, quadrant: Languages, ring: Adopt, history: 2026}", "history is no list"),
    ],
)
def test_faults_are_told_and_cost_no_other_entry(radar, entry, said):
    """Each fault of an entry is a warning at its line; the two sound entries are there all the same."""
    dataset = radar(f"{PLAIN}  - {entry}\n")
    problems = [problem for problem in dataset.problems if said in problem.text]
    assert problems, texts(dataset)
    assert (problems[0].place.line, str(problems[0].severity)) == (14, "warning")
    assert {"Python", "Rust"} <= {entry["name"] for entry in dataset["entries"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "this file is empty"),
        ("- a\n- b\n", "has no mapping at its top"),
        ("openapi: 3.1.0\ninfo: {}\n", 'has only "openapi", "info"'),
        ("entries: many\n", "has entries that are no list"),
        ("entries: [\n", "[tech_radar/unreadable]"),
        (b"entries: \xff\n", "no UTF-8"),
    ],
)
def test_no_radar_at_all(radar, text, said):
    """A file that is no radar is an error that says what was found and expected."""
    dataset = radar(text)
    [problem] = dataset.problems
    assert said in problem.text
    assert (problem.place.file, str(problem.severity), dataset["entries"]) == ("radar.yaml", "error", [])


def test_no_file(radar):
    """A file that is not there is an error at the option that names it."""
    [problem] = radar(None).problems
    assert (problem.code, str(problem.place)) == ("tech_radar/no-file", "site.yaml:6:7")


def test_nothing_yet(radar):
    """A radar without entries is no problem."""
    dataset = radar("entries: []\n")
    assert (dataset["entries"], dataset["moves"], dataset.problems) == ([], [], ())


def test_json_with_surrogate_pairs(radar):
    """JSON may write an emoji as two escapes, which no YAML reader takes."""
    radar_json = {"entries": [{"label": "Rocket \N{ROCKET}", "quadrant": 0, "ring": 0}]}
    dataset = radar(json.dumps(radar_json), quadrants=["One", "Two", "Three", "Four"])
    assert (dataset["entries"][0]["name"], dataset.problems) == ("Rocket \N{ROCKET}", ())


def test_many_faults_end_soon(radar):
    """Hundreds of bad entries give fifty warnings and their count."""
    dataset = radar("rings: [A]\nquadrants: [Q]\nentries:\n" + "- {name: X, quadrant: Q, ring: no}\n" * 300)
    assert (len(dataset.problems), "250 more" in dataset.problems[-1].text) == (51, True)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("Node.js", "node-js"),
        (".NET", "net"),
        ("Größe", "grosse"),
        ("日本語", "entry-77710aed"),
    ],
)
def test_addresses(radar, name, address):
    """A name makes an address that every host can serve."""
    dataset = radar(f"entries:\n- {{name: '{name}', quadrant: Q, ring: Adopt}}\n")
    assert dataset["entries"][0]["id"] == address


def test_one_name_in_two_quadrants(radar):
    """The same name in another quadrant is another entry with an address of its own."""
    dataset = radar("entries:\n- {name: A, quadrant: P, ring: Adopt}\n- {name: A, quadrant: Q, ring: Adopt}\n")
    assert ([entry["id"] for entry in dataset["entries"]], dataset.problems) == (["a", "a-2"], ())
