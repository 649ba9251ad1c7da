"""Records with a text → the Document that a page tells of them. Records are foreign data: what does not fit is left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from callboard.model import scm
from callboard.model.document import Banner, Document
from callboard.model.link import Link, Target
from callboard.model.lookup import segment
from callboard.pages.links import safe_url
from callboard.pages.stage import Stage

_KINDS = ("info", "warning")
_NOWHERE: Mapping[str, str] = MappingProxyType({"edit": "", "report": "", "source": ""})
_ISSUES = {"github": "issues/new", "gitlab": "-/issues/new"}
_MOST = 50
"""Tags, versions or owners of one document that are shown."""


def document_of(record: Any, mount_path: str, here: str, stage: Stage) -> Document:
    """What a page at ``here`` tells of the text of ``record``."""
    if not isinstance(record, Mapping):
        return Document()
    line, days = record.get("text_line"), record.get("old_after")
    own = _kept(stage.source, _text(record, "file")) if not _text(record, "shown") else _NOWHERE
    edit, report, source = [
        safe_url(_text(record, name)) if name in record else own[name] for name in ("edit", "report", "source")
    ]
    return Document(
        _text(record, "file"),
        _text(record, "root").strip("/"),
        _text(record, "shown"),
        line if isinstance(line, int) else 1,
        _text(record, "engine"),
        _time(record.get("updated")),
        _text(record, "author"),
        edit,
        report,
        source,
        tuple(_target(ref, here, stage) for ref in _several(record.get("owner"))),
        next((_target(ref, here, stage) for ref in _several(record.get("entity"))), None),
        tuple(_tag(tag, mount_path, here, stage) for tag in _several(record.get("tags"))),
        record.get("draft") is True,
        _versions(record.get("versions"), mount_path, here, stage),
        _banners(record.get("banner")),
        days if isinstance(days, int) and not isinstance(days, bool) and days > 0 else 0,
        record.get("toc") is not False,
    )


def _kept(source: str, file: str) -> Mapping[str, str]:
    """Where a file of the site is edited and read, and a problem with it reported, as ``site.source`` says where the site is kept.

    Without a branch (``…/tree/main``) nobody can edit.
    """
    made = scm.known({})
    found = scm.parse(source, made) if source and file else None
    if found is None:
        return _NOWHERE
    at = scm.of(source, made)
    forge = f"{at.base}/{found.slug}" if at is not None and found.type in _ISSUES else ""
    report = forge and f"{forge}/{_ISSUES[found.type]}"
    if found.ref:
        page = scm.beside(source, file, made)
        return {"edit": scm.edit(page, made), "report": report, "source": page}
    head = f"{forge}{'/-' if found.type == 'gitlab' else ''}/blob/HEAD/{quote(file)}" if forge else ""
    return {"edit": "", "report": report, "source": head}


def tag_path(tag: str) -> str:
    """Where the page of a tag lies, below its mount."""
    return f"tags/{segment(tag)}/"


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value.strip() if isinstance(value, str) else ""


def _several(value: Any) -> list[str]:
    """One text or a list of them."""
    found = value if isinstance(value, list) else [value]
    words = (str(one).strip() for one in found[:_MOST] if isinstance(one, (str, int)) and not isinstance(one, bool))
    return list(dict.fromkeys(word for word in words if word))


def _time(value: Any) -> str:
    """An ISO 8601 time or day as text; YAML reads an unquoted one as a date."""
    text = value.isoformat() if isinstance(value, (date, datetime)) else value if isinstance(value, str) else ""
    try:
        datetime.fromisoformat(text.strip())
    except ValueError:
        return ""
    return text.strip()


def _target(ref: str, here: str, stage: Stage) -> Target:
    return stage.links.resolve(ref, here, kind="" if ":" in ref else "group")


def _tag(tag: str, mount_path: str, here: str, stage: Stage) -> Link:
    path = mount_path + tag_path(tag)
    return Link(tag, stage.links.href(path, here) if path in stage.titles else "")


def _versions(value: Any, mount_path: str, here: str, stage: Stage) -> tuple[Link, ...]:
    found = []
    for one in value[:_MOST] if isinstance(value, list) else ():
        title = _text(one, "title") if isinstance(one, Mapping) else ""
        if not title:
            continue
        path = mount_path + _text(one, "path").lstrip("/")
        href = stage.links.href(path, here) if "path" in one and path in stage.titles else safe_url(_text(one, "url"))
        current = one.get("current") is True
        if href or current:
            found.append(Link(title, href, current))
    return tuple(found) if len(found) > 1 else ()


def _banners(value: Any) -> tuple[Banner, ...]:
    found = value if isinstance(value, list) else [value]
    said = [(_text(one, "kind"), _text(one, "text")) for one in found if isinstance(one, Mapping)]
    return tuple(Banner(kind if kind in _KINDS else "info", text) for kind, text in said if text)
