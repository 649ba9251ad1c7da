"""Writes docs/reference/ from the code: ``python docs/generate.py``. ``tests/docs_test.py`` fails while a file there is out of date."""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click
from pydantic import BaseModel

from callboard import discovery, paths, plugin, schema, testing
from callboard.cli.commands import callboard
from callboard.discovery import manifests
from callboard.model.manifest import Manifest
from callboard.model.problem import CODES
from callboard.model.shown import KindSpec
from callboard.model.site import SiteFile
from callboard.pages.theme import ThemeFile

REFERENCE: Final = Path(__file__).parent / "reference"
_MADE: Final = "Made from the code by `make docs`."
_TYPES: Final = {
    "str": "text",
    "string": "text",
    "integer": "number",
    "number": "number",
    "boolean": "true or false",
    "null": "nothing",
}


def files() -> dict[str, str]:
    """Every generated file of ``docs/reference/``: name → text. The same code gives the same text."""
    return {
        "index.md": _index(),
        "command-line.md": _command_line(),
        "site.md": _site(),
        "manifest.md": _manifest(),
        "problems.md": _problems(),
        "bundled-plugins.md": _bundled(),
        "python.md": _python(),
    }


def main() -> None:
    """Write what has changed."""
    REFERENCE.mkdir(exist_ok=True)
    for name, text in files().items():
        file = REFERENCE / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8", newline="\n")


def _page(title: str, summary: str, order: int, *parts: str) -> str:
    front = f"---\ntitle: {title}\nsummary: {summary}\nnav: {{order: {order}}}\n---\n"
    return "\n\n".join([front.rstrip("\n"), *(part.strip("\n") for part in parts if part.strip())]) + "\n"


def _table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    def line(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    return "\n".join([line(headings), "|" + "---|" * len(headings), *map(line, rows)])


# Pages


def _index() -> str:
    rows = [
        ("[Command line](command-line.md)", "every command, option and exit code"),
        ("[site.yaml](site.md)", "every key of a site"),
        ("[plugin.yaml](manifest.md)", "every key of a plugin's manifest, of a kind and of a theme"),
        ("[Bundled plugins](bundled-plugins.md)", "their options, pages, slots and kinds"),
        ("[Problems](problems.md)", "every code, what it means and how to mend it"),
        ("[Python](python.md)", "what `callboard.plugin` and `callboard.testing` offer"),
        ("[The report as JSON](report.md)", "what `--format json` prints"),
    ]
    text = "All pages but the last are made from the code by `make docs`, and a test fails while one of them is out of date."
    return _page("Reference", "Every command, key, option, code and name.", 23, text, _table(("page", "what it lists"), rows))


def _command_line() -> str:
    parts = [_MADE, "Every command also prints this with `--help`."]
    for path, command in _commands("callboard", callboard):
        context = click.Context(command, info_name=path, help_option_names=callboard.context_settings["help_option_names"])
        usage = " ".join([path, *command.collect_usage_pieces(context)])
        parts += [f"## {path}", f"```text\n{usage}\n```", _paragraphs(command.help or "")]
        rows = [(_option(item), _described(item)) for item in command.get_params(context) if isinstance(item, click.Option)]
        parts += [_table(("option", "what it does"), rows), _examples(command.epilog or "")]
    return _page("Command line", "Every command, option and exit code.", 10, *parts)


def _commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):  # those of plugins too
            below = command.get_command(context, name)
            assert below is not None
            yield from _commands(f"{path} {name}", below)


def _option(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in sorted(option.opts, key=len))
    if isinstance(option.type, click.Choice):
        return f"{names} `{'|'.join(option.type.choices)}`"
    value = option.metavar or ("" if option.is_flag else option.type.name.upper())
    return f"`{option.opts[0]}{value}`" if value.startswith("[") else f"{names} `{value}`" if value else names


def _described(option: click.Option) -> str:
    text = option.help or ""
    plain = isinstance(option.default, (str, int)) and not isinstance(option.default, bool)
    return f"{text} Default: `{option.default}`." if plain and option.show_default else text


def _paragraphs(text: str) -> str:
    """Help as Markdown: words in capitals stand for what people write."""
    return re.sub(r"\b(SITE|DIR|NAME)\b", r"`\1`", inspect.cleandoc(text))


def _examples(epilog: str) -> str:
    """The blocks behind a command's help: ``Examples:`` and indented lines; exit codes become a table."""
    parts = []
    for block in epilog.replace("\b", "").strip().split("\n\n"):
        title, *lines = block.strip("\n").split("\n")
        rows = [tuple(line.split(maxsplit=1)) for line in lines]
        if title == "Exit codes:":
            parts += ["### Exit codes", _table(("code", "what it says"), [(f"`{code}`", text) for code, text in rows])]
        elif lines:
            parts.append(f"{title}\n\n```sh\n" + "\n".join(_commented(line) for line in lines) + "\n```")
    return "\n\n".join(parts)


def _commented(line: str) -> str:
    """A command of an example and its words: two blanks or more stand between them."""
    command, *words = re.split(r" {2,}", line.strip(), maxsplit=1)
    return f"{command}  # {words[0]}" if words else command


def _site() -> str:
    words = (
        "How the file is read (includes, overlays, `${VAR}`) is told in [the guide](../guide/site-yaml.md). The options of the "
        "bundled plugins are [listed by plugin](bundled-plugins.md). `callboard schema site` prints the same for editors."
    )
    return _page("site.yaml", "Every key of a site.", 20, _MADE, words, *_model(SiteFile))


def _manifest() -> str:
    words = (
        "What the keys are for is told in [Plugins](../plugins/index.md). `callboard schema plugin` prints the same for editors."
    )
    kind = "A file that `kinds:` names holds one such mapping, or several documents. See [Kinds](../plugins/kinds.md)."
    theme = "The file of a theme. See [Themes](../guide/themes.md)."
    return _page(
        "plugin.yaml",
        "Every key of a plugin's manifest, of a kind and of a theme.",
        30,
        _MADE,
        words,
        *_model(Manifest),
        "## A kind",
        kind,
        *_model(KindSpec, level=3),
        "## theme.yaml",
        theme,
        *_model(ThemeFile, level=3),
    )


def _problems() -> str:
    words = (
        "How to read a problem is told in [the guide](../guide/problems.md). Codes with a slash, such as `catalog/not-allowed`, are a "
        "plugin's own; its README lists them."
    )
    codes = [part for code, text in sorted(CODES.items()) for part in (f"## {code}", text)]
    return _page("Problems", "Every code, what it means and how to mend it.", 50, _MADE, words, *codes)


def _python() -> str:
    words = "What a provider and a test may import. Everything else is private and may change."
    parts = [_MADE, words, "## callboard.plugin", _names(plugin), "## callboard.testing", _names(testing)]
    return _page("Python", "What callboard.plugin and callboard.testing offer.", 60, *parts)


def _names(module: Any) -> str:
    parts = []
    for name in sorted(module.__all__, key=str.casefold):
        value = getattr(module, name)
        parts.append(f"### {name}")
        if inspect.isfunction(value):
            parts += [f"```python\n{_signature(_parsed(value), name)}\n```", _prose(inspect.getdoc(value) or "")]
        elif inspect.isclass(value):
            parts += [_prose(inspect.getdoc(value) or ""), "\n".join(_members(_parsed(value)))]
        elif inspect.ismodule(value):
            parts += [_prose(inspect.getdoc(value) or ""), "\n".join(_functions(value))]
        else:
            shown = value.isoformat() if hasattr(value, "isoformat") else repr(value).replace("typing.", "")
            parts.append(f"`{shown}`")
    return "\n\n".join(part for part in parts if part)


def _parsed(value: Any) -> Any:
    """The code of a class or function, as written: its defaults by their names, its attributes with their words."""
    return ast.parse(textwrap.dedent(inspect.getsource(value))).body[0]


def _functions(module: Any) -> Iterator[str]:
    """A line for each public function that a module defines."""
    for name, value in vars(module).items():
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
            yield _line(_signature(_parsed(value)), (inspect.getdoc(value) or "").partition("\n\n")[0])


def _members(node: ast.ClassDef) -> Iterator[str]:
    """A line for each public attribute, property and method of a class."""
    for item, after in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(item, ast.FunctionDef) and not item.name.startswith("_") and (words := ast.get_docstring(item)):
            read = any(isinstance(one, ast.Name) and "property" in one.id for one in item.decorator_list)
            yield _line(item.name if read else _signature(item), words)
        elif isinstance(item, (ast.Assign, ast.AnnAssign)):
            name = item.target if isinstance(item, ast.AnnAssign) else item.targets[0]
            if isinstance(name, ast.Name) and not name.id.startswith("_"):
                yield _line(_attribute(item, name.id), _said(after))


def _attribute(item: ast.Assign | ast.AnnAssign, name: str) -> str:
    if isinstance(item, ast.Assign):
        return f"{name} = {ast.unparse(item.value)}"
    default = f" = {ast.unparse(item.value)}" if isinstance(item.value, ast.Constant) else ""
    return f"{name}: {ast.unparse(item.annotation)}{default}"


def _said(node: ast.stmt | None) -> str:
    """The words below an attribute."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return inspect.cleandoc(node.value.value)
    return ""


def _line(code: str, words: str) -> str:
    said = _prose(" ".join(words.split()))
    return f"- `{code}`: {said}" if said else f"- `{code}`"


def _signature(node: ast.FunctionDef, name: str = "") -> str:
    """``name`` is what the function is offered as, if not its own."""
    arguments = ast.unparse(node.args).removeprefix("self").removeprefix("cls").removeprefix(", ")
    call = f"{name or node.name}({arguments})"
    return f"{call} -> {ast.unparse(node.returns)}" if node.returns else call


def _prose(text: str) -> str:
    return re.sub(r"``([^`]+)``", r"`\1`", text)


def _bundled() -> str:
    definitions = discovery.site_schema(None)
    known = {
        case["if"]["properties"]["plugin"]["const"]: case["then"]["properties"]["options"]
        for case in definitions["$defs"]["MountSpec"]["allOf"]
    }
    parts = [_MADE, "Each plugin's README has more: examples, states, limits and the codes of its problems."]
    for found in discovery.available(None):
        if found.folder.parent.resolve() == paths.bundled("plugins").resolve():
            parts += _plugin(found, known[found.name], definitions["$defs"])
    return _page("Bundled plugins", "Their options, pages, slots and kinds.", 40, *parts)


def _plugin(found: discovery.Found, options: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[str]:
    reading = manifests.read(discovery.PluginFolder(found.name, found.folder, "bundled"))
    manifest = reading.manifest
    assert manifest is not None
    yield f"## {found.name}"
    yield f"**{found.title}.** {found.summary}"
    needed = options.get("required", ())
    table = manifest.options if isinstance(manifest.options, dict) else {}
    rows = []
    for name, spec in options["properties"].items():
        said = table.get(name)
        kind = _type(spec, definitions) if said is None or said.type in ("list", "map") else _TYPES.get(said.type, said.type)
        env = f" Without it, read from `{said.env}`." if said is not None and said.env else ""
        rows.append((f"`{name}`", kind, _default(name, spec, needed), f"{spec.get('description', '')}{env}"))
    yield _table(("option", "type", "default", "what it is"), rows)
    facts = [
        ("pages", [f"`{page.path}`" for page in manifest.pages]),
        ("offers the slots", [f"`{slot}`" for page in manifest.pages for slot in page.slots]),
        ("fills the slots", [f"`{slot}`" for slot in manifest.slots]),
        ("declares the kinds", [f"`{kind.name}`" for kind in reading.kinds]),
        ("may ask", [f"`{host}`" for host in manifest.hosts]),
        ("answers count as fresh for", [f"`{manifest.cache.ttl}`"] if "cache" in manifest.model_fields_set else []),
    ]
    yield "\n".join(f"- {name}: {', '.join(found)}" for name, found in facts if any(found))
    cards = [
        (slot, spec) for slot, said in manifest.slots.items() for spec in (said if isinstance(said, list) else [said]) if spec.id
    ]
    if cards:
        yield "Cards and tabs that `slots:` of a site changes or hides by their name:"
        yield _table(
            ("name", "in", "title", "order", "on pages that match"),
            [
                (
                    f"`{found.name}.{spec.id}`",
                    f"`{slot}`",
                    spec.title,
                    str(spec.order),
                    f"`{_written(spec.when)}`" if spec.when else "",
                )
                for slot, spec in cards
            ],
        )


def _written(when: Mapping[str, Any] | str) -> str:
    """A condition as a manifest says it."""
    return when if isinstance(when, str) else json.dumps(when).replace('"', "")


# Models


def _model(model: type[BaseModel], *, level: int = 2) -> list[str]:
    """A section for a model and for each mapping inside of it, named by its path: ``pages[].item``."""
    whole = schema.json_schema(model)
    definitions = whole.get("$defs", {})
    parts, seen = [], set[str]()
    waiting: list[tuple[str, Mapping[str, Any]]] = [("", whole)]
    while waiting:
        path, found = waiting.pop(0)
        if path:
            parts += [f"{'#' * level} `{path}`", _words(found)]
        parts.append(_table(("key", "type", "default", "what it is"), list(_rows(found, definitions))))
        for name, spec in found["properties"].items():
            for suffix, ref in _refs(spec):
                if ref not in seen:
                    seen.add(ref)
                    waiting.append((f"{path}.{name}{suffix}".lstrip("."), definitions[ref]))
    return parts


def _words(spec: Mapping[str, Any], definitions: Mapping[str, Any] | None = None) -> str:
    """What a value is. pydantic leaves the words of a mapping to its model where they are the same."""
    below = (definitions or {}).get(str(spec.get("$ref", "")).rpartition("/")[2], {})
    return str(spec.get("description", "") or below.get("description", ""))


def _rows(found: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    needed = found.get("required", ())
    for name, spec in found["properties"].items():
        yield f"`{name}`", _type(spec, definitions), _default(name, spec, needed), _words(spec, definitions)


def _default(name: str, spec: Mapping[str, Any], needed: Any) -> str:
    if name in needed:
        return "**required**"
    default = spec.get("default")
    return "" if default in (None, "", [], {}) else f"`{json.dumps(default)}`".replace('"', "")


def _type(spec: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """What a value looks like, in words."""
    if "$ref" in spec:
        return _named(spec["$ref"], definitions)
    if "anyOf" in spec:
        kinds = [_type(item, definitions) for item in spec["anyOf"] if item.get("type") != "null" and item.get("const") != ""]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in spec or "const" in spec:
        values = spec.get("enum", [spec.get("const")])
        return ", ".join(f"`{json.dumps(value)}`".replace('"', "") for value in values if value != "")
    if spec.get("type") == "array":
        return f"list of {_several(_type(spec['items'], definitions))}" if spec.get("items") else "list"
    if spec.get("type") == "object":
        inside = spec.get("additionalProperties")
        return f"mapping of {_several(_type(inside, definitions))}" if isinstance(inside, dict) and inside else "mapping"
    word = _TYPES.get(str(spec.get("type")), "anything")
    low, high = spec.get("minimum"), spec.get("maximum")
    return f"{word}, {low} to {high}" if low is not None and high is not None else word


def _several(word: str) -> str:
    return re.sub(r"\bmapping\b", "mappings", word)


def _named(ref: str, definitions: Mapping[str, Any]) -> str:
    found = definitions[ref.rpartition("/")[2]]
    return "mapping" if "properties" in found else _type(found, definitions)


def _refs(spec: Mapping[str, Any], suffix: str = "") -> Iterator[tuple[str, str]]:
    """The models inside of a value, each with what its path gets: ``[]`` for items of a list, ``.<name>`` for those of a mapping."""
    if "$ref" in spec:
        yield suffix, spec["$ref"].rpartition("/")[2]
    for item in spec.get("anyOf", ()):
        yield from _refs(item, suffix)
    if isinstance(spec.get("items"), dict):
        yield from _refs(spec["items"], f"{suffix}[]")
    if isinstance(spec.get("additionalProperties"), dict):
        yield from _refs(spec["additionalProperties"], f"{suffix}.<name>")


if __name__ == "__main__":
    main()
