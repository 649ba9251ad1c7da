"""The source ``file``: files of the site."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from callboard import __version__, paths
from callboard.data import filling, formats
from callboard.data.sources.source import Fault, Loaded, Source, joined
from callboard.model.dataset import InputFile, Origin, SourceRun, State
from callboard.model.lookup import placeholders
from callboard.model.problem import Place, Problem, Severity
from callboard.yamlfile import Document

_SIZES: Final = {"json": 20_000_000, "csv": 20_000_000}
_SIZE: Final = 2_000_000
_CACHED_FROM: Final = 65_536
"""Bytes from which a parsed YAML or TOML file is kept: JSON is read back many times faster. JSON and CSV gain nothing."""


class Files(Source):
    """Files of the site, by path or glob."""

    __slots__ = ()

    def one(self, item: Any) -> Loaded:
        """The records of the files that ``file`` names."""
        pattern = filling.pattern(self.spec.file, self.scope(item))
        try:
            base, found = paths.find(self.root, pattern)
        except paths.Refused as refused:
            return Loaded([], problems=(self.problem(self._at_option("refused-file", refused.what, refused.mend)),))
        single = not _is_glob(pattern)
        started = time.perf_counter()
        parts = [self._read(base, path, alone=single, pattern=pattern) for path in found]
        return self._gathered(pattern, joined(part for part, _ in parts), [d for _, d in parts if d], item, started, single)

    def _at_option(self, code: str, what: str, mend: str) -> Fault:
        option = next((text for text in placeholders(self.spec.file) if text in self.plugin.option_marks), "")
        return Fault(code, what, mend, "file", option)

    def _gathered(self, pattern: str, read: Loaded, digests: list[str], item: Any, started: float, single: bool) -> Loaded:
        problems = read.problems
        missing = not digests and not problems and not self.spec.optional
        if missing:
            what = f'no file fits "{pattern}".' if _is_glob(pattern) else f'the file "{pattern}" does not exist.'
            severity = Severity.WARNING if _is_glob(pattern) else Severity.ERROR
            problems = (self.problem(self._at_option("missing-file", what, "Create it, or mend the path."), severity=severity),)
        digest = hashlib.sha256("\n".join(digests).encode()).hexdigest() if digests else ""
        place = Place(pattern, 1, 1) if single else Place(pattern)
        origin = Origin(self.name, "file", pattern, place=place, digest=digest)
        if missing:
            origin = replace(origin, state=State.FAILED, error="no such file")
        run = SourceRun(self.plugin.id, origin, "read", time.perf_counter() - started, records=len(read.records))
        return replace(read, records=self.itemed(read.records, item), origins=(origin,), problems=problems, runs=(run,))

    def _read(self, base: Path, path: Path, *, alone: bool, pattern: str) -> tuple[Loaded, str]:
        """The records of one file, and a digest of its name and content ("" if it is not there)."""
        name = paths.shown(self.root, path)
        form = self.spec.format or formats.ENDINGS.get(path.suffix.lower(), "")
        severity = Severity.ERROR if alone else Severity.WARNING
        try:
            content = paths.read(base, path, limit=_SIZES.get(form, _SIZE))
        except FileNotFoundError:
            return (Loaded([]), "") if alone else (self._refused(name, "a link leads nowhere.", "Remove the link.", severity), "")
        except paths.Refused as refused:
            return self._refused(name, refused.what, refused.mend, severity), ""
        if not form:
            mend = f"Write format: yaml (or json, csv, toml, markdown) into the source, or name other files than {pattern}."
            return self._refused(name, "its ending says no format that is read.", mend, severity), ""
        digest = hashlib.sha256(content).hexdigest()
        records, faults = self._records_of(base, path, content, digest, form)
        code = "bad-front-matter" if form == "markdown" else f"bad-{form}"
        problems = tuple(
            Problem(
                "wrong-shape" if isinstance(fault, _ShapeError) else code,
                fault.what,
                Place(name, fault.line, fault.column),
                mend=fault.mend,
                severity=severity,
                plugin=self.plugin.id,
            )
            for fault in faults
        )
        return Loaded(records, problems=problems, files=(InputFile(name, len(records), len(faults)),)), f"{name}\0{digest}"

    def _refused(self, name: str, what: str, mend: str, severity: Severity) -> Loaded:
        problem = Problem("refused-file", what, Place(name, 1, 1), mend=mend, severity=severity, plugin=self.plugin.id)
        return Loaded([], problems=(problem,), files=(InputFile(name, 0, 1),))

    def _records_of(
        self, base: Path, path: Path, content: bytes, digest: str, form: str
    ) -> tuple[list[Any], list[formats.Unreadable]]:
        if form == "markdown":
            try:
                return [_page(formats.page(content), path.relative_to(base).as_posix(), paths.shown(self.root, path))], []
            except formats.Unreadable as fault:
                return [], [fault]
        parsed = self._parsed(content, digest, form)
        records: list[Any] = []
        faults = list(parsed.faults)
        for document in parsed.documents:
            try:
                records += self.records(document.value)
            except ValueError as error:
                faults.append(_ShapeError(str(error), "Mend the file, or the manifest's select.", document.line))
        return records, faults

    def _parsed(self, content: bytes, digest: str, form: str) -> formats.Parsed:
        if len(content) < _CACHED_FROM or form not in ("yaml", "toml"):
            return formats.parse(content, form)
        key = f"{form} {digest} {__version__}"
        kept = self.cache.get("parsed", key)
        if kept is not None:
            return formats.Parsed(tuple(Document(*part) for part in json.loads(kept)))
        parsed = formats.parse(content, form)
        if not parsed.faults:
            parts = [[part.value, part.line, part.index] for part in parsed.documents]
            self.cache.set("parsed", key, json.dumps(parts, separators=(",", ":")).encode())
        return parsed


class _ShapeError(formats.Unreadable):
    """A document that is well written, but holds no records."""


def _is_glob(pattern: str) -> bool:
    return any(mark in pattern for mark in "*?[{")


def _page(page: formats.Page, below: str, file: str) -> dict[str, Any]:
    """The record of a Markdown file; ``below`` is its name under the pattern's folder."""
    name = PurePosixPath(below)
    index = name.stem.lower() in ("index", "readme")
    site_path = name.parent.as_posix() if index else name.with_suffix("").as_posix()
    words = (name.parent.name if index else name.stem).replace("-", " ").replace("_", " ").strip()
    title = page.matter.get("title")
    if title in (None, ""):
        title = page.title or (words[:1].upper() + words[1:]) or "Home"
    return {
        **page.matter,
        "title": str(title),
        "text": page.text,
        "text_line": page.line,
        "path": "" if site_path == "." else f"{site_path}/",
        "file": file,
    }
