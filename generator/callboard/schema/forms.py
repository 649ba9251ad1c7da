"""What may stand at a place of a model: the keys of its mappings and their types, in pydantic models and TypedDicts alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, NotRequired, Required, get_args, get_type_hints

from pydantic import BaseModel
from typing_extensions import is_typeddict

Step = tuple[bool, str | int]
"""One part of an error's location: a key of the value (True), or the name of a union's branch."""


class Slot(NamedTuple):
    """One key of a mapping."""

    type: Any
    required: bool


def slots(form: Any) -> Mapping[str, Slot]:
    """The keys that a model or a TypedDict knows, as YAML writes them; none for other types."""
    if isinstance(form, type) and issubclass(form, BaseModel):
        fields = form.model_fields.items()
        return {field.alias or name: Slot(field.annotation, field.is_required()) for name, field in fields}
    if is_typeddict(form):
        hints = get_type_hints(form, include_extras=True)
        return {name: Slot(hint, name in form.__required_keys__) for name, hint in hints.items()}
    return {}


def allowed(model: type[BaseModel], steps: Iterable[Step]) -> list[str]:
    """The keys that the mapping at ``steps`` of a model may have; empty if they are not fixed."""
    return list(dict.fromkeys(name for form in forms_at(model, steps) for name in slots(form)))


def forms_at(model: type[BaseModel], steps: Iterable[Step]) -> list[Any]:
    """The types that may stand at ``steps`` of a model."""
    found: list[Any] = [model]
    for is_key, part in steps:
        if is_key:
            found = [inner for form in found for inner in _inside(form, part)]
        else:
            found = [form for form in found if getattr(form, "__name__", "") == part] or found
    return found


def _inside(form: Any, part: str | int) -> list[Any]:
    """The types that may stand at one key of a type."""
    known = slots(form)
    if known:
        return _alternatives(known[part].type) if isinstance(part, str) and part in known else []
    return _alternatives(get_args(form)[-1]) if get_args(form) else []


def _alternatives(form: Any) -> list[Any]:
    """A union's branches, or the type itself; Annotated, Required and NotRequired are taken off."""
    if hasattr(form, "__metadata__") or getattr(form, "__origin__", None) in (Required, NotRequired):
        return _alternatives(get_args(form)[0])
    if getattr(form, "__origin__", None) in (list, dict) or not get_args(form):
        return [form]
    return [inner for branch in get_args(form) for inner in _alternatives(branch)]
