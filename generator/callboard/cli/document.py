"""The report of a build or check as one JSON document; its fields are described in docs/reference/report.md."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from callboard.model.dataset import SourceRun
    from callboard.model.problem import Place, Problem
    from callboard.model.report import BuildReport, OutsideLink


def report(value: BuildReport) -> dict[str, Any]:
    """A report as plain data; sizes in bytes, times in seconds, moments in UTC."""
    return {
        "title": value.title,
        "version": value.version,
        "started": _moment(value.started),
        "commit": value.commit,
        "output": value.output,
        "written": value.written,
        "pages": value.pages,
        "rendered": value.rendered,
        "removed": value.removed,
        "bytes": value.size,
        "seconds": round(value.seconds, 3),
        "timings": {name: round(took, 3) for name, took in value.timings.items()},
        "sources": [_source(run) for run in value.sources],
        "problems": [problem(item) for item in value.problems],
        "files": [{"file": item.file, "accepted": item.accepted, "rejected": item.rejected} for item in value.files],
        "routes": [{"pattern": r.pattern, "pages": r.pages, "owner": r.owner, "place": r.place} for r in value.routes],
        "plugins": dict(value.plugins),
        **({} if value.links is None else {"links": [_link(link) for link in value.links]}),
    }


def _link(value: OutsideLink) -> dict[str, Any]:
    return {"url": value.url, "state": value.state, "said": value.said, **_place(value.place)}


def problem(value: Problem) -> dict[str, Any]:
    """One problem: its parts, and ``text``, the line that people read."""
    return {
        "severity": str(value.severity),
        "code": value.code,
        **_place(value.place),
        "path": value.path,
        "what": value.what,
        "mend": value.mend,
        "plugin": value.plugin,
        "text": value.text,
    }


def _source(run: SourceRun) -> dict[str, Any]:
    origin = run.origin
    return {
        "mount": run.mount,
        "name": origin.name,
        "kind": origin.kind,
        "label": origin.label,
        "href": origin.href,
        "state": str(origin.state),
        "outcome": run.outcome,
        "as_of": _moment(origin.as_of),
        "ttl": origin.ttl,
        "error": origin.error,
        "place": _place(origin.place) if origin.place else None,
        "seconds": round(run.seconds, 3),
        "tries": run.tries,
        "bytes": run.size,
        "records": run.records,
    }


def _place(value: Place) -> dict[str, Any]:
    return {"file": value.file, "line": value.line, "column": value.column}


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat(timespec="seconds").replace("+00:00", "Z")
