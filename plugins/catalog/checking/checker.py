"""Validation of entities in the order in which released Backstage checks them; each step speaks only if those before it were fine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from callboard.plugin import Kind

from .faults import Fault, explain, shown
from .formats import Formats
from .schemas import Holds, compiled, unsupported

_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
ENVELOPE: Mapping[str, Any] = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": _TEXT,
        "kind": _TEXT,
        "metadata": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "uid": _TEXT,
                "etag": _TEXT,
                "name": _TEXT,
                "namespace": _TEXT,
                "title": _TEXT,
                "description": {"type": "string"},
                "labels": _TEXTS,
                "annotations": _TEXTS,
                "tags": {"type": "array", "items": _TEXT},
                "links": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["url"],
                        "properties": {"url": _TEXT, "title": _TEXT, "icon": _TEXT, "type": _TEXT},
                    },
                },
            },
        },
        "spec": {"type": "object"},
        # A running catalog answers with these; a file that says them is refused one step later, as Backstage does.
        "relations": True,
        "status": True,
    },
}
_ANSWERED = ("relations", "status")


class Verdict(NamedTuple):
    """Why an entity is left out: a problem code, and the faults of the first step that found any."""

    code: str
    faults: list[Fault]
    mend: str = ""


class _Form(NamedTuple):
    """One kind, ready for checking."""

    kind: Kind
    holds: Holds


class Checker:
    """Checks entities against the envelope and against the kinds of the site."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self.faulty = {kind.name: found for kind in kinds.values() if (found := list(unsupported(kind.schema)))}
        """Kinds whose schema cannot be used, with the reasons: their entities are checked as far as the envelope."""
        self._forms = {
            kind.name: _Form(kind, compiled(True if kind.name in self.faulty else kind.schema)) for kind in kinds.values()
        }
        self.mark = hashlib.sha256(repr(sorted(kinds.items())).encode()).hexdigest()[:16]
        """Changes with the kinds: what was found valid before counts only under the same mark."""
        self._envelope = compiled(ENVELOPE)
        self._formats = Formats()

    def check(self, value: Any, *, answered: bool = False) -> Verdict | None:
        """None for a valid entity, whose ``metadata.namespace`` is filled in then.

        ``answered`` is what a running Backstage gave: it may hold relations and status, and its spec was checked there.
        """
        if not self._envelope(value):
            return Verdict("bad-entity", _enveloped(value))
        value["metadata"].setdefault("namespace", "default")
        if not answered and (foreign := [name for name in _ANSWERED if name in value]):
            return Verdict("bad-entity", [Fault((name,), "is an unknown field: a catalog computes it.") for name in foreign])
        if faults := self._formats.faults(value):
            return Verdict("bad-entity", faults)
        form = self._forms.get(value["kind"])
        if form is None or (form.kind.api_versions and value["apiVersion"] not in form.kind.api_versions):
            return self._unknown(value["apiVersion"], value["kind"])
        if not answered and not form.holds(value):
            return Verdict("bad-entity", explain(form.kind.schema, value))
        return None

    def _unknown(self, version: str, kind: str) -> Verdict:
        form = self._forms.get(kind)
        if form is not None:
            known = " and ".join(form.kind.api_versions)
            what = f"the kind {kind} is not known with {shown(version)}; known is {known}."
            return Verdict(
                "unknown-kind", [Fault(("apiVersion",), what)], f"Write for example: apiVersion: {form.kind.api_versions[0]}"
            )
        close = next((name for name in self._forms if name.lower() == kind.lower()), None)
        close = close or next(iter(get_close_matches(kind, self._forms, 1)), None)
        what = f"no plugin declares the kind {shown(kind)}; known are {', '.join(sorted(self._forms))}."
        mend = f"Did you mean {close}?" if close else "Declare it in a plugin's kinds:, or mend the word."
        return Verdict("unknown-kind", [Fault(("kind",), what)], mend)


def _enveloped(value: Any) -> list[Fault]:
    if not isinstance(value, dict):
        return [Fault((), f"wanted a mapping at the root, got {shown(value)}.")]
    if "apiVersion" not in value and "kind" not in value:
        return [Fault((), "is no entity: it has neither apiVersion nor kind.")]
    return explain(ENVELOPE, value)


def reference(value: Any) -> str:
    """What to call an entity that may be broken: its canonical reference as far as it says one."""
    if not isinstance(value, dict):
        return ""
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or not name or not isinstance(value.get("kind"), str):
        return ""
    return f"{value['kind']}:{namespace if isinstance(namespace, str) else 'default'}/{name}".lower()
