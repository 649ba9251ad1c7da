"""Options of services: Backstage's forms, what is refused with a mend, and which hosts may be asked."""

from types import SimpleNamespace

import pytest

from callboard.data import filling


def hosts(code, **options) -> set[str]:
    model = code.provider.Options.model_validate(options)
    return set(filling.hosts(SimpleNamespace(manifest=SimpleNamespace(options="x", sources={}, hosts=()), options=dict(model))))


def refused(code, **options) -> str:
    with pytest.raises(ValueError, match=r"\w") as caught:
        code.provider.Options.model_validate(options)
    return str(caught.value)


GITHUB = {"api.github.com", "raw.githubusercontent.com"}
ORG = {"id": "main", "githubUrl": "https://github.com", "orgs": ["acme"]}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, set()),
        ({"locations": [{"type": "file", "target": "./github.com/*.yaml"}]}, set()),
        ({"providers": {"github": {"main": {"organization": "acme"}}}}, GITHUB),
        ({"providers": {"githubOrg": ORG}}, GITHUB),
        ({"providers": {"gitlab": {"main": {"host": "gitlab.com"}}}}, {"gitlab.com"}),
        ({"locations": [{"type": "url", "target": "https://github.com/a/b/blob/main/c.yaml"}]}, GITHUB | {"github.com"}),
        ({"integrations": {"github": [{"host": "github.com", "token": "x"}]}}, {"api.github.com"}),
        ({"integrations": {"github": [{"host": "ghe.example.org"}]}}, {"ghe.example.org"}),
        (
            {"integrations": {"gitlab": [{"host": "lab.example.org", "apiBaseUrl": "https://api.example.org/v4"}]}},
            {"api.example.org"},
        ),
        ({"integrations": {"bitbucketCloud": [{"username": "u", "token": "x"}]}}, {"api.bitbucket.org"}),
        ({"reading": {"allow": [{"host": "*.example.org"}]}}, {"*.example.org"}),
    ],
)
def test_only_what_is_used_may_be_asked(code, options: dict, expected: set[str]):
    """The public hosts too: GitHub's API and raw host only where a location, a provider or an integration leads there."""
    assert hosts(code, **options) == expected


@pytest.mark.parametrize("form", [ORG, [ORG], {"main": {name: said for name, said in ORG.items() if name != "id"}}])
def test_forms_of_github_org(code, form):
    """One, a list with ids, or a mapping by id."""
    found = code.provider.Options.model_validate({"providers": {"githubOrg": form}}).providers["githubOrg"]
    assert found["main"]["orgs"] == ["acme"]


def test_editors_know_the_forms(code):
    """The JSON Schema of the options has each of them."""
    schema = code.provider.Options.model_json_schema()["$defs"]["Providers"]["properties"]
    assert len(schema["githubOrg"]["anyOf"]) == 3
    assert len(schema["github"]["anyOf"]) == 2


def test_the_short_form_of_github(code):
    """A single provider needs no id, as in Backstage."""
    found = code.provider.Options.model_validate({"providers": {"github": {"organization": "acme"}}}).providers["github"]
    assert found == {"default": {"host": "github.com", "organization": "acme"}}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"providers": {"github": {"m": {"app": 5}}}}, "GitHub Apps are not supported. Write a token instead"),
        ({"integrations": {"github": [{"host": "github.com", "apps": [{"appId": 1}]}]}}, "GitHub Apps are not supported"),
        (
            {"providers": {"github": {"m": {"organization": "a", "host": "ghe.example.org"}}}},
            "Add: integrations: {github: [{host: ghe",
        ),
        ({"providers": {"gitlab": {"m": {"host": "lab.example.org"}}}}, "Add: integrations: {gitlab: [{host: lab.example.org"),
        ({"providers": {"gitlab": {"m": {"host": "github.com"}}}}, 'no integration describes the host "github.com"'),
        (
            {"providers": {"gitlab": {"m": {"host": "gitlab.com", "orgEnabled": True}}}},
            "users and groups of GitLab are not supported",
        ),
        ({"providers": {"githubOrg": {"githubUrl": "https://github.com", "orgs": ["a"]}}}, "needs an id"),
        ({"providers": {"githubOrg": [ORG, ORG]}}, 'the id "main" is there twice'),
        ({"providers": {"githubOrg": {"id": "m", "githubUrl": "https://github.com"}}}, "orgs"),
        ({"providers": {"github": {"m": {"organization": "a", "filters": {"repository": "("}}}}}, "no regular expression"),
        (
            {"providers": {"github": {"m": {"organization": "a", "catalogPath": "/**/c.yaml", "validateLocationsExist": True}}}},
            "validateLocationsExist must be false",
        ),
        ({"providers": {"github": {"m": {"organization": "a", "schedule": {"frequency": "soon"}}}}}, "wanted a duration"),
        ({"integrations": {"gerrit": [{"host": "g.example.org"}]}}, 'the integration "gerrit" is not supported'),
        ({"integrations": {"github": [{"host": "https://github.com"}]}}, "Write for example: github.com"),
        ({"reading": {"allow": [{"host": "*.org"}]}}, "a domain of at least two parts"),
    ],
)
def test_what_is_refused(code, options: dict, words: str):
    """With the reason, and what to write instead."""
    assert words in refused(code, **options)


def test_tokens_never_show(code):
    """Neither in the options nor in what is wrong with them."""
    given = {"integrations": {"github": [{"host": "github.com", "token": "s3cret"}]}}
    model = code.provider.Options.model_validate(given)
    assert "s3cret" not in repr(model)
    assert [secret.reveal() for secret in filling.secrets(dict(model))] == ["s3cret"], "so that no line of the log shows it"
    given["integrations"]["github"][0]["token"] = ["s3cret"]
    assert "wanted a text for this secret" in refused(code, **given)


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("catalog-info.yaml", "catalog-info.yaml", True),
        ("catalog-info.yaml", "a/catalog-info.yaml", False),
        ("**/catalog-info.yaml", "catalog-info.yaml", True),
        ("**/catalog-info.yaml", "a/b/catalog-info.yaml", True),
        ("**/catalog-info.yaml", "a/my-catalog-info.yaml", False),
        ("**/catalog-info.yaml", ".github/catalog-info.yaml", False),
        (".github/*.yaml", ".github/c.yaml", True),
        ("services/*/c.yaml", "services/a/c.yaml", True),
        ("services/*/c.yaml", "services/a/b/c.yaml", False),
        ("services/**", "services/a/b.yaml", True),
        ("services/**", "services/.a/b.yaml", False),
        ("a/**/b/*.y?ml", "a/b/c.yaml", True),
        ("a/**/b/*.y?ml", "a/x/y/b/c.yml", False),
        ("*", ".c", False),
        ("a+b.(yaml)", "a+b.(yaml)", True),
        ("{a,b/*}/c.y{a,}ml", "b/x/c.yml", True),
        ("{a,b/*}/c.y{a,}ml", "b/.x/c.yml", False),
        ("{*,x}.yaml", ".yaml", False),
        ("a},b.yaml", "a},b.yaml", True),
        ("a{b", "ab", True),
    ],
)
def test_globs(code, pattern: str, path: str, fits: bool):
    """Globs of paths mean what they mean to Backstage: hidden names are found only where they are written."""
    assert (code.globs.glob(pattern).fullmatch(path) is not None) == fits


def test_globs_of_addresses(code):
    """Rules compare without case, and see hidden names."""
    glob = code.globs.glob("https://GitHub.com/acme/**", hidden=True, ignore_case=True)
    assert glob.fullmatch("https://github.com/ACME/a/.github/c.yaml")
    assert not glob.fullmatch("https://github.com/acme2/c.yaml")
    assert code.globs.glob("**/c.yaml", hidden=True).fullmatch("https://github.com//x/c.yaml")
