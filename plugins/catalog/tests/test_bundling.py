"""API documents in several files: one text comes out, whatever refers to what."""

import json

import pytest

from callboard import yamlfile

API = (
    "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: shop}\nspec:\n  type: openapi\n  lifecycle: x\n  owner: g\n"
    "  definition:\n    $openapi: ./openapi.yaml\n"
)


@pytest.fixture
def bundle(provide):
    """``bundle({"openapi.yaml": …})`` → the definition, as data; a text is a problem's."""

    def run(files: dict[str, object], folder: str = "apis", **more: object) -> object:
        there = {f"{folder}/{name}": value if isinstance(value, str) else json.dumps(value) for name, value in files.items()}
        found = provide(
            {f"{folder}/api.yaml": API, **there}, locations=[{"type": "file", "target": f"{folder}/api.yaml"}], **more
        )
        if not found.dataset.entities:
            assert found.texts[0].startswith(
                f"{folder}/api.yaml:9:5  warning: spec.definition.$openapi: api:default/shop is left out: "
            )
            return found.texts[0]
        assert found.texts == []
        definition = found.dataset.entities[0].spec["definition"]
        assert isinstance(definition, str)
        return yamlfile.documents(definition)[0].value

    return run


def test_a_whole_document_is_left_as_it_is(provide):
    """Comments and all, where nothing lies in another file."""
    text = "openapi: 3.0.0 # ours\npaths:\n  /a: {$ref: '#/components/x'}\n"
    found = provide({"api.yaml": API, "openapi.yaml": text}, locations=[{"type": "file", "target": "api.yaml"}])
    assert found.dataset.entities[0].spec["definition"] == text


def test_other_files_are_drawn_in(bundle):
    """Once each: a second reference leads to the first place; references inside the document stay; JSON and YAML, in any folder."""
    found = bundle(
        {
            "openapi.yaml": {
                "paths": {
                    "/a": {"$ref": "paths/a.yaml"},
                    "/b/{id}": {"get": {"schema": {"$ref": "schemas.json#/Pet"}, "own": {"$ref": "#/components/Own"}}},
                },
                "components": {"Own": {"type": "string"}},
            },
            "paths/a.yaml": "get: {schema: {$ref: '../schemas.json#/Pet'}, size: {$ref: '../schemas.json#/Size'}}",
            "schemas.json": {"Pet": {"size": {"$ref": "#/Size"}}, "Size": {"type": "integer"}},
        }
    )
    assert found == {
        "paths": {
            "/a": {
                "get": {
                    "schema": {"size": {"type": "integer"}},
                    "size": {"$ref": "#/paths/~1a/get/schema/size"},
                }
            },
            "/b/{id}": {"get": {"schema": {"$ref": "#/paths/~1a/get/schema"}, "own": {"$ref": "#/components/Own"}}},
        },
        "components": {"Own": {"type": "string"}},
    }


def test_circles(bundle):
    """A schema that holds itself, files that hold one another, and one that leads back to the document."""
    found = bundle(
        {
            "openapi.yaml": {"a": {"$ref": "x.yaml#/Node"}, "b c": {"$ref": "y.yaml"}},
            "x.yaml": "Node: {next: {$ref: '#/Node'}, root: {$ref: './openapi.yaml#/a'}}",
            "y.yaml": "{z: {$ref: z.yaml}}",
            "z.yaml": "{y: {$ref: y.yaml}}",
        }
    )
    assert found == {"a": {"next": {"$ref": "#/a"}, "root": {"$ref": "#/a"}}, "b c": {"z": {"y": {"$ref": "#/b%20c"}}}}


def test_what_stands_beside_a_reference(bundle):
    """It wins over what the reference names; a property that is called $ref is none."""
    found = bundle(
        {
            "openapi.yaml": {"a": {"$ref": "x.yaml", "description": "mine"}, "properties": {"$ref": {"type": "string"}}},
            "x.yaml": "{description: theirs, type: string}",
        }
    )
    assert found == {"a": {"description": "mine", "type": "string"}, "properties": {"$ref": {"type": "string"}}}


def test_references_on_the_way(bundle):
    """A pointer that passes through a reference follows it."""
    found = bundle(
        {
            "openapi.yaml": {"a": {"$ref": "x.yaml#/all/Pet/name"}},
            "x.yaml": "all: {$ref: y.yaml#/schemas}",
            "y.yaml": "schemas: {Pet: {name: {type: string}}}",
        }
    )
    assert found == {"a": {"type": "string"}}


def chain(length: int) -> dict[str, object]:
    files = {f"f{n}.yaml": {"next": {"$ref": f"f{n + 1}.yaml"}} for n in range(length)}
    return {"openapi.yaml": {"a": {"$ref": "f0.yaml"}}, **files, f"f{length}.yaml": "{end: true}"}


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"openapi.yaml": {"a": {"$ref": "gone.yaml"}}}, 'its $ref "gone.yaml" cannot be read: there is no such file.'),
        ({"openapi.yaml": {"a": {"$ref": "x.yaml#/b/c"}}, "x.yaml": "{b: 5}"}, 'its $ref "x.yaml#/b/c" leads nowhere: there is no "c".'),
        ({"openapi.yaml": {"a": {"$ref": "../../secret.yaml"}}}, 'it lies outside "apis"'),
        ({"openapi.yaml": {"a": {"$ref": "/etc/hosts"}}}, 'it lies outside "apis"'),
        ({"openapi.yaml": {"a": {"$ref": "https://example.com/x.yaml"}}}, "gives no answer"),
        ({"openapi.yaml": {"a": {"$ref": "x.yaml"}}, "x.yaml": "{"}, "it is no YAML (line 1)"),
        ({"openapi.yaml": "a: 1\n---\nb: 2\n"}, "it holds 2 documents; exactly one is wanted."),
        ({"openapi.yaml": {"a": {"$ref": "x.yaml#/a/b"}}, "x.yaml": "a: {$ref: '#/a'}"}, "leads in a circle"),
        (chain(300), "too large"),
        (
            {"openapi.yaml": [{"$ref": f"{n}.yaml"} for n in range(501)], **{f"{n}.yaml": n for n in range(501)}},
            "it is more than 500 files.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_in(bundle, files: dict, reason: str):
    """It costs the entity, told at the placeholder's line."""
    assert reason in bundle(files)


def test_a_file_that_doubles_itself(bundle):
    """A document that would grow without end is refused while it is small."""
    files = {f"f{n}.yaml": "[" + ", ".join(f"{{$ref: 'f{n + 1}.yaml#/{i}'}}" for i in range(40)) + "]" for n in range(9)}
    assert isinstance(bundle({"openapi.yaml": {"a": {"$ref": "f0.yaml"}}, **files, "f9.yaml": json.dumps([0] * 40)}), dict)
