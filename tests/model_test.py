"""The values of the ground floor: lookups, predicates, references, secrets, problems."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from callboard.model.entity import EntityRef
from callboard.model.lookup import fill, lookup, placeholders, words
from callboard.model.predicate import compiled, faults, matches
from callboard.model.problem import CODES, Marks, Place, Problem, Severity, dotted, ordered
from callboard.model.secret import Secret

ENTITY: dict[str, Any] = {
    "kind": "Component",
    "metadata": {"name": "Web", "annotations": {"github.com/project-slug": "a/web"}, "tags": ["java", "tier-1"]},
    "spec": {"type": "service", "replicas": 3, "public": True, "none": None},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "Web"),
        ("metadata.annotations.github.com/project-slug", "a/web"),
        ("metadata.tags.1", "tier-1"),
        ("metadata.tags.9", "absent"),
        ("spec.missing.deep", "absent"),
        ("@", ENTITY),
    ],
)
def test_a_dotted_path_finds_its_value(path: str, value: object) -> None:
    """Also through keys that hold dots, and list items by number."""
    assert lookup(ENTITY, path, "absent") == value


def test_placeholders_are_filled_and_what_is_missing_is_named() -> None:
    """``{path}`` is replaced; a path without a value raises its name, a null counts as missing."""
    assert placeholders("/{a.b}/{c}") == ("a.b", "c")
    assert fill("/{metadata.name}/{spec.replicas}", ENTITY, str.lower) == "/web/3"
    with pytest.raises(KeyError, match=r"spec\.none"):
        fill("{spec.none}", ENTITY)


def test_values_are_words_for_readers() -> None:
    """No None, no True, no brackets."""
    assert [words(v) for v in (None, True, [1, "a"], {"k": False})] == ["", "yes", "1, a", "k: no"]


@pytest.mark.parametrize(
    ("predicate", "held"),
    [
        ({"kind": "component"}, True),
        ({"kind": "api"}, False),
        ({"spec.replicas": "3"}, True),
        ({"spec.public": True}, True),
        ({"spec.public": "true"}, False),
        ({"spec.none": {"$exists": True}}, True),
        ({"spec.none": "null"}, False),
        ({"metadata.annotations.github.com/project-slug": {"$exists": True}}, True),
        ({"spec.type": {"$in": ["library", "SERVICE"]}}, True),
        ({"spec.type": {"$hasPrefix": "Serv"}}, True),
        ({"metadata.tags": {"$contains": "java"}}, True),
        ({"metadata.tags": {"$contains": "go"}}, False),
        ({"$all": []}, True),
        ({"$any": []}, False),
        ({"$not": {"kind": "api"}}, True),
        ({"$any": [{"kind": "api"}, {"spec.type": "service"}]}, True),
        ({"kind": "Component", "spec.type": "library"}, False),
    ],
)
def test_predicates_hold_as_in_backstage(predicate: dict[str, Any], held: bool) -> None:
    """Released Backstage's comparison: without case, numbers as strings, null equal to nothing."""
    assert not faults(predicate)
    assert matches(predicate, ENTITY) is held
    assert compiled(predicate)(ENTITY) is held


@pytest.mark.parametrize(
    ("predicate", "words_"),
    [
        ({"kind": {"$has": 1}}, "unknown operator $has at kind"),
        ({"$or": []}, "unknown operator $or"),
        ({"$all": {}}, "$all wants a list"),
        ({"$not": {"kind": "a"}, "kind": "b"}, "stand alone"),
        ({"kind": {"$exists": "yes"}}, "wants true or false"),
        ({"kind": [1]}, "wants one value or an operator"),
    ],
)
def test_a_malformed_predicate_says_what_is_wrong(predicate: dict[str, Any], words_: str) -> None:
    """Nothing in a filter is ignored silently."""
    assert any(words_ in fault for fault in faults(predicate))


@pytest.mark.parametrize(
    ("text", "kind", "parsed"),
    [
        ("component:default/web", None, "component:default/web"),
        ("API:default/spotify:v2", None, "api:default/spotify:v2"),
        ("web", "Component", "component:default/web"),
        ("ns/web", "Component", "component:ns/web"),
        ("a:b/c/d", None, "a:b/c/d"),
        ("team/a:b", "Group", "group:team/a:b"),
    ],
)
def test_references_are_read_as_backstage_reads_them(text: str, kind: str | None, parsed: str) -> None:
    """The kind ends at the first colon unless a slash comes before; the name is the rest; canonical is lower case."""
    assert str(EntityRef.parse(text, kind=kind)) == parsed


@pytest.mark.parametrize("text", ["", ":a", "component:", "component:/web", "component:ns/"])
def test_a_reference_with_an_empty_part_is_refused(text: str) -> None:
    """In a sentence that shows it."""
    with pytest.raises(ValueError, match="has an empty part"):
        EntityRef.parse(text, kind="Component")


def test_a_reference_without_a_kind_is_refused_where_none_is_implied() -> None:
    """As ``dependsOn: [web]`` in Backstage."""
    with pytest.raises(ValueError, match="has no kind"):
        EntityRef.parse("web")


def test_a_reference_is_short_for_people() -> None:
    """As Backstage's humanizeEntityRef."""
    assert EntityRef.parse("group:default/A-Team").short(kind="group") == "A-Team"
    assert EntityRef.parse("group:ops/a").short() == "group:ops/a"


def test_a_secret_shows_itself_nowhere() -> None:
    """Not in text, format, repr or a pickle; only ``reveal`` gives it."""
    secret = Secret("hunter2")
    assert f"{secret} {secret!r} {secret:>5}".count("hunter2") == 0
    assert "hunter2" not in secret.digest
    assert secret.reveal() == "hunter2"
    with pytest.raises(TypeError, match="never written"):
        pickle.dumps(secret)


def test_a_problem_reads_as_one_line() -> None:
    """Place, path, what, mend, code."""
    problem = Problem("unknown-key", 'unknown key "plugn".', Place("site.yaml", 7, 5), "plugins[1]", 'Did you mean "plugin"?')
    assert problem.text == 'site.yaml:7:5  plugins[1]: unknown key "plugn". Did you mean "plugin"? [unknown-key]'
    warning = Problem("broken-link", "gone.", Place("a.md", 3), severity=Severity.WARNING)
    assert warning.text == "a.md:3:1  warning: gone. [broken-link]"
    assert ordered([problem, warning, problem]) == (warning, problem)


def test_a_problem_without_a_documented_code_is_a_bug() -> None:
    """Every code of the core has its sentence in CODES."""
    with pytest.raises(ValueError, match="undocumented"):
        Problem("no-such-code", "x", Place("a"))
    assert all(text.endswith(".") for text in CODES.values())


def test_marks_give_the_nearest_place() -> None:
    """A key without a place of its own has its parent's."""
    marks = Marks({("a",): Place("f", 2, 1), ("a", 0): Place("f", 3, 5)}, Place("f", 1, 1))
    assert [marks.at(key).line for key in (("a", 0, "b"), ("a", 7), ("z",))] == [3, 2, 1]
    assert dotted(("plugins", 0, "ttl")) == "plugins[0].ttl"
