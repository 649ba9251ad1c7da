"""The declared sources of a mount: files and addresses → records, with where they came from and what was left out."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from callboard import __version__, paths
from callboard.data import filling, formats
from callboard.data.answers import Body, Failed
from callboard.data.cache import CacheStore
from callboard.data.filling import hosts, secrets
from callboard.data.http import Client
from callboard.model import duration
from callboard.model.dataset import InputFile, Origin, SourceRun, State
from callboard.model.lookup import placeholders
from callboard.model.manifest import Plugin
from callboard.model.problem import Place, Problem, Severity
from callboard.model.source import SourceSpec
from callboard.yamlfile import Document

__all__ = ["Loaded", "hosts", "load", "secrets"]

_SIZES: Final = {"json": 20_000_000, "csv": 20_000_000}
_SIZE: Final = 2_000_000
_CACHED_FROM: Final = 65_536
"""Bytes from which a parsed YAML or TOML file is kept: JSON is read back many times faster. JSON and CSV gain nothing."""
_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one source gave."""

    records: list[Any]
    origins: tuple[Origin, ...] = ()
    problems: tuple[Problem, ...] = ()
    files: tuple[InputFile, ...] = ()
    runs: tuple[SourceRun, ...] = ()


def load(
    name: str,
    spec: SourceSpec,
    plugin: Plugin,
    *,
    site_root: Path,
    client: Client,
    cache: CacheStore,
    check: bool = False,
) -> Loaded:
    """The records of one source, once for each item if it says ``each``. Never raises for what files and services hold.

    ``check`` asks no service. What each fetch did is in ``runs``; the client does not report it.
    """
    source = _Source(name, spec, plugin, site_root, client, cache)
    try:
        source.select = _compiled(spec.select)
        items = source.items()
    except _Fault as fault:
        return Loaded([], problems=(source.problem(fault),))
    one = source.from_file if spec.file else source.skipped if check else source.from_service
    if spec.file or check or len(items) < 2:
        return _joined([one(item) for item in items])
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="source") as pool:
        return _joined(pool.map(one, items))


def _joined(parts: Iterable[Loaded]) -> Loaded:
    found = tuple(parts)
    return Loaded(
        [record for part in found for record in part.records],
        tuple(origin for part in found for origin in part.origins),
        tuple(dict.fromkeys(problem for part in found for problem in part.problems)),
        tuple(file for part in found for file in part.files),
        tuple(run for part in found for run in part.runs),
    )


class _Fault(Exception):
    """Something in the manifest or the options that keeps a source from being loaded."""

    def __init__(self, code: str, what: str, mend: str, key: str, option: str = "") -> None:
        super().__init__(what)
        self.code, self.what, self.mend, self.key, self.option = code, what, mend, key, option


_ONCE: Final = object()
"""The item of a source without ``each``."""


@dataclass(slots=True)
class _Source:
    """One source of one mount."""

    name: str
    spec: SourceSpec
    plugin: Plugin
    root: Path
    client: Client
    cache: CacheStore
    select: Callable[[Any], Any] | None = field(default=None)

    def items(self) -> list[Any]:
        """What ``each`` names; one nothing without it."""
        if not self.spec.each:
            return [_ONCE]
        found = self.plugin.options.get(self.spec.each)
        if found is None:
            return []
        if not isinstance(found, (list, tuple)):
            what = f'the source "{self.name}" is loaded for each of the option "{self.spec.each}", which is no list.'
            raise _Fault("wrong-shape", what, "Make the option a list.", "each", self.spec.each)
        return list(found)

    def problem(self, fault: _Fault, *, severity: Severity = Severity.ERROR) -> Problem:
        """The Problem of a fault: at the option that was said, else in the manifest."""
        place = self.plugin.option_marks.get(fault.option) or self.plugin.manifest_marks.at(("sources", self.name, fault.key))
        path = f"options.{fault.option}" if fault.option in self.plugin.option_marks else f"sources.{self.name}.{fault.key}"
        return Problem(fault.code, fault.what, place, path, fault.mend, severity, self.plugin.id)

    def scope(self, item: Any) -> Mapping[str, Any]:
        """What is filled in."""
        return self.plugin.options if item is _ONCE else {**self.plugin.options, "item": item}

    def missing(self, option: str, key: str) -> Loaded:
        """Nothing, since an option has no value."""
        declared = self.plugin.manifest.options
        if self.spec.optional or (isinstance(declared, dict) and option in declared and declared[option].optional):
            return Loaded([])
        what = f'the source "{self.name}" needs the option "{option}".'
        fault = _Fault("missing-option", what, f"Set {option} under options: of the mount.", key)
        return Loaded([], problems=(replace(self.problem(fault), place=self.plugin.mount_place, path="options"),))

    def records(self, value: Any) -> list[Any]:
        """The records of a document: its items, or itself. Raises ValueError with a sentence."""
        found = self.select(value) if self.select else value
        if found is None:
            if self.select:
                raise ValueError(f'select: "{self.spec.select}" finds nothing in it.')
            return []
        if not isinstance(found, (list, dict)) and not self.select:
            raise ValueError("it holds one value, wanted a list of records or a mapping.")
        return found if isinstance(found, list) else [found]

    # Files

    def from_file(self, item: Any) -> Loaded:
        """The records of the files that ``file`` names."""
        try:
            pattern = filling.pattern(self.spec.file, self.scope(item))
            base, found = paths.find(self.root, pattern)
        except filling.Missing as missing:
            return self.missing(missing.option, "file")
        except paths.Refused as refused:
            return Loaded([], problems=(self.problem(self._at_option("refused-file", refused.what, refused.mend)),))
        single = not _is_glob(pattern)
        started = time.perf_counter()
        parts = [self._read(base, path, alone=single, pattern=pattern) for path in found]
        return self._gathered(pattern, _joined(part for part, _ in parts), [d for _, d in parts if d], item, started, single)

    def _at_option(self, code: str, what: str, mend: str) -> _Fault:
        option = next((text for text in placeholders(self.spec.file) if text in self.plugin.option_marks), "")
        return _Fault(code, what, mend, "file", option)

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
        return replace(read, records=self._itemed(read.records, item), origins=(origin,), problems=problems, runs=(run,))

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

    def _itemed(self, records: list[Any], item: Any) -> list[Any]:
        if item is _ONCE:
            return records
        return [{**record, "item": item} if isinstance(record, dict) and "item" not in record else record for record in records]

    # Services

    def skipped(self, item: Any) -> Loaded:
        """Nothing: ``check`` asks nobody. The address is looked at all the same."""
        return self._asked(item, self._not_asked)

    def from_service(self, item: Any) -> Loaded:
        """The records of the address that ``http`` names."""
        return self._asked(item, lambda url: self._fetched(url, item))

    def _asked(self, item: Any, ask: Callable[[str], Loaded]) -> Loaded:
        try:
            url = filling.url(self.spec.http, self.scope(item), filling.addresses(self.plugin))
        except filling.Missing as missing:
            return self.missing(missing.option, "http")
        except ValueError as error:
            what = f'the address of the source "{self.name}" cannot be used: {error}'
            return Loaded([], problems=(self.problem(_Fault("bad-url", what, "Mend the address or the option.", "http")),))
        return ask(url)

    def _not_asked(self, url: str) -> Loaded:
        origin = Origin(self.name, "http", urlsplit(url).netloc.rpartition("@")[2], State.SKIPPED)
        return Loaded([], origins=(origin,), runs=(SourceRun(self.plugin.id, origin, "skipped"),))

    def _fetched(self, url: str, item: Any) -> Loaded:
        try:
            found = self.client.fetch(
                url,
                accept=lambda body: self._accepted(body, url),
                headers=filling.headers(self.spec, self.plugin.options),
                name=self.name,
                ttl=duration.seconds(self.spec.ttl) if self.spec.ttl else None,
                secrets=secrets(self.plugin.options),
            )
        except Failed as failed:
            return Loaded([], origins=(failed.run.origin,), runs=(failed.run,))
        records = self._itemed(found.value, item)
        return Loaded(records, origins=(found.origin,), runs=(replace(found.run, records=len(records)),))

    def _accepted(self, body: Body, url: str) -> list[Any]:
        """The records of an answer. Raises ValueError: it is unusable, and never replaces a good one."""
        form = self.spec.format or _form(body.media_type, urlsplit(url).path)
        if form == "markdown":
            raise ValueError("Markdown is read from files only")
        if form != "csv" and not body.content.strip():
            raise ValueError("it is empty")
        parsed = formats.parse(body.content, form)
        for fault in parsed.faults:
            raise ValueError(f"{fault.what.rstrip('.')} (line {fault.line})")
        return [record for document in parsed.documents for record in self._shaped(document.value)]

    def _shaped(self, value: Any) -> list[Any]:
        if value is None:
            raise ValueError("it holds null")
        return self.records(value)


class _ShapeError(formats.Unreadable):
    """A document that is well written, but holds no records."""


def _is_glob(pattern: str) -> bool:
    return any(mark in pattern for mark in "*?[{")


def _form(media_type: str, path: str) -> str:
    ending = formats.ENDINGS.get(PurePosixPath(path).suffix.lower(), "")
    if media_type in formats.MEDIA_TYPES:
        return formats.MEDIA_TYPES[media_type]
    if media_type.endswith("+json"):
        return "json"
    if media_type.endswith("+yaml"):
        return "yaml"
    if media_type in ("", "text/plain", "application/octet-stream", "binary/octet-stream"):
        return ending or "json"
    raise ValueError(f"it is {media_type[:60]}, not JSON, YAML or CSV")


def _compiled(expression: str) -> Callable[[Any], Any] | None:
    if not expression:
        return None
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        compiled = jmespath.compile(expression)
    except JMESPathError as error:
        words = " ".join(str(error).split())
        raise _Fault(
            "bad-expression", f'select: "{expression}" is no JMESPath: {words}', "Mend the expression.", "select"
        ) from None

    def select(value: Any) -> Any:
        try:
            return compiled.search(value)
        except JMESPathError as error:
            raise ValueError(f'select: "{expression}" does not fit it: {" ".join(str(error).split())}') from None

    return select


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
