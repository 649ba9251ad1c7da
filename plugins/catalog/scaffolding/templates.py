"""The list of templates: what each asks for, does and gives, and how one starts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from callboard.plugin import Entity, mapping, scm

from .forms import forms
from .plain import items, text
from .start import start

_STEPS = 100
_LINKS = 50


def templates(entities: Iterable[Entity], said: Mapping[str, Any], hosts: scm.Integrations) -> list[dict[str, Any]]:
    """One record for each entity that has steps with actions, whatever its kind.

    It holds ``ref``, ``forms``, ``secrets``, ``steps``, ``output`` and ``start``; ``said`` is the option ``templates``.
    """
    return [_template(entity, said.get("start") or {}, hosts) for entity in entities if _has_actions(entity)]


def _has_actions(entity: Entity) -> bool:
    steps = entity.spec.get("steps")
    return isinstance(steps, list) and any("action" in mapping(step) for step in steps)


def _template(entity: Entity, said: Mapping[str, str], hosts: scm.Integrations) -> dict[str, Any]:
    spec = entity.spec
    asked = forms(spec.get("parameters"))
    return {
        "ref": str(entity.ref),
        "title": entity.title,
        "forms": asked,
        "secrets": [form for form in forms(mapping(spec.get("secrets")).get("schema", spec.get("secrets"))) if form["fields"]],
        "steps": [_step(step) for step in items(spec.get("steps"))[:_STEPS] if isinstance(step, Mapping)],
        "left_out": max(0, len(items(spec.get("steps"))) - _STEPS),
        "output": _output(mapping(spec.get("output"))),
        "start": start(entity, said, asked, hosts),
    }


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    condition = step.get("if", "")
    return {
        "id": text(step.get("id")),
        "name": text(step.get("name")) or text(step.get("id")) or text(step.get("action")),
        "action": text(step.get("action")),
        "if": condition if isinstance(condition, str) else "always" if condition else "never",
        "each": text(step.get("each")),
        "input": dict(mapping(step.get("input"))),
    }


def _output(output: Mapping[str, Any]) -> dict[str, Any]:
    links = [mapping(one) for one in items(output.get("links"))[:_LINKS]]
    texts = [mapping(one) for one in items(output.get("text"))[:_LINKS]]
    return {
        "links": [
            {
                "title": text(one.get("title")) or "Link",
                "to": text(one.get("url")) or text(one.get("entityRef")),
                "icon": text(one.get("icon")),
            }
            for one in links
        ],
        "texts": [{"title": text(one.get("title")), "content": text(one.get("content"))} for one in texts],
    }
