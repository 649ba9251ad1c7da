"""What is kept between builds: parsed descriptors by content, so that only what changed is read again."""

import json

import pytest

HEAD = "apiVersion: backstage.io/v1alpha1\n"
FILE = {"locations": [{"type": "file", "target": "*.yaml"}]}


def group(name: str, title: str = "") -> str:
    return f"{HEAD}kind: Group\nmetadata: {{name: {name}, title: '{title or name}'}}\nspec: {{type: team, children: []}}\n"


class Store:
    """A cache that remembers, as the core's does: what it gives is never what it was given."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.written: list[str] = []

    def get(self, key: str) -> object:
        """A copy."""
        return json.loads(self.texts[key]) if key in self.texts else None

    def set(self, key: str, value: object) -> None:
        """A copy too."""
        self.texts[key] = json.dumps(value)
        self.written.append(key)


@pytest.fixture
def parsed(code, monkeypatch):
    """The texts that were parsed since."""
    seen: list[str] = []
    inner = code.descriptors.documents
    monkeypatch.setattr(code.descriptors, "documents", lambda text: seen.append(text) or inner(text))
    return seen


def everything(found) -> list[object]:
    return [(str(one.ref), one.data, one.place, one.document, one.origin) for one in found.dataset.entities]


def test_only_what_changed_is_parsed(provide, parsed):
    """A second build parses nothing, and gives the same to the last annotation; then one file changes, and one is parsed."""
    files, store = {f"g{n}.yaml": group(f"g{n}") for n in range(30)}, Store()
    first = provide(files, cache=store, **FILE)
    assert len(parsed) == 30
    parsed.clear()
    store.written.clear()
    assert everything(provide({}, cache=store, **FILE)) == everything(first)
    assert (parsed, store.written) == ([], [])
    changed = provide({"g7.yaml": group("g7", "Seven")}, cache=store, **FILE)
    assert parsed == [group("g7", "Seven")]
    assert len(store.written) == 1
    assert [one.title for one in changed.dataset.entities if one.ref.name == "g7"] == ["Seven"]


def test_what_is_gone_is_dropped(provide):
    """What no file says any more is not kept for ever: it goes when its part is written again."""
    store = Store()
    for n in range(300):
        provide({"g.yaml": group("g", f"version {n}")}, cache=store, **FILE)
    assert sum(text.count("version") for text in store.texts.values()) <= 64


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (group("a") + "---\nkind: [\n", {}),
        (group("a") + "---\n- list\n", {}),
        (f"{HEAD}kind: Group\nmetadata: {{name: a, title: {{$text: ./b.txt}}}}\nspec: {{type: team, children: []}}\n", {}),
        (f"{HEAD}kind: System\nmetadata: {{name: a}}\nspec: {{}}\n", {"codeowners": True}),
    ],
    ids=["broken", "refused", "placeholder", "codeowners"],
)
def test_what_depends_on_more_is_read_again(provide, parsed, text: str, options: dict):
    """A file with faults is told of in each build; one that says what other files say is never kept."""
    store = Store()
    given = {"a.yaml": text, "b.txt": "one", "CODEOWNERS": "* @acme/one"}
    before = provide(given, cache=store, **FILE, **options)
    parsed.clear()
    after = provide({"b.txt": "two", "CODEOWNERS": "* @acme/two"}, cache=store, **FILE, **options)
    assert parsed == [text]
    assert after.texts == before.texts
    if text.count("$text") or options:
        assert "two" in str(after.dataset.entities[0].data)
        assert "one" in str(before.dataset.entities[0].data)


def test_options_that_change_what_is_read(provide):
    """What was kept without owners is not shown where they are wanted."""
    store = Store()
    files = {
        "a.yaml": "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: a}\nspec: {type: x, steps: []}\n"
    }
    assert "owner" not in provide(files, cache=store, **FILE).dataset.entities[0].spec
    with_owner = provide({"CODEOWNERS": "* @acme/one"}, cache=store, codeowners=True, **FILE)
    assert with_owner.dataset.entities[0].spec["owner"] == "one"
    assert "owner" not in provide(files, cache=store, **FILE).dataset.entities[0].spec


def test_a_cache_of_something_else(provide):
    """Whatever the cache holds under our key: it is read anew."""

    class Odd(Store):
        def get(self, key: str) -> object:
            """Nonsense."""
            return ["no", "mapping"]

    assert provide({"a.yaml": group("a")}, cache=Odd(), **FILE).refs == ["group:default/a"]
