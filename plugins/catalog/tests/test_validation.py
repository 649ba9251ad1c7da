"""Validation as released Backstage does it: each rule with what it lets through and what it refuses, and where."""

from copy import deepcopy
from time import perf_counter

import pytest

BASE = {
    "apiVersion": "backstage.io/v1alpha1",
    "kind": "Component",
    "metadata": {"name": "web"},
    "spec": {"type": "service", "lifecycle": "production", "owner": "team"},
}
SPECS = {
    "Component": BASE["spec"],
    "API": {"type": "openapi", "lifecycle": "production", "owner": "team", "definition": "text"},
    "Resource": {"type": "database", "owner": "team"},
    "System": {"owner": "team"},
    "Domain": {"owner": "team"},
    "Group": {"type": "team", "children": []},
    "User": {"memberOf": []},
    "Location": {},
    "AiResource": {"type": "skill", "lifecycle": "production", "owner": "team"},
    "Template": {"type": "service", "steps": [{"action": "fetch:template"}]},
}
REMOVED = type("Absent", (), {"__repr__": lambda _: "absent"})()


def changed(base: dict, changes: dict) -> dict:
    """``base`` with dotted paths set, or removed."""
    value = deepcopy(base)
    for path, new in changes.items():
        *above, last = path.split("/")
        here = value
        for part in above:
            here = here[int(part)] if isinstance(here, list) else here.setdefault(part, {})
        if new is REMOVED:
            del here[last]
        else:
            here[last] = new
    return value


def of_kind(kind: str) -> dict:
    version = "scaffolder.backstage.io/v1beta3" if kind == "Template" else "backstage.io/v1alpha1"
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "thing"}, "spec": deepcopy(SPECS[kind])}


@pytest.fixture(scope="module")
def checker(code, kinds):
    return code.checker.Checker(kinds)


ENVELOPE = [
    # 1.1: root keys and what is required
    ({"apiVersion": REMOVED}, "apiVersion"),
    ({"kind": REMOVED}, "kind"),
    ({"metadata": REMOVED}, "metadata"),
    ({"metadata/name": REMOVED}, "metadata.name"),
    ({"spec": REMOVED}, "spec"),
    ({"spec": None}, "spec"),
    ({"spec": []}, "spec"),
    ({"metadata": "web"}, "metadata"),
    ({"relations": []}, "relations"),
    ({"status": {}}, "status"),
    ({"extra": 1}, "extra"),
    # 1.2: metadata
    ({"metadata/title": ""}, "metadata.title"),
    ({"metadata/title": "T"}, ""),
    ({"metadata/description": ""}, ""),
    ({"metadata/description": None}, "metadata.description"),
    ({"metadata/uid": ""}, "metadata.uid"),
    ({"metadata/uid": "u", "metadata/etag": "e"}, ""),
    ({"metadata/whatever": {"a": [1]}}, ""),
    ({"metadata/labels": {"tier": 1}}, "metadata.labels.tier"),
    ({"metadata/labels": None}, "metadata.labels"),
    ({"metadata/annotations": {"a.b/c": True}}, "metadata.annotations.a.b/c"),
    ({"metadata/annotations": {"a.b/c": "", "d": "x" * 9000}}, ""),
    ({"metadata/tags": [""]}, "metadata.tags[0]"),
    ({"metadata/tags": "java"}, "metadata.tags"),
    ({"metadata/tags": []}, ""),
    ({"metadata/links": [{}]}, "metadata.links[0].url"),
    ({"metadata/links": [{"url": "https://a.b", "type": ""}]}, "metadata.links[0].type"),
    ({"metadata/links": [{"url": "https://a.b", "title": " "}]}, "metadata.links[0].title"),
    ({"metadata/links": [{"url": "https://a.b", "icon": "\t"}]}, "metadata.links[0].icon"),
    ({"metadata/links": [{"url": "https://a.b", "more": 1}]}, ""),
    # 1.5: kinds; extra keys of spec are fine, strings may not be empty
    ({"spec/owner": ""}, "spec.owner"),
    ({"spec/owner": REMOVED}, "spec.owner"),
    ({"spec/lifecycle": 5}, "spec.lifecycle"),
    ({"spec/dependsOn": "component:a"}, "spec.dependsOn"),
    ({"spec/dependsOn": ["component:a", ""]}, "spec.dependsOn[1]"),
    ({"spec/dependencyOf": 5}, ""),
    ({"spec/anything": {"a": 1}}, ""),
    ({"apiVersion": "backstage.io/v1beta1"}, ""),
    ({"apiVersion": "backstage.io/v1"}, "apiVersion"),
    ({"kind": "component"}, "kind"),
    ({"kind": "Dataset"}, "kind"),
]
FORMATS = [
    # 1.3: released formats, field by field: good ones, then bad ones
    ("metadata/name", ["a", "A.b_c-9", "x" * 63, "9"], ["-a", "a-", "a b", "x" * 64, "a\n", "å", "_"]),
    ("metadata/namespace", ["a", "a-b", "a--b", "0"], ["A", "a.b", "-a", "a-", "a_b", "x" * 64, "a\n"]),
    ("apiVersion", ["backstage.io/v1alpha1"], ["a/b/c", "/v1", "a/", "Up.er/v1", "a/v-1", "a..b/v1", "a/" + "v" * 64]),
    ("kind", ["Component"], ["9Lives", "A-b", "K" * 64, "A\n"]),
    ("metadata/tags", [["a", "c++", "c#", "a:b", "a-b", "x" * 63]], [["A"], ["a.b"], ["a--b"], ["-a"], ["x" * 64], ["a b"]]),
    ("metadata/labels", [{"a": ""}, {"a.b/c": "V_1.x"}], [{"a": "-"}, {"a": "b c"}, {"A.b/c": "x"}, {"a/b/c": "x"}, {"/a": "x"}]),
    ("metadata/annotations", [{"a.b-c/D_e.f": "x"}, {"x" * 63: "x"}], [{"a_b/c": "x"}, {"x" * 64: "x"}, {"": "x"}, {"a b": "x"}]),
    (
        "metadata/links",
        [
            [{"url": url}]
            for url in (
                "https://a.b",
                "mailto:x@y",
                "slack://c",
                "urn:a",
                "http://[::1]:80/x",
                "http:a",
                "file:///x",
                "HTTPS://X",
            )
        ],
        [
            [{"url": url}]
            for url in ("a", "/x", "//a.b", "http://", "https://a b", "http://a:99999", "http://[::g]", "1x:y", "https://%zz<")
        ],
    ),
]
SPECIFIC = [
    ("Component", {"spec/providesApis": ["a"], "spec/consumesApis": [], "spec/system": "s", "spec/subcomponentOf": "c"}, ""),
    ("API", {"spec/definition": ""}, "spec.definition"),
    ("API", {"spec/definition": REMOVED}, "spec.definition"),
    ("API", {"spec/definition": {"$text": 5}}, "spec.definition"),
    ("API", {"spec/definition": REMOVED, "spec/type": "mcp-server", "spec/remotes": [{"type": "http", "url": "u"}]}, ""),
    ("API", {"spec/definition": REMOVED, "spec/type": "mcp-server", "spec/remotes": []}, "spec.remotes"),
    ("API", {"spec/definition": REMOVED, "spec/type": "mcp-server", "spec/remotes": [{"type": "http"}]}, "spec.remotes[0].url"),
    ("API", {"spec/definition": REMOVED, "spec/remotes": [{"type": "http", "url": "u"}]}, "spec.definition"),
    ("API", {"spec/definition": REMOVED, "spec/type": "mcp-server"}, "spec.remotes"),
    ("API", {"spec/type": "mcp-server"}, ""),
    ("API", {"spec/definition": REMOVED, "spec/type": "ai-model-server", "spec/remotes": [{"type": "https", "url": "u"}]}, ""),
    ("Resource", {"spec/owner": REMOVED}, "spec.owner"),
    ("Resource", {"spec/dependencyOf": [5]}, "spec.dependencyOf[0]"),
    ("System", {"spec/domain": ["a"]}, "spec.domain"),
    ("System", {"spec/type": "t"}, ""),
    ("Domain", {"spec/subdomainOf": ""}, "spec.subdomainOf"),
    ("Group", {"spec/children": REMOVED}, "spec.children"),
    ("Group", {"spec/children": None}, "spec.children"),
    ("Group", {"spec/profile": {"displayName": "", "x": 1}}, "spec.profile.displayName"),
    ("Group", {"spec/profile": {"x": 1}, "spec/members": ["u"], "spec/parent": "g"}, ""),
    ("User", {"spec/memberOf": None}, "spec.memberOf"),
    ("User", {"spec/memberOf": REMOVED}, "spec.memberOf"),
    ("User", {"spec/profile": {"email": "a@b.c", "nickname": ["n"]}}, ""),
    ("Location", {"spec/presence": "optional", "spec/target": "a", "spec/targets": ["b"]}, ""),
    ("Location", {"spec/presence": "maybe"}, "spec.presence"),
    ("Location", {"spec/targets": [""]}, "spec.targets[0]"),
    ("Template", {"apiVersion": "backstage.io/v1alpha1"}, "apiVersion"),
    ("Template", {"spec/steps": REMOVED}, "spec.steps"),
    ("Template", {"spec/steps": [{"id": "x"}]}, "spec.steps[0].action"),
    ("Template", {"spec/steps/0/if": "${{ a }}", "spec/parameters": [{"title": "x"}], "spec/output": {}}, ""),
    ("Template", {"spec/steps/0/if": 5}, "spec.steps[0].if"),
    ("Template", {"spec/output": {"links": [{"title": "", "url": "u"}]}}, "spec.output.links[0].title"),
    ("Template", {"spec/output": {"text": [{"content": 5}]}}, "spec.output.text[0].content"),
    ("Template", {"spec/output": {"remoteUrl": 5}}, "spec.output.remoteUrl"),
    ("Template", {"spec/output": {"remoteUrl": "${{ a }}", "links": [{"if": True, "entityRef": "a"}]}}, ""),
    ("Template", {"spec/parameters": "x"}, "spec.parameters"),
    ("Template", {"spec/parameters": {"backstage:permissions": {"tags": [5]}}}, "spec.parameters.backstage:permissions.tags[0]"),
    (
        "Template",
        {"spec/presentation": {"buttonLabels": {"createButtonText": 5}}},
        "spec.presentation.buttonLabels.createButtonText",
    ),
    ("Template", {"spec/secrets": {"schema": []}}, "spec.secrets.schema"),
    ("Template", {"spec/formDecorators": [{"id": 5}]}, "spec.formDecorators[0].id"),
    ("AiResource", {"apiVersion": "backstage.io/v1beta1"}, "apiVersion"),
    ("AiResource", {"spec/compatibility": "x" * 501}, "spec.compatibility"),
    ("AiResource", {"spec/allowedTools": ["Read", ""]}, "spec.allowedTools[1]"),
    (
        "AiResource",
        {"spec/type": "rule", "spec/category": "c", "spec/rationale": "r", "spec/disciplines": "web"},
        "spec.disciplines",
    ),
    ("AiResource", {"spec/type": "plugin", "spec/skills": [], "spec/version": ""}, "spec.version"),
    ("AiResource", {"spec/type": "rule", "spec/category": "c"}, "spec.rationale"),
    ("AiResource", {"spec/type": "plugin"}, "spec.skills"),
    ("AiResource", {"spec/type": "marketplace", "spec/plugins": ["p"]}, ""),
    ("AiResource", {"spec/type": "other"}, ""),
]


def fault_of(code, checker, entity) -> str:
    verdict = checker.check(entity)
    return "" if verdict is None else code.reader.dotted(verdict.faults[0].key) or "(root)"


@pytest.mark.parametrize(("changes", "field"), ENVELOPE, ids=str)
def test_envelope_and_spec(code, checker, changes, field):
    """Each change is let through, or refused at its field."""
    assert fault_of(code, checker, changed(BASE, changes)) == field


@pytest.mark.parametrize(("kind", "changes", "field"), SPECIFIC, ids=str)
def test_fields_of_each_kind(code, checker, kind, changes, field):
    """What each built-in kind wants of its spec."""
    assert fault_of(code, checker, changed(of_kind(kind), changes)) == field


@pytest.mark.parametrize("kind", SPECS)
def test_the_least_entity_of_each_kind(code, checker, kind):
    """The smallest valid entity of each kind is valid, and its namespace is filled in."""
    entity = of_kind(kind)
    assert checker.check(entity) is None
    assert entity["metadata"]["namespace"] == "default"


@pytest.mark.parametrize(("path", "good", "bad"), FORMATS, ids=lambda value: value if isinstance(value, str) else "")
def test_formats(code, checker, path, good, bad):
    """Released Backstage's formats, without its documentation's mistakes."""
    refused = [value for value in good if fault_of(code, checker, changed(BASE, {path: value}))]
    accepted = [value for value in bad if not fault_of(code, checker, changed(BASE, {path: value}))]
    assert (refused, accepted) == ([], [])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("text", 'wanted a mapping at the root, got "text".'),
        ([1], "wanted a mapping at the root, got a list."),
        (5, "wanted a mapping at the root, got the number 5."),
        ({"site_name": "Docs"}, "is no entity: it has neither apiVersion nor kind."),
    ],
)
def test_what_is_no_entity(checker, value, words):
    """Whatever a broad glob finds is refused with a sentence, never with an exception."""
    assert [fault.what for fault in checker.check(value).faults] == [words]


def test_the_order_of_checks(code, checker):
    """A later check speaks only when the earlier ones are content; within one, every fault is told."""
    entity = changed(BASE, {"metadata/title": "", "relations": [], "metadata/name": "a b", "kind": "Nope", "spec/owner": ""})
    steps = [("metadata/title", "t"), ("relations", REMOVED), ("metadata/name", "ab"), ("kind", "Component"), ("spec/owner", "x")]
    seen = []
    for path, mended in steps:
        seen.append(fault_of(code, checker, entity))
        entity = changed(entity, {path: mended})
    assert seen == ["metadata.title", "relations", "metadata.name", "kind", "spec.owner"]
    assert checker.check(entity) is None
    both = checker.check(changed(BASE, {"spec/owner": "", "spec/type": 1}))
    assert [fault.what for fault in both.faults] == ["wanted a text, got the number 1. Put it in quotes.", "may not be empty."]


def test_a_word_that_is_nearly_a_kind(checker):
    """A slip in the kind is answered with the kind that was meant, an apiVersion with one that is known."""
    assert checker.check(changed(BASE, {"kind": "component"})).mend == "Did you mean Component?"
    verdict = checker.check(changed(BASE, {"apiVersion": "backstage.io/v2"}))
    assert (verdict.code, verdict.mend) == ("unknown-kind", "Write for example: apiVersion: backstage.io/v1alpha1")


def test_an_answer_of_a_catalog_may_hold_more(checker):
    """What a running catalog adds is fine in its answers; names, which become paths, are checked all the same."""
    entity = changed(BASE, {"relations": [], "status": {}, "spec": {"anything": 1}})
    assert checker.check(entity, answered=True) is None
    assert checker.check(changed(entity, {"metadata/name": "../x"}), answered=True) is not None


def test_a_thousand_checks_are_quick(checker):
    """Some 10 µs an entity here; ten times that would still be lost in reading its YAML."""
    entity = changed(
        BASE, {"metadata/tags": ["a", "b"], "metadata/annotations": {"a.b/c": "x"}, "metadata/labels": {"tier": "1"}}
    )
    started = perf_counter()
    for _ in range(1000):
        assert checker.check(entity) is None
    assert perf_counter() - started < 0.1
