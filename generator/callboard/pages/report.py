"""The build report at ``/-/build/`` as plain data for its template and for ``report.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from callboard.model import duration
from callboard.model.dataset import SourceRun
from callboard.model.manifest import Plugin
from callboard.model.problem import Problem, Severity
from callboard.model.report import BuildReport, run_id

PATH = "/-/build/"
_FILES = 200
"""Files listed one by one: the page's weight does not grow with the catalog."""
_PROBLEMS = 500
"""Problems listed one by one; all of them are in the terminal and in ``--format json``."""


def values(report: BuildReport, plugins: Sequence[Plugin], timings: Mapping[str, float]) -> dict[str, Any]:
    """What the report page shows; without ``timings`` it says nothing that differs between equal builds."""
    rejected = [file for file in report.files if file.rejected]
    accepted = [file for file in report.files if not file.rejected]
    listed = [*rejected, *accepted][:_FILES]
    return {
        "version": report.version,
        "built": report.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": report.commit,
        "seconds": round(sum(timings.values()), 2),
        "timings": {name: round(seconds, 3) for name, seconds in timings.items()},
        "counts": {
            "pages": report.pages,
            "sources": len(report.sources),
            "stale": report.stale,
            "problems": len(report.problems),
        },
        "sources": [_source(run, timed=bool(timings)) for run in report.sources],
        "problems": [
            {
                "severity": str(p.severity),
                "place": str(p.place),
                "path": p.path,
                "what": p.what,
                "mend": p.mend,
                "code": p.code,
                "plugin": p.plugin,
            }
            for p in sorted(report.problems, key=_weight)[:_PROBLEMS]
        ],
        "problems_more": max(0, len(report.problems) - _PROBLEMS),
        "files": {
            "accepted": sum(bool(file.accepted) for file in report.files),
            "rejected": len(rejected),
            "list": [{"file": f.file, "accepted": f.accepted, "rejected": f.rejected} for f in listed],
            "more": len(report.files) - len(listed),
        },
        "routes": [{"pattern": g.pattern, "pages": g.pages, "owner": g.owner, "place": g.place} for g in report.routes],
        "plugins": [{"id": p.id, "name": p.name, "origin": p.origin, "path": p.path, "title": p.title} for p in plugins],
    }


def _weight(problem: Problem) -> int:
    """Errors first, then what was left out, last the many references and links that lead nowhere; else in their order."""
    if problem.severity is Severity.ERROR:
        return 0
    return 2 if problem.code in ("dangling-reference", "broken-link") else 1


def _source(run: SourceRun, *, timed: bool) -> dict[str, Any]:
    origin = run.origin
    return {
        "id": run_id(run.mount, origin.name),
        "mount": run.mount,
        "name": origin.name,
        "label": origin.label,
        "href": origin.href,
        "state": str(origin.state),
        "as_of": origin.as_of.strftime("%Y-%m-%dT%H:%M:%SZ") if origin.as_of else "",
        "ttl": duration.words(origin.ttl) if origin.ttl else "",
        "outcome": run.outcome if timed else "",
        "error": origin.error,
        "records": run.records,
        "size": run.size,
        "tries": run.tries if timed else 0,
        "ms": round(run.seconds * 1000) if timed else 0,
    }
