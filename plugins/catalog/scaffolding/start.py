"""How one starts a template: a command to copy and an address to open, filled in from the entity."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from callboard.plugin import Entity, fill, mapping, scm

from .plain import items, text

PLACEHOLDERS = ("ref", "title", "source", "parameters", "entity")
"""What the first word of a placeholder may be."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SOURCE = "backstage.io/source-location"


def unknown(template: str) -> list[str]:
    """The placeholders of ``template`` that nothing fills."""
    return [path for path in _PLACEHOLDER.findall(template) if path.split(".")[0] not in PLACEHOLDERS]


def start(entity: Entity, said: Mapping[str, str], forms: Sequence[Mapping[str, Any]], hosts: scm.Integrations) -> dict[str, str]:
    """``{command, link, title, source}``: each "" where there is none. Without a command in ``said``, one that fetches the source."""
    scope = _scope(entity, hosts)
    fields = [row for form in forms for row in form["fields"] if not row["level"] and not row["when"]]
    command = said.get("command") or _usual(entity, scope)
    return {
        "command": _command(command, scope, fields, said.get("parameter", "{name}={value}")),
        "link": _link(said.get("link", ""), scope, fields),
        "title": said.get("title", ""),
        "source": _web(scope.get("source", "")),
    }


def _scope(entity: Entity, hosts: scm.Integrations) -> dict[str, Any]:
    """What placeholders find; dotted names stand beside the plain ones, since ``{ref}`` and ``{ref.name}`` are both texts."""
    ref = entity.ref
    scope: dict[str, Any] = {"ref": str(ref), "ref.kind": ref.kind.lower(), "ref.namespace": ref.namespace, "ref.name": ref.name}
    scope |= {"title": entity.title, "entity": entity.data}
    source = entity.annotation(_SOURCE).removeprefix("url:").strip()
    if _web(source):
        scope["source"] = source.rstrip("/")
        found = scm.parse(source, hosts)
        if found:
            repository = f"{hosts[found.host].base}/{found.slug}"
            scope |= {
                "source.repository": repository,
                "source.slug": found.slug,
                "source.ref": found.ref,
                "source.path": found.path,
            }
    return scope


def _usual(entity: Entity, scope: Mapping[str, Any]) -> str:
    """What fetches the template with the tool that its own steps use; else its repository."""
    if "source.repository" not in scope:
        return ""
    actions = [text(mapping(step).get("action")) for step in items(entity.spec.get("steps"))]
    if not any(action.startswith("fetch:cookiecutter") for action in actions):
        return "git clone {source.repository}"
    below = next(
        (
            text(mapping(mapping(step).get("input")).get("url"))
            for step in items(entity.spec["steps"])
            if "cookiecutter" in str(step)
        ),
        "",
    )
    folder = "/".join(part for part in (scope["source.path"], below.strip("./")) if part and "://" not in below)
    return "cookiecutter {source.repository}" + (f" --directory {shlex.quote(folder)}" if folder and "{" not in folder else "")


def _command(template: str, scope: Mapping[str, Any], fields: Sequence[Mapping[str, Any]], parameter: str) -> str:
    """The command, every value as one word of a shell; "" if a placeholder has no value."""
    words = " ".join(shlex.quote(_parameter(parameter, row)) for row in fields if row["required"])
    marked = template.replace("{parameters}", "\0")
    filled = _filled(marked, scope, lambda value: shlex.quote(" ".join(value.split())))
    return filled.replace("\0", words).strip()


def _parameter(template: str, row: Mapping[str, Any]) -> str:
    value = row["default"] or f"<{row['title'] or row['name']}>"
    return template.replace("{name}", row["name"]).replace("{value}", " ".join(value.split()))


def _link(template: str, scope: Mapping[str, Any], fields: Sequence[Mapping[str, Any]]) -> str:
    """The address, every value encoded for where it stands; "" if a placeholder has no value, or if it is no web address."""
    before, question, after = template.partition("?")
    lines = "\n".join(f"{row['name']}: {row['default']}".rstrip() for row in fields)
    address = _filled(before, scope, lambda value: quote(value, safe="/:@+~,%"))
    if not address:
        return ""
    query = _filled(after, {**scope, "parameters": lines}, lambda value: quote(value, safe="")) if question else ""
    return _web(f"{address}?{query}" if query else address) if bool(query) == bool(after) else ""


def _filled(template: str, scope: Mapping[str, Any], encode: Any) -> str:
    try:
        return fill(template, scope, encode)
    except KeyError:
        return ""


def _web(address: str) -> str:
    """The address if readers may follow it."""
    return address if address.lower().startswith(("https://", "http://")) and not re.search(r"[\s\x00-\x1f]", address) else ""
