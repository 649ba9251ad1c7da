"""Templates: their forms in plain rows, their steps, and how one starts them."""

import re
from pathlib import Path

import pytest

from callboard.testing import Given, build_plugin

PLUGIN = Path(__file__).parents[1]
HEAD = """
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata:
  name: new-service
  title: New service
  annotations: {backstage.io/source-location: "url:https://github.com/acme/templates/tree/main/service/"}
"""
BODY = """spec:
  type: service
  owner: tools
  parameters:
    - title: About it
      required: [name]
      properties:
        name: {title: Name, type: string, description: What it is called., maxLength: 40, pattern: "^[a-z]+$"}
        size: {type: string, default: small, enum: [small, large], enumNames: [Small, Large]}
        ports: {type: array, items: {type: integer}, uniqueItems: true}
        tags: {type: array, items: {enum: [a, b]}}
        repo: {type: string, ui:field: RepoUrlPicker}
        database:
          type: object
          required: [engine]
          properties: {engine: {type: string}, replicas: {type: [integer, "null"]}}
      dependencies:
        size:
          oneOf:
            - properties: {size: {const: small}}
            - properties: {size: {enum: [large]}, nodes: {type: integer}}
        repo: [owner]
      allOf:
        - if: {properties: {size: {const: large}}}
          then: {required: [budget], properties: {budget: {type: number, minimum: 10}}}
          else: {properties: {reason: {type: string}}}
    - title: Nothing
  steps:
    - {id: fetch, name: Fetch it, action: "fetch:template", input: {url: ./skeleton, values: {name: "${{ parameters.name }}"}}}
    - {id: publish, action: "publish:github", if: "${{ parameters.repo }}"}
    - {id: off, action: debug:log, if: false}
  output:
    links:
      - {title: Repository, url: "${{ steps.publish.output.remoteUrl }}"}
"""


@pytest.fixture
def template(provide):
    """``template(start={…})``: the record of the template, with that way to start it."""

    def record(text: str = HEAD + BODY, **start: str):
        options = {"templates": {"start": start}} if start else {}
        [found] = provide({"t.yaml": text}, locations=[{"type": "file", "target": "t.yaml"}], **options).dataset["templates"]
        return found

    return record


def rows(form):
    return [(row["level"], row["name"], row["type"], row["required"], row["when"]) for row in form["fields"]]


def test_a_form_in_rows(template):
    """Types, lists and nested objects; what depends on other answers, with the condition in words."""
    about, nothing = template()["forms"]
    assert rows(about) == [
        (0, "name", "text", True, ""),
        (0, "size", "text", False, ""),
        (0, "ports", "list of whole number", False, ""),
        (0, "tags", "list of choices", False, ""),
        (0, "repo", "text", False, ""),
        (0, "database", "mapping", False, ""),
        (1, "engine", "text", True, ""),
        (1, "replicas", "whole number or nothing", False, ""),
        (0, "nodes", "whole number", False, "size is large"),
        (0, "owner", "", True, "repo is given"),
        (0, "budget", "number", True, "size is large"),
        (0, "reason", "text", False, "not (size is large)"),
    ]
    assert (nothing["title"], nothing["fields"]) == ("Nothing", [])


def test_what_a_row_tells(template):
    """Title, description, default, choices with their names, limits and pickers."""
    found = {row["name"]: row for row in template()["forms"][0]["fields"]}
    assert (found["name"]["title"], found["name"]["description"]) == ("Name", "What it is called.")
    assert found["name"]["hints"] == ["at most 40 characters", "matches ^[a-z]+$"]
    assert (found["size"]["default"], found["size"]["choices"]) == ("small", ["small", "large"])
    assert found["ports"]["hints"] == ["each once"]
    assert found["tags"]["choices"] == ["a", "b"]
    assert found["repo"]["hints"] == ["picked with RepoUrlPicker"]


def test_steps_and_output(template):
    """What is done, under which condition, and what comes out."""
    found = template()
    assert [(step["name"], step["action"], step["if"]) for step in found["steps"]] == [
        ("Fetch it", "fetch:template", ""),
        ("publish", "publish:github", "${{ parameters.repo }}"),
        ("off", "debug:log", "never"),
    ]
    assert found["steps"][0]["input"] == {"url": "./skeleton", "values": {"name": "${{ parameters.name }}"}}
    assert found["output"]["links"] == [{"title": "Repository", "to": "${{ steps.publish.output.remoteUrl }}", "icon": ""}]


def test_without_options_its_repository_is_fetched(template):
    """The source is known from the annotation; a template of cookiecutter is fetched with that."""
    found = template()["start"]
    assert found["command"] == "git clone https://github.com/acme/templates"
    assert found["source"] == "https://github.com/acme/templates/tree/main/service"
    cookie = (HEAD + BODY).replace("fetch:template", "fetch:cookiecutter")
    assert template(cookie)["start"]["command"] == "cookiecutter https://github.com/acme/templates --directory service/skeleton"
    bare = (HEAD + BODY).replace("backstage.io/source-location", "acme.com/other")
    assert template(bare)["start"] == {"command": "", "link": "", "title": "", "source": ""}


def test_a_command_is_filled_for_a_shell(template):
    """Each value is one word of a shell, whatever a descriptor holds; what is required is asked for."""
    command = "copier copy {source.repository} ./{title} {parameters}"
    text = (HEAD + BODY).replace("title: New service", 'title: "x; rm -rf ~ $(id)\\n\'"')
    assert template(text, command=command, parameter="--data {name}={value}")["start"]["command"] == (
        "copier copy https://github.com/acme/templates ./'x; rm -rf ~ $(id) '\"'\"'' '--data name=<Name>'"
    )


def test_a_link_is_prefilled(template):
    """In an address each value is encoded for its place: a path, or a query with all parameters as lines."""
    backstage = "https://backstage.example.com/create/templates/{ref.namespace}/{ref.name}"
    assert template(link=backstage, title="Open in Backstage")["start"]["link"] == (
        "https://backstage.example.com/create/templates/default/new-service"
    )
    issue = "https://github.com/acme/requests/issues/new?title=New:%20{title}&body={parameters}"
    assert template(link=issue)["start"]["link"] == (
        "https://github.com/acme/requests/issues/new?title=New:%20New%20service"
        "&body=name%3A%0Asize%3A%20small%0Aports%3A%0Atags%3A%0Arepo%3A%0Adatabase%3A"
    )
    assert template(link="https://x.example.com/{entity.spec.nothing}")["start"]["link"] == "", "no link with a hole in it"


def test_a_source_that_is_no_address(template):
    """What a descriptor calls its source is shown as a link only if it is one."""
    for source in ("https://github.com/acme/my templates/", "javascript:alert(1)"):
        text = (HEAD + BODY).replace("https://github.com/acme/templates/tree/main/service/", source)
        assert text != HEAD + BODY
        assert template(text)["start"]["source"] == ""


def test_options_that_nothing_fills(template):
    """A placeholder that there is not, and a link that is none, are refused with the mend."""
    with pytest.raises(ValueError, match=r'nothing fills "\{name\}". Write one of \{ref\}, \{title\}, \{source\}'):
        template(command="copier {name}")
    with pytest.raises(ValueError, match="wanted an address"):
        template(link="javascript:alert(1)")


@pytest.mark.parametrize(
    "parameters",
    [
        "[{properties: [], required: 7}, {}]",
        "{properties: {a: {$ref: '#/properties/a'}, b: {$ref: '#'}, c: 3}}",
        "{$ref: '#'}",
        "{allOf: [{$ref: '#'}, {$ref: '#'}, {$ref: '#'}], dependencies: {a: {$ref: '#'}}}",
        "{allOf: [{if: 3, then: {properties: {x: 1}}}, 5], oneOf: [{properties: {y: {enum: 3}}}], dependencies: {z: 9}}",
        "{properties: {a: {type: array, items: {type: array, items: [1]}}}}",
    ],
)
def test_odd_forms(template, parameters):
    """Whatever a descriptor says, its page is made."""
    text = f"{HEAD}spec: {{type: x, steps: [{{action: debug:log}}], parameters: {parameters}}}\n"
    assert isinstance(template(text)["forms"], list)


def test_the_page():
    """What it asks for, what it does and what comes out; the way to start it. What is an expression is no link."""
    options = {
        "locations": [{"type": "file", "target": "t.yaml"}],
        "rules": [{"allow": ["Template"]}],
        "templates": {
            "start": {"link": "https://backstage.example.com/create/templates/{ref.namespace}/{ref.name}", "title": "Open it"}
        },
    }
    built = build_plugin(PLUGIN, Given(options=options, files={"t.yaml": HEAD + BODY}))
    page = built.page("/catalog/default/template/new-service/").partition("<main")[2]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert 'href="https://backstage.example.com/create/templates/default/new-service"' in page
    assert "git clone https://github.com/acme/templates" in text
    assert "name required text Name : What it is called. at most 40 characters, matches ^[a-z]+$" in text
    assert "If size is large." in text
    assert "Runs never." in text
    assert "${{ steps.publish.output.remoteUrl }}" in text
    assert 'href="${{' not in page
    assert not [problem for problem in built.problems if "template-error" in problem]
