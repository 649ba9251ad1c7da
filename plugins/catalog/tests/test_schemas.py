"""The subset of JSON Schema: the fast answer, the words, and the reference implementation agree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

TYPES = ["string", "object", "array", "boolean", "null", "number", "integer"]
values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([1.0, 1.5]) | st.text("ab\n", max_size=3),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from("abc"), below, max_size=3),
    max_leaves=6,
)


def keywords(below):
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True),
            "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
            "properties": st.dictionaries(st.sampled_from("abc"), below, max_size=2),
            "additionalProperties": below,
            "items": below,
            "minItems": st.integers(0, 2),
            "minLength": st.integers(0, 2),
            "maxLength": st.integers(0, 2),
            "enum": st.lists(values, min_size=1, max_size=2),
            "const": values,
            "pattern": st.sampled_from(["^a", "b$", "^(a|b$)"]),
            "anyOf": st.lists(below, min_size=1, max_size=2),
            "allOf": st.lists(below, min_size=1, max_size=2),
            "if": below,
            "then": below,
            "else": below,
        },
    )


schemas = st.recursive(st.booleans() | keywords(st.booleans()), keywords, max_leaves=4)


@settings(max_examples=400, deadline=None)
@given(schemas, values)
def test_agrees_with_the_reference(code, schema, value):
    """The compiled answer, whether there are words, and jsonschema's verdict are the same for any schema of the subset."""
    jsonschema = pytest.importorskip("jsonschema")
    fast = code.schemas.compiled(schema)(value)
    assert list(code.schemas.unsupported(schema)) == []
    assert fast == (code.faults.explain(schema, value) == [])
    if not any(text in repr(schema) for text in ("b$",)):  # Python's $ also stands before a last line break
        assert fast == jsonschema.Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"oneOf": []}, 'schema uses "oneOf", which is not supported.'),
        ({"properties": {"a": {"$ref": "#"}}}, 'schema.properties.a uses "$ref", which is not supported.'),
        ({"type": "text"}, 'schema.type has a value that makes no sense: "text".'),
        ({"pattern": "("}, 'schema.pattern has a value that makes no sense: "(".'),
        ({"items": [1]}, "schema.items is no schema: a mapping is wanted."),
        ({"title": "x", "description": "y", "default": 1}, None),
    ],
)
def test_what_cannot_be_used_is_said(code, schema, words):
    """A keyword that would be ignored is named instead."""
    assert list(code.schemas.unsupported(schema)) == ([words] if words else [])


def test_an_end_is_the_very_end(code):
    """A pattern's $ is no place before a last line break, as in JavaScript."""
    holds = code.schemas.compiled({"pattern": "^[a-z]+$"})
    assert (holds("abc"), holds("abc\n")) == (True, False)
