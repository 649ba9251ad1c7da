"""Where an entity came from: rules of the location that led to it, derived annotations, parents, and what was left out."""

from pathlib import Path

import pytest

from callboard.plugin import Answer, FetchError, Origin

HEAD = "apiVersion: backstage.io/v1alpha1\n"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
PAGE = "https://github.com/acme/shop/blob/main/services/a.yaml"
RAW = "https://raw.githubusercontent.com/acme/shop/main/"


def entity(kind: str, name: str, spec: str, **annotations: str) -> str:
    said = ", ".join(f"{key.replace('__', '/').replace('_', '-')}: '{value}'" for key, value in annotations.items())
    return f"{HEAD}kind: {kind}\nmetadata: {{name: {name}, annotations: {{{said}}}}}\nspec: {spec}\n"


def group(name: str) -> str:
    return entity("Group", name, "{type: team, children: []}")


def component(name: str, **annotations: str) -> str:
    return entity("Component", name, "{type: service, lifecycle: x, owner: g}", **annotations)


def location(name: str, spec: str) -> str:
    return entity("Location", name, spec)


class Texts:
    """HTTP with a few texts; ``asked`` are the addresses and what was said with them."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts, self.asked = texts, []

    def text(self, url: str, *, headers: dict[str, object] | None = None) -> Answer:
        """A text, or the answer that there is none."""
        self.asked.append((url, {name: getattr(value, "reveal", lambda v=value: v)() for name, value in (headers or {}).items()}))
        if url not in self.texts:
            raise FetchError("the service answered: 404 Not Found.")
        return Answer(self.texts[url], Origin("x", "http", "x"), {})


def annotations(found, name: str) -> dict[str, str]:
    """What the entity of that name says now, without the prefix that most annotations have."""
    [entity_] = [one for one in found.dataset.entities if one.ref.name == name]
    return {key.removeprefix("backstage.io/"): value for key, value in entity_.metadata["annotations"].items()}


# Rules


def test_without_rules_as_backstage(provide):
    """Component, API and Location come in; of the rest one problem for each kind and location says how many, and what to write."""
    files = {"a.yaml": "---\n".join([component("c"), group("a"), group("b"), entity("System", "s", "{owner: a}")])}
    found = provide(files, locations=[{"type": "file", "target": "./a.yaml"}], rules=None)
    assert found.refs == ["component:default/c"]
    mend = "Write among the catalog's options: rules: [{allow: [Component, API, Location, Group, System]}] [catalog/not-allowed]"
    assert found.texts == [
        "site.yaml:3:1  warning: locations[0].target: 2 entities of the kind Group are left out (the first is group:default/a at "
        f'a.yaml:6:1): the rules do not allow the kind Group from "./a.yaml". {mend}',
        "site.yaml:3:1  warning: locations[0].target: system:default/s is left out (a.yaml:16:1): the rules do not allow the kind "
        f'System from "./a.yaml". {mend}',
    ]
    assert [(record["ref"], record["line"], record["code"]) for record in found.dataset["left_out"]] == [
        ("group:default/a", 6, "catalog/not-allowed"),
        ("group:default/b", 11, "catalog/not-allowed"),
        ("system:default/s", 16, "catalog/not-allowed"),
    ]


def test_the_mend_is_right(provide):
    """What the problem says to write lets everything in."""
    files = {"a.yaml": "---\n".join([component("c"), group("a")])}
    locations = [{"type": "file", "target": "a.yaml"}]
    for said, written in (
        (None, [{"allow": ["Component", "API", "Location", "Group"]}]),
        ([], [{"allow": ["Component", "Group"]}]),
        ([{"allow": ["Component"]}], [{"allow": ["Component"]}, {"allow": ["Group"]}]),
    ):
        before = provide(files, locations=locations, rules=said)
        listed = "[" + ", ".join(written[-1]["allow"]) + "]"
        assert f"{{allow: {listed}}}" in before.texts[-1]
        assert provide(files, locations=locations, rules=written).texts == []


def test_the_first_location_decides(provide):
    """Rules look at the entry of locations that led to an entity, however many Location entities lie between."""
    files = {
        "all.yaml": location("l", "{target: ./deep/more.yaml}"),
        "deep/more.yaml": location("m", "{target: ./b.yaml}"),
        "deep/b.yaml": group("b"),
    }
    rules = [{"allow": ["Location"]}, {"allow": ["Group"], "locations": [{"exact": "all.yaml"}]}]
    assert "group:default/b" in provide(files, locations=[{"type": "file", "target": "all.yaml"}], rules=rules).refs
    rules[1]["locations"] = [{"exact": "deep/b.yaml"}]
    assert "group:default/b" not in provide(files, locations=[{"type": "file", "target": "all.yaml"}], rules=rules).refs


# Annotations


def test_annotations_of_files(provide):
    """The file and the entry of locations; what the entity says itself stays."""
    files = {"services/a.yaml": component("a", note="x"), "services/b.yaml": component("b", backstage_io__view_url="https://v/")}
    files["services/b.yaml"] = files["services/b.yaml"].replace("backstage-io", "backstage.io")
    found = provide(files, locations=[{"type": "file", "target": "./services/*.yaml"}])
    derived = {"managed-by-location": "file:services/a.yaml", "managed-by-origin-location": "file:services/*.yaml"}
    assert annotations(found, "a") == derived | {"note": "x"}
    assert annotations(found, "b")["view-url"] == "https://v/"


def test_files_of_a_repository(provide):
    """With the option source they are viewed and edited there, and a Component knows its project; others do not."""
    files = {"services/a.yaml": component("a") + "---\n" + group("g")}
    given = {"locations": [{"type": "file", "target": "services/*.yaml"}]}
    found = provide(files, **given, source="https://github.com/acme/shop/tree/main/portal")
    assert annotations(found, "a") == {
        "managed-by-location": "file:services/a.yaml",
        "managed-by-origin-location": "file:services/*.yaml",
        "view-url": "https://github.com/acme/shop/blob/main/portal/services/a.yaml",
        "edit-url": "https://github.com/acme/shop/edit/main/portal/services/a.yaml",
        "source-location": "url:https://github.com/acme/shop/tree/main/portal/services/",
        "github.com/project-slug": "acme/shop",
    }
    assert "github.com/project-slug" not in annotations(found, "g")


def test_files_beside_the_site(provide, tmp_path: Path):
    """A folder above the site's is found in the repository as far as that reaches."""
    (tmp_path / "portal").mkdir()
    given = {"root": tmp_path / "portal", "locations": [{"type": "file", "target": "../services/*.yaml"}]}
    files = {"services/a.yaml": component("a")}
    inside = provide(files, **given, source="https://gitlab.com/acme/web/shop/-/tree/main/portal/")
    assert annotations(inside, "a")["edit-url"] == "https://gitlab.com/acme/web/shop/-/edit/main/services/a.yaml"
    assert annotations(inside, "a")["gitlab.com/project-slug"] == "acme/web/shop"
    assert "view-url" not in annotations(provide(files, **given, source="https://github.com/acme/shop/blob/main/"), "a")


@pytest.mark.parametrize(
    ("target", "raw", "wanted"),
    [
        (PAGE, f"{RAW}services/a.yaml", ["edit-url", "github.com/project-slug", "source-location", "view-url"]),
        (
            PAGE.replace("main", COMMIT),
            f"{RAW}services/a.yaml".replace("main", COMMIT),
            ["github.com/project-slug", "source-location", "view-url"],
        ),
        ("https://example.com/a.yaml", "https://example.com/a.yaml", ["view-url"]),
    ],
    ids=["branch", "commit", "elsewhere"],
)
def test_annotations_of_addresses(provide, target: str, raw: str, wanted: list[str]):
    """A page of a file is read where its bytes are; what it is called stays the page."""
    found = provide({}, http=Texts({raw: component("a")}), locations=[{"type": "url", "target": target}])
    said = annotations(found, "a")
    assert said.pop("managed-by-location") == said.pop("managed-by-origin-location") == f"url:{target}"
    assert sorted(said) == wanted
    assert said["view-url"] == target
    assert str(found.dataset.entities[0].place) == f"{target}:1:1"


def test_problems_keep_their_lines(provide):
    """Annotations that were added move nothing: a reference that leads nowhere is told at its own line."""
    text = f"{HEAD}kind: Group\nmetadata:\n  name: a\nspec:\n  type: team\n  children: [5]\n"
    found = provide({"a.yaml": text}, locations=[{"type": "file", "target": "a.yaml"}], source="https://github.com/a/b/blob/c/")
    assert found.texts[0].startswith("a.yaml:7:14  warning: spec.children[0]: ")


# Addresses


def test_a_token_goes_with_its_host(provide):
    """A private page is asked of the API with the token of its host."""
    http = Texts({"https://api.github.com/repos/acme/shop/contents/services/a.yaml?ref=main": component("a")})
    given = {"locations": [{"type": "url", "target": PAGE}], "integrations": {"github": [{"host": "github.com", "token": "t-1"}]}}
    assert provide({}, http=http, **given).refs == ["component:default/a"]
    assert http.asked[0][1] == {"Accept": "application/vnd.github.v3.raw", "Authorization": "token t-1"}


def test_targets_from_the_root_of_the_repository(provide):
    """As Backstage resolves them: relative to the page, or with a slash in front to the repository."""
    http = Texts(
        {
            f"{RAW}services/a.yaml": location("l", "{targets: [./b.yaml, /org/c.yaml, ../d.yaml]}"),
            f"{RAW}services/b.yaml": component("b"),
            f"{RAW}org/c.yaml": component("c"),
            f"{RAW}d.yaml": component("d"),
        }
    )
    found = provide({}, http=http, locations=[{"type": "url", "target": PAGE}])
    assert (found.refs, found.texts) == (
        ["component:default/b", "component:default/c", "component:default/d", "location:default/l"],
        [],
    )
    assert annotations(found, "c")["managed-by-location"] == "url:https://github.com/acme/shop/tree/main/org/c.yaml"
    assert annotations(found, "c")["managed-by-origin-location"] == f"url:{PAGE}"


def test_only_what_is_missing_may_be_missing(provide):
    """An optional target that is not there is no problem; one that cannot be read for another reason is."""
    http = Texts({f"{RAW}services/a.yaml": location("l", "{target: ./gone.yaml, presence: optional}")})
    assert provide({}, http=http, locations=[{"type": "url", "target": PAGE}]).texts == []
    files = {"a/l.yaml": location("l", "{target: ../secret.yaml, presence: optional}")}
    [text] = provide(files, locations=[{"type": "file", "target": "a/l.yaml"}]).texts
    assert 'it lies outside "a"' in text


def text_of(target: str) -> str:
    return entity("API", "a", f"{{type: grpc, lifecycle: x, owner: g, definition: {{$text: '{target}'}}}}")


def test_a_placeholder_stays_in_its_repository(provide):
    """The site's token may read more than who writes a descriptor: another repository is refused, unless its host is allowed."""
    other = "https://github.com/acme/secret/blob/main/x.proto"
    http = Texts(
        {f"{RAW}services/a.yaml": text_of(other), "https://raw.githubusercontent.com/acme/secret/main/x.proto": "hidden"}
    )
    given = {"http": http, "locations": [{"type": "url", "target": PAGE}]}
    found = provide({}, **given)
    assert found.refs == []
    assert "it lies in another repository than its entity" in found.texts[0]
    assert "reading: {allow: [{host: github.com}]}" in found.texts[0]
    assert [url for url, _ in http.asked if "secret" in url] == []
    assert provide({}, **given, reading={"allow": [{"host": "github.com"}]}).refs == ["api:default/a"]


@pytest.mark.parametrize(
    ("allow", "reads"),
    [
        ({"host": "files.example.org"}, True),
        ({"host": "*.example.org"}, True),
        ({"host": "files.example.org", "paths": ["/api/"]}, True),
        ({"host": "files.example.org", "paths": ["/other/", "/apis"]}, False),
    ],
)
def test_allowed_paths(provide, allow: dict, reads: bool):
    """``paths`` narrow a host; a path that climbs out of them is none of them."""
    at = "https://files.example.org"
    http = Texts({f"{at}/api/x.proto": "one", f"{at}/api/../x.proto": "two"})
    given = {"http": http, "locations": [{"type": "file", "target": "a.yaml"}], "reading": {"allow": [allow]}}
    assert bool(provide({"a.yaml": text_of(f"{at}/api/x.proto")}, **given).refs) is reads
    if "paths" in allow:
        assert "its path is none of those" in provide({"a.yaml": text_of(f"{at}/api/../x.proto")}, **given).texts[0]


class Trees(Texts):
    """HTTP with lists of files too."""

    def __init__(self, texts: dict[str, str], lists: dict[str, object]) -> None:
        super().__init__(texts)
        self.lists = lists

    def json(self, url: str, *, headers: dict[str, object] | None = None) -> Answer:
        """A list, or the answer that there is none."""
        if url not in self.lists:
            raise FetchError("the service answered 404 Not Found.")
        return Answer(self.lists[url], Origin("x", "http", "x"), dict(headers or {}))


def blob(path: str) -> dict[str, str]:
    return {"path": path, "type": "blob"}


def test_wildcards_on_github(provide):
    """Every file of the repository that fits, each called by its own page; one that is gone does not stop the others."""
    tree = [
        blob("a/catalog-info.yaml"),
        blob("b/catalog-info.yaml"),
        blob("a/README.md"),
        {"path": "c/catalog-info.yaml", "type": "tree"},
    ]
    lists = {
        "https://api.github.com/repos/acme/shop/git/trees/main?recursive=1": {
            "tree": [*tree, blob("catalog-info.yaml"), blob("z/catalog-info.yaml")]
        }
    }
    texts = {f"{RAW}{name}catalog-info.yaml": component(name.strip("/") or "top") for name in ("", "a/", "b/")}
    target = "https://github.com/acme/shop/blob/main/**/catalog-info.yaml"
    found = provide({}, http=Trees(texts, lists), locations=[{"type": "url", "target": target}])
    assert found.refs == ["component:default/a", "component:default/b", "component:default/top"]
    assert annotations(found, "a")["managed-by-location"] == "url:https://github.com/acme/shop/blob/main/a/catalog-info.yaml"
    assert annotations(found, "a")["managed-by-origin-location"] == f"url:{target}"
    assert [text.partition("warning: ")[2].split(" cannot")[0] for text in found.texts] == [
        'locations[0].target: "https://github.com/acme/shop/blob/main/z/catalog-info.yaml"'
    ]


def test_wildcards_on_gitlab(provide):
    """Page after page, from the folder in front of the first wildcard; also behind a Location entity."""
    listed = "https://gitlab.com/api/v4/projects/acme%2Fweb%2Fshop/repository/tree?recursive=true&ref=main&per_page=100&path=services&page="
    lists = {f"{listed}1": [blob(f"services/{n}/x.md") for n in range(100)], f"{listed}2": [blob("services/a/catalog-info.yaml")]}
    files = "https://gitlab.com/api/v4/projects/acme%2Fweb%2Fshop/repository/files/"
    texts = {f"{files}services%2Fa%2Fcatalog-info.yaml/raw?ref=main": component("a")}
    target = "https://gitlab.com/acme/web/shop/-/blob/main/services/*/catalog-info.yaml"
    assert provide({}, http=Trees(texts, lists), locations=[{"type": "url", "target": target}]).refs == ["component:default/a"]
    led = provide(
        {"l.yaml": location("l", f"{{target: '{target}'}}")},
        http=Trees(texts, lists),
        locations=[{"type": "file", "target": "l.yaml"}],
    )
    assert (led.refs, led.texts) == (["component:default/a", "location:default/l"], [])


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("https://github.com/acme/shop/blob/main/**/gone.yaml", "there is no such file."),
        ("https://github.com/acme/large/blob/main/**/a.yaml", "lists only some of them"),
        ("https://github.com/acme/other/blob/main/**/a.yaml", "404 Not Found"),
        ("https://bitbucket.org/acme/shop/src/main/**/a.yaml", "files of this host cannot be listed"),
        ("https://github.com/acme/shop/blob/main/*a*a*a*a*a*b", "more than 5 wildcards"),
        ("https://example.com/*/a.yaml", "wildcards stand for files of GitHub and GitLab only"),
    ],
)
def test_wildcards_that_give_nothing(provide, target: str, reason: str):
    """It is told at the location, with the reason."""
    api = "https://api.github.com/repos/acme"
    lists = {
        f"{api}/shop/git/trees/main?recursive=1": {"tree": []},
        f"{api}/large/git/trees/main?recursive=1": {"tree": [], "truncated": True},
    }
    [text] = provide({}, http=Trees({}, lists), locations=[{"type": "url", "target": target}]).texts
    assert reason in text


# Parents, order, what is left out


def test_who_led_to_what(provide):
    """Each entity with every Location entity whose target it stands in; circles are no parents of themselves."""
    files = {
        "all.yaml": location("all", "{targets: [./org.yaml, ./more.yaml]}"),
        "more.yaml": location("more", "{targets: [./org.yaml, ./all.yaml, ./more.yaml]}"),
        "org.yaml": group("a") + "---\n" + group("b"),
    }
    found = provide(files, locations=[{"type": "file", "target": "all.yaml"}])
    assert {(record["ref"], record["parent"]) for record in found.dataset["parents"]} == {
        ("group:default/a", "location:default/all"),
        ("group:default/b", "location:default/all"),
        ("group:default/a", "location:default/more"),
        ("group:default/b", "location:default/more"),
        ("location:default/more", "location:default/all"),
        ("location:default/all", "location:default/more"),
    }
    assert found.texts == []


def test_the_first_location_wins(provide):
    """The same entity in two locations: the earlier entry is shown, whatever its files are called; both places are named."""
    files = {"b.yaml": group("x"), "a.yaml": group("x")}
    found = provide(files, locations=[{"type": "file", "target": "b.yaml"}, {"type": "file", "target": "a.yaml"}])
    assert [str(one.place) for one in found.dataset.entities] == ["b.yaml:1:1"]
    assert "a.yaml:1:1  warning: metadata.name: group:default/x is already described at b.yaml:1:1" in found.texts[0]
    assert found.dataset["left_out"][0]["code"] == "duplicate-entity"


def test_what_is_left_out(provide):
    """A record for each fault, with file, line, field and reason."""
    text = f"{group('a')}---\n{HEAD}kind: Group\nmetadata:\n  name: b\nspec: {{type: 5, children: []}}\n---\nkind: [\n"
    found = provide({"a.yaml": text}, locations=[{"type": "file", "target": "a.yaml"}])
    assert found.dataset["left_out"][0] == {
        "file": "a.yaml",
        "line": 10,
        "ref": "group:default/b",
        "field": "spec.type",
        "reason": "wanted a text, got the number 5. Put it in quotes.",
        "code": "bad-entity",
    }
    assert [record["code"] for record in found.dataset["left_out"]] == ["bad-entity", "bad-yaml"]


# Circles


def test_circles_of_hierarchies(provide):
    """A group above itself, over parents and children, is told once, with all that belong to it; what only depends is not."""
    text = "---\n".join(
        [
            entity("Group", "a", "{type: t, children: [b]}"),
            entity("Group", "b", "{type: t, children: []}"),
            entity("Group", "c", "{type: t, parent: b, children: [a]}"),
            entity("Domain", "d", "{owner: a, subdomainOf: d}"),
            entity("Component", "e", "{type: x, lifecycle: x, owner: a, dependsOn: ['component:f']}"),
            entity("Component", "f", "{type: x, lifecycle: x, owner: a, dependsOn: ['component:e']}"),
        ]
    )
    found = provide({"a.yaml": text}, locations=[{"type": "file", "target": "a.yaml"}])
    assert len(found.refs) == 6
    assert found.texts == [
        "a.yaml:11:1  warning: spec.children: group:default/a is above itself: group:default/a → group:default/c → group:default/b → "
        "group:default/a. Remove one of these childOf relations. [catalog/circle]",
        "a.yaml:16:1  warning: spec.subdomainOf: domain:default/d is above itself: domain:default/d → domain:default/d. Remove one of "
        "these partOf relations. [catalog/circle]",
    ]


def test_circles_that_meet(provide):
    """Of several circles through one group one is told: mending it is a step, and the next build tells what is left."""
    text = "---\n".join(
        [
            entity("Group", "a", "{type: t, children: [b, c]}"),
            entity("Group", "b", "{type: t, children: [a]}"),
            entity("Group", "c", "{type: t, children: [a]}"),
        ]
    )
    found = provide({"a.yaml": text}, locations=[{"type": "file", "target": "a.yaml"}])
    assert [text.partition("warning: ")[2].partition(". Remove")[0] for text in found.texts] == [
        "spec.children: group:default/a is above itself: group:default/a → group:default/b → group:default/a"
    ]
