"""Options: a manifest's table as a pydantic model, and a mount's options as valid values, with secrets that never show."""

from __future__ import annotations

import keyword
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, create_model
from pydantic_core import PydanticKnownError

from callboard import schema
from callboard.discovery.findings import Findings
from callboard.model.duration import seconds
from callboard.model.manifest import OptionSpec
from callboard.model.problem import Key, Marks, Problem, dotted
from callboard.model.secret import Secret
from callboard.model.site import Site

HIDDEN = "***"
_ABSENT: Any = object()
_FORM = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class SecretSpec:
    """An option that holds a credential (or a list or mapping of them)."""

    env: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What a plugin's options must look like: a model, and which of them are secrets."""

    model: type[BaseModel]
    secrets: Mapping[str, SecretSpec]


def form(table: Mapping[str, OptionSpec], *, required: bool = True) -> Form:
    """The form that a manifest's table describes; with ``required=False`` every option may be left out."""
    fields: dict[str, Any] = {
        _attribute(name): (_annotation(name, spec), _field(name, spec, required)) for name, spec in table.items()
    }
    model = create_model("Options", __config__=_FORM, **fields)
    secrets = {name: SecretSpec(spec.env, _may_be_absent(spec)) for name, spec in table.items() if _is_secret(spec)}
    return Form(model, secrets)


def form_of(model: type[BaseModel]) -> Form:
    """The form of a plugin's own model: unknown keys are refused in any case, fields of type ``Secret`` are secrets.

    Their environment variable is said as ``Field(json_schema_extra={"env": "CI_TOKEN"})``.
    """
    if model.model_config.get("extra") != "forbid":
        body = {"__module__": model.__module__, "__doc__": model.__doc__, "model_config": ConfigDict(extra="forbid")}
        model = type(model.__name__, (model,), body)
    secrets: dict[str, SecretSpec] = {}
    for name, field in model.model_fields.items():
        if field.annotation is Secret or (isinstance(field.annotation, UnionType) and Secret in get_args(field.annotation)):
            extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
            secrets[field.alias or name] = SecretSpec(str(extra.get("env") or ""), not field.is_required())
    return Form(model, secrets)


def validated(
    form: Form, given: Mapping[str, Any], site: Site, *, at: Key, plugin: str
) -> tuple[BaseModel | None, tuple[Problem, ...]]:
    """The options as an instance of the form's model, or None; problems stand at their keys in ``site.yaml``."""
    findings = Findings(site.marks, plugin)
    values = dict(given)
    absent = [(*at, name) for name, spec in form.secrets.items() if not _take_secret(name, spec, values, site, findings, at)]
    checked = schema.check(form.model, values, site.marks, at=at)
    said = {(dotted(key[:-1]), f'"{key[-1]}" is missing.') for key in absent}  # noted already, with the variable's name
    findings.extend(problem for problem in checked.problems if (problem.path, problem.what) not in said)
    return (None if findings.items else checked.model), tuple(findings.items)


def default_problems(table: Mapping[str, OptionSpec], marks: Marks, plugin: str) -> Findings:
    """Problems of the defaults that a table gives."""
    findings = Findings(marks, plugin)
    for name, spec in table.items():
        if _is_secret(spec) and spec.default is not None:
            findings.add(
                "wrong-value", ("options", name, "default"), "a secret has no default.", "Name an environment variable: env: …"
            )
    defaults = {name: spec.default for name, spec in table.items() if spec.default is not None and not _is_secret(spec)}
    if defaults:
        _, problems = schema.validated(form(table, required=False).model, defaults, marks, at=("options",))
        findings.extend(problems)
    return findings


def plain(model: BaseModel) -> dict[str, Any]:
    """The values by the names that ``site.yaml`` uses."""
    return {field.alias or name: getattr(model, name) for name, field in type(model).model_fields.items()}


def hidden(given: Any, values: Mapping[str, Any]) -> Any:
    """The options as given, with ``***`` for every text that ended as a secret in ``values``."""
    known = {secret.reveal() for secret in _secrets_in(values)}

    def masked(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: masked(item) for key, item in value.items()}
        if isinstance(value, list):
            return [masked(item) for item in value]
        return HIDDEN if value in known else value

    return masked(given)


def _secrets_in(value: Any) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, BaseModel):
        yield from _secrets_in(dict(value))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secrets_in(item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _secrets_in(item)


def _take_secret(name: str, spec: SecretSpec, values: dict[str, Any], site: Site, findings: Findings, at: Key) -> bool:
    """Wrap a secret before anything can print it; False if there is none."""
    said = values.pop(name, None)
    if said in (None, ""):
        environ = os.environ if site.environ is None else site.environ
        said = environ.get(spec.env) if spec.env else None
    if said in (None, ""):
        if not spec.optional:
            findings.add("missing-secret", (*at, name), *_missing(name, spec.env))
        return False
    wrapped = _wrapped(said)
    if wrapped is _ABSENT:
        findings.add("wrong-value", (*at, name), "wanted a text for this secret.", 'Put it in quotes: "…"')
        return False
    values[name] = wrapped
    return True


def _missing(name: str, env: str) -> tuple[str, str]:
    if env:
        return f'the secret "{name}" is not set: the environment has no {env}.', f"Set {env} where the site is built."
    return f'the secret "{name}" is missing.', f"Write under options: {name}: ${{{name.upper()}}}"


def _wrapped(value: Any) -> Any:
    if isinstance(value, (str, Secret)):
        return value if isinstance(value, Secret) else Secret(value)
    if isinstance(value, list):
        items = [_wrapped(item) for item in value]
        return _ABSENT if _ABSENT in items else items
    if isinstance(value, dict):
        pairs = {key: _wrapped(item) for key, item in value.items()}
        return _ABSENT if _ABSENT in pairs.values() else pairs
    return _ABSENT


def _is_secret(spec: OptionSpec) -> bool:
    return spec.type == "secret" or (spec.type in ("list", "map") and spec.items == "secret")


def _may_be_absent(spec: OptionSpec) -> bool:
    return spec.optional or "default" in spec.model_fields_set


def _attribute(name: str) -> str:
    """A field name that pydantic takes; the option's own name is its alias then."""
    clash = hasattr(BaseModel, name) or name.startswith(("_", "model_")) or keyword.iskeyword(name)
    return f"option_{name}" if clash else name


def _field(name: str, spec: OptionSpec, required: bool) -> Any:
    alias = name if _attribute(name) != name else None
    absent = not required or _may_be_absent(spec)
    default: Any = (None if _is_secret(spec) else spec.default) if absent else ...
    return Field(default=default, alias=alias, title=name, description=spec.help or None, validate_default=default is not None)


def _annotation(name: str, spec: OptionSpec) -> Any:
    inner = Literal[tuple(spec.choices)] if spec.choices else _type(spec.items)
    shapes = {"list": list[inner], "map": dict[str, inner]}  # type: ignore[valid-type]  # made at run time, as the table says
    found = shapes.get(spec.type) or (inner if spec.choices else _type(spec.type, name))
    return found | None if _may_be_absent(spec) or _is_secret(spec) else found


def _type(word: str, name: str = "") -> Any:
    """The type that a word of the table stands for; ``name`` is the option's, for the examples in messages."""
    example = f"{name}: " if name else ""
    if word == "duration":
        return Annotated[float, BeforeValidator(_naming(seconds, example), json_schema_input_type=str | dict[str, float])]
    if word == "url":
        return Annotated[str, AfterValidator(_naming(_address, example))]
    return _TYPES[word]


def _naming(check: Callable[[Any], Any], example: str) -> Callable[[Any], Any]:
    """``check`` with the option's name in its example: ``Write for example: every: 15m``."""

    def named(value: Any) -> Any:
        try:
            return check(value)
        except ValueError as error:
            raise ValueError(str(error).replace("for example: ", f"for example: {example}")) from None

    return named


def _no_bool(expected: Any) -> BeforeValidator:
    def refuse(value: Any) -> Any:
        if isinstance(value, bool):
            raise PydanticKnownError(expected)
        return value

    return BeforeValidator(refuse)


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f'wanted an http or https address, got "{value}". Write for example: https://example.com')
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            "an address holds no user name or password. Write for example: https://example.com, and a secret of its own"
        )
    return value


def _secret(value: Any) -> Any:
    if not isinstance(value, Secret):
        raise ValueError("wanted a text for this secret.")  # never with its value
    return value


_TYPES: Mapping[str, Any] = {
    "str": str,
    "int": Annotated[int, _no_bool("int_type")],
    "float": Annotated[float, _no_bool("float_type")],
    "bool": bool,
    "secret": Annotated[Any, AfterValidator(_secret), WithJsonSchema({"type": "string"})],
    "path": Annotated[str, Field(min_length=1)],
    "list": list[Any],
    "map": dict[str, Any],
    "any": Any,
}
