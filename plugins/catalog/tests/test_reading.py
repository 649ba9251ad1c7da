"""Descriptor files: what locations and Location entities lead to, placeholders, rules; and what stays outside."""

from pathlib import Path

import pytest

from callboard.plugin import Answer, FetchError, Origin

HEAD = "apiVersion: backstage.io/v1alpha1\n"


def group(name: str, extra: str = "") -> str:
    return f"{HEAD}kind: Group\nmetadata: {{name: {name}}}\nspec: {{type: team, children: []}}\n{extra}"


def location(name: str, spec: str) -> str:
    return f"{HEAD}kind: Location\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def api(definition: str) -> str:
    return (
        f"{HEAD}kind: API\nmetadata: {{name: shop}}\nspec: {{type: openapi, lifecycle: x, owner: g, definition: {definition}}}\n"
    )


def files(target: str, **more: object) -> dict[str, object]:
    return {"locations": [{"type": "file", "target": target, **more}]}


def test_a_bad_entity_leaves_its_neighbours(provide):
    """One file, four documents: the good ones stay, the bad ones are told with their line and field."""
    text = (
        f"{group('a')}---\n# nothing\n---\n{HEAD}kind: Group\nmetadata:\n  name: b c\nspec: {{}}\n---\n- list\n---\n{group('d')}"
    )
    found = provide({"catalog/org.yaml": text}, **files("./catalog/*.yaml"))
    assert found.refs == ["group:default/a", "group:default/d"]
    assert [(f.file, f.accepted, f.rejected) for f in found.dataset.files] == [("catalog/org.yaml", 2, 2)]
    assert found.texts == [
        'catalog/org.yaml:11:3  warning: metadata.name: group:default/b c is left out: "b c" is no name: wanted 1 to 63 letters, '
        "digits, -, _ and ., with a letter or digit at both ends. [bad-entity]",
        "catalog/org.yaml:14:1  warning: this document is left out: wanted a mapping at the root, got a list. [bad-entity]",
    ]
    last = found.dataset.entities[-1]
    assert (str(last.place), last.document, last.origin) == ("catalog/org.yaml:16:1", 4, "./catalog/*.yaml")


def test_yaml_that_breaks_costs_its_own_document(provide):
    """A YAML error is reported at its line; the other documents are read."""
    found = provide({"a.yaml": f"{group('a')}---\nkind: [\n---\n{group('c')}"}, **files("a.yaml"))
    assert found.refs == ["group:default/a", "group:default/c"]
    assert [text.partition("  ")[0].partition(":")[0] for text in found.texts] == ["a.yaml"]
    assert found.texts[0].endswith("[bad-yaml]")


def test_other_yaml_files_are_refused_kindly(provide):
    """A broad glob also finds mkdocs.yml and files that are no text."""
    found = provide({"mkdocs.yml": "site_name: Docs\n", "g.yml": group("a")}, **files("**/*.yml"))
    assert found.refs == ["group:default/a"]
    assert found.texts == [
        "mkdocs.yml:1:1  warning: this document is left out: it is no entity: it has neither apiVersion nor kind. [bad-entity]"
    ]


def test_what_is_not_utf8(provide, tmp_path: Path):
    """A file in another encoding is a problem with a name, no crash."""
    (tmp_path / "latin.yaml").write_bytes("kind: Größe".encode("latin-1"))
    assert provide({}, **files("latin.yaml")).texts == [
        "latin.yaml:1:1  warning: it is no UTF-8 text (byte 8). Save it as UTF-8. [bad-yaml]"
    ]


def test_locations_lead_further(provide):
    """Targets relative to their file, lists and globs of them, several levels deep; the Location itself is an entity too."""
    found = provide(
        {
            "all.yaml": location("all", "{targets: [./org/all.yaml, ./apis/*.yaml]}"),
            "org/all.yaml": location("org", "{target: teams/a.yaml}"),
            "org/teams/a.yaml": group("a"),
            "apis/b.yaml": group("b"),
        },
        **files("all.yaml"),
    )
    assert found.refs == ["group:default/a", "group:default/b", "location:default/all", "location:default/org"]
    assert not found.texts


def test_circles_end(provide):
    """A Location that names itself, or one that leads back, is read once."""
    found = provide(
        {"a.yaml": location("a", "{targets: [./a.yaml, ./b.yaml]}"), "b.yaml": location("b", "{target: ./a.yaml}")},
        **files("a.yaml"),
    )
    assert (found.refs, found.texts) == (["location:default/a", "location:default/b"], [])


def test_a_missing_target(provide):
    """A required target that is not there is told at its line; an optional one is not."""
    found = provide(
        {
            "a.yaml": location("a", "\n  targets:\n  - ./gone.yaml"),
            "b.yaml": location("b", "{target: ./gone.yaml, presence: optional}"),
        },
        **files("*.yaml"),
    )
    assert found.texts == [
        'a.yaml:6:5  warning: spec.targets[0]: location:default/a: "./gone.yaml" cannot be read: there is no such file. '
        "[catalog/missing-target]"
    ]


def test_nothing_at_a_location(provide):
    """A pattern of site.yaml that no file fits is told where it stands."""
    assert provide({}, **files("services/**/catalog-info.yaml")).texts == [
        'site.yaml:3:1  warning: locations[0].target: there is no file "services/**/catalog-info.yaml". Mend the path or the glob. '
        "[catalog/missing-target]"
    ]


@pytest.mark.parametrize(
    "target", ["../secret.yaml", "/etc/passwd", "x/../../secret.yaml", "../catalog-of-others/a.yaml", "link/secret.yaml"]
)
@pytest.mark.parametrize("form", ["location", "text", "json", "yaml"])
def test_nothing_outside_its_folder_is_read(provide, tmp_path: Path, target: str, form: str):
    """Neither a Location entity nor a placeholder leads out of the folder that site.yaml named: by no path, by no link."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "link").symlink_to(tmp_path / "outside")
    text = location("a", f"{{target: {target}}}") if form == "location" else api(f"{{${form}: {target}}}")
    hidden = {"secret.yaml": group("secret"), "outside/secret.yaml": group("secret"), "catalog-of-others/a.yaml": group("secret")}
    found = provide({"catalog/a.yaml": text, **hidden}, **files("catalog/a.yaml"))
    assert [ref for ref in found.refs if not ref.startswith("location")] == []
    assert len(found.texts) == 1
    assert "cannot be read: " in found.texts[0]


def test_a_folder_above_the_site(provide, tmp_path: Path):
    """site.yaml is trusted and may name a folder elsewhere; inside it the same holds."""
    site = tmp_path / "portal"
    site.mkdir()
    there = {
        "data/all.yaml": location("all", "{targets: [./org/a.yaml, ../b.yaml]}"),
        "data/org/a.yaml": group("a"),
        "b.yaml": group("b"),
    }
    for target in ("../data/*.yaml", str(tmp_path / "data" / "*.yaml")):
        found = provide(there, root=site, **files(target))
        assert found.refs == ["group:default/a", "location:default/all"]
        assert [text.rpartition(" [")[0].partition("cannot")[2] for text in found.texts] == [
            ' be read: it lies outside "../data", which its location may not leave.'
        ]


def test_placeholders(provide):
    """$text, $json and $yaml of files beside the descriptor, at any depth; what is no placeholder is left alone."""
    annotated = HEAD + (
        "kind: Component\nmetadata: {name: c}\nspec:\n  type: x\n  lifecycle: {$text: ./word.txt}\n  owner: g\n"
        "  list: [{$json: sub/a.json}, {$yaml: ./a.yml}]\n  kept: {$text: ./word.txt, more: 1}\n"
        "  strange: {$env: HOME}\n  none: {$text: 5}\n"
    )
    found = provide(
        {"c.yaml": annotated, "word.txt": "production", "sub/a.json": '{"a": [1]}', "a.yml": "b: true"}, **files("c.yaml")
    )
    assert not found.texts
    spec = found.dataset.entities[0].spec
    assert spec["lifecycle"] == "production"
    assert spec["list"] == [{"a": [1]}, {"b": True}]
    assert (spec["kept"], spec["strange"], spec["none"]) == ({"$text": "./word.txt", "more": 1}, {"$env": "HOME"}, {"$text": 5})


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        ("{$text: ./gone.yaml}", "there is no such file."),
        ("{$json: ./bad.json}", "it is no JSON: "),
        ("{$json: ./nan.json}", "it is no JSON: NaN is no JSON value."),
        ("{$yaml: ./two.yml}", "it holds 2 documents; exactly one is wanted."),
        ("{$yaml: ./bad.yml}", "it is no YAML (line 1): "),
        ("{$openapi: ./gone.yaml}", "there is no such file."),
    ],
)
def test_a_placeholder_that_fails(provide, definition: str, reason: str):
    """It costs its entity, with the reason, at its line."""
    there = {"bad.json": "{", "nan.json": "[NaN]", "two.yml": "a: 1\n---\nb: 2\n", "bad.yml": "a: ["}
    found = provide({"a.yaml": api(definition), **there}, **files("a.yaml"))
    assert found.refs == []
    assert len(found.texts) == 1
    assert found.texts[0].startswith("a.yaml:4:")
    assert f"cannot be read: {reason}" in found.texts[0]


def test_templates_are_plain_text(provide):
    """The expressions of a scaffolder template are text, as is everything else in it."""
    text = (
        "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: t}\nspec:\n  type: service\n  steps:\n"
        "    - {action: 'fetch:template', input: {name: '${{ parameters.name }}'}}\n    - action: publish\n      if: ${{ steps.x }}\n"
    )
    found = provide({"t.yaml": text}, **files("t.yaml"))
    assert found.dataset.entities[0].spec["steps"][1]["if"] == "${{ steps.x }}"


def test_the_first_of_two_wins(provide):
    """The same entity twice, also in another case: the first by file and line, and both places are named."""
    found = provide({"b.yaml": group("Team"), "a.yaml": f"{group('x')}---\n{group('team')}"}, **files("*.yaml"))
    assert [str(e.place) for e in found.dataset.entities if e.ref.name != "x"] == ["a.yaml:6:1"]
    assert found.texts == [
        "b.yaml:1:1  warning: metadata.name: group:default/team is already described at a.yaml:6:1, which is the one shown. "
        "Remove or rename one of the two. [duplicate-entity]"
    ]


RULES = [
    ([], []),
    ([{"allow": ["group"]}], ["group"]),
    ([{"allow": ["Component"]}, {"allow": ["LOCATION"]}], ["location"]),
    ([{"allow": [{"kind": "Group", "spec.type": "Team"}]}], ["group"]),
    ([{"allow": [{"kind": "Group", "spec.type": "squad"}]}], []),
    ([{"allow": ["Group"], "locations": [{"type": "url"}]}], []),
    ([{"allow": ["Group"], "locations": [{"type": "file", "exact": "org/all.yaml"}]}], ["group"]),
    ([{"allow": ["Group"], "locations": [{"type": "file", "exact": "./org/all.yaml"}]}], ["group"]),
    ([{"allow": ["Group"], "locations": [{"pattern": "ORG/**"}]}], ["group"]),
    ([{"allow": ["Group"], "locations": [{"pattern": "*.yaml"}]}], []),
]


@pytest.mark.parametrize(("rules", "kinds_left"), RULES, ids=str)
def test_rules(provide, rules: list, kinds_left: list):
    """Which kinds a site lets in, by kind, type and location; what is not is told."""
    found = provide(
        {"org/all.yaml": f"{group('a')}---\n{location('l', '{}')}"},
        locations=[{"type": "file", "target": "./org/all.yaml"}],
        rules=rules,
    )
    assert [ref.partition(":")[0] for ref in found.refs] == kinds_left
    assert len(found.texts) == 2 - len(kinds_left)
    assert all(text.endswith("[catalog/not-allowed]") for text in found.texts)


def test_the_rules_of_one_location_add(provide):
    """A location's own rules let in what the site's do not, for what it leads to as well; twice named, once shown."""
    found = provide(
        {"a.yaml": location("l", "{target: ./b.yaml}"), "b.yaml": group("b")},
        locations=[
            {"type": "file", "target": "*.yaml"},
            {"type": "file", "target": "a.yaml", "rules": [{"allow": ["Group", "Location"]}]},
        ],
        rules=[],
    )
    assert (found.refs, found.texts) == (["group:default/b", "location:default/l"], [])


def test_a_denied_location_leads_nowhere(provide):
    """What the rules keep out is not followed."""
    found = provide(
        {"a.yaml": location("l", "{target: ./sub/b.yaml}"), "sub/b.yaml": group("b")},
        **files("a.yaml") | {"rules": [{"allow": ["Group"]}]},
    )
    assert found.refs == []


def test_counts_for_the_index(provide):
    """Kinds stand in the order of their plugins, with their counts."""
    component = f"{HEAD}kind: Component\nmetadata: {{name: NAME}}\nspec: {{type: service, lifecycle: x, owner: a}}\n"
    found = provide(
        {"a.yaml": "---\n".join([group("a"), *(component.replace("NAME", f"c{n}") for n in range(3))])}, **files("a.yaml")
    )
    assert [(k["plural"], k["count"], k["path"]) for k in found.dataset["kinds"]] == [
        ("Components", 3, "kind/component/"),
        ("Groups", 1, "kind/group/"),
    ]


def test_a_kind_whose_schema_cannot_be_used(code, kinds, tmp_path: Path):
    """A keyword that is not supported is reported at the kind's file; its entities are shown, checked as far as the envelope."""
    from dataclasses import replace

    broken = {**kinds, "group": replace(kinds["group"], schema={"oneOf": []})}
    checker = code.checker.Checker(broken)
    assert checker.faulty == {"Group": ['schema uses "oneOf", which is not supported.']}
    assert checker.check({"apiVersion": "backstage.io/v1alpha1", "kind": "Group", "metadata": {"name": "a"}}) is None


class Texts:
    """HTTP with a few texts; every other address fails."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def text(self, url: str, *, name: str = "", **_more: object) -> Answer:
        """A text, or no answer."""
        if url not in self.texts:
            raise FetchError(f"{url} was not asked: this host is not declared.")
        return Answer(self.texts[url], Origin(name or "raw.example.com", "http", "raw.example.com"), {})


def test_descriptors_at_addresses(provide):
    """A location of type url, the Location in it with a target relative to its address, and a placeholder there."""
    there = {
        "https://raw.example.com/org/all.yaml": location("all", "{targets: [./a.yaml, https://raw.example.com/api.yaml]}"),
        "https://raw.example.com/org/a.yaml": group("a"),
        "https://raw.example.com/api.yaml": api("{$text: ./shop.json}"),
        "https://raw.example.com/shop.json": "{}",
    }
    found = provide({}, http=Texts(there), locations=[{"type": "url", "target": "https://raw.example.com/org/all.yaml"}])
    assert (found.refs, found.texts) == (["api:default/shop", "group:default/a", "location:default/all"], [])
    assert [(origin.kind, origin.label) for origin in found.dataset.origins] == [("http", "raw.example.com")]
    assert next(e for e in found.dataset.entities if e.ref.kind == "API").spec["definition"] == "{}"


def test_addresses_that_give_nothing(provide):
    """An address in site.yaml and one in a Location entity that cannot be read are told, each where it stands."""
    found = provide(
        {"a.yaml": location("a", "{targets: ['https://other.example/x.yaml']}")},
        http=Texts({}),
        locations=[{"type": "url", "target": "https://raw.example.com/a.yaml"}, {"type": "file", "target": "a.yaml"}],
    )
    assert [text.partition("  ")[0] for text in found.texts] == ["a.yaml:4:18", "site.yaml:3:1"]
    assert all("reading: {allow: [{host: " in text for text in found.texts)


def test_a_file_at_an_address_reads_no_file_here(provide):
    """What came over the network names addresses only: its relative targets are never files of this machine."""
    there = {
        "https://raw.example.com/a.yaml": location("a", "{targets: [../../../../etc/hosts, 'file:///etc/hosts', /etc/hosts]}")
    }
    found = provide(
        {"etc/hosts": group("x")}, http=Texts(there), locations=[{"type": "url", "target": "https://raw.example.com/a.yaml"}]
    )
    assert found.refs == ["location:default/a"]
    assert len(found.texts) == 3
