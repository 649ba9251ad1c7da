"""Lighthouse's own JSON files: what ``lighthouse --output json``, Lighthouse CI, PageSpeed Insights and user flows write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final, NoReturn

from callboard.plugin import Context, File, InputFile, Origin, Place, Problem, Severity

from . import lhr
from .addresses import is_web
from .audits import Audit, from_file

_BESIDE: Final = frozenset({"manifest.json", "assertion-results.json", "links.json", "assertion-results.txt"})
"""Files that Lighthouse CI writes beside its results."""
_GLOB: Final = frozenset("*?[{")


class Files:
    """The results in the files of one mount; ``problems`` and ``inputs`` say which file gave what."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.problems: list[Problem] = []
        self.inputs: list[InputFile] = []
        self.origins: list[Origin] = []

    def audits(self, patterns: list[str]) -> list[Audit]:
        """One audit for each result, newest first; the same result in two files counts once."""
        found: dict[str, Audit] = {}
        for pattern in patterns:
            files = [file for file in self._context.files(pattern, place=self._context.place("files")) if _is_wanted(file)]
            if not files and not _GLOB & set(pattern):
                self._add(
                    self._context.place("files"),
                    f'there is no file "{pattern}".',
                    "Let Lighthouse write it there, or mend the path.",
                )
            for file in files:
                for audit in self._of_file(file):
                    found.setdefault(audit.id, audit)
            if files:
                self.origins.append(_origin(pattern, files))
        return sorted(found.values(), key=lambda audit: audit.at, reverse=True)

    def _of_file(self, file: File) -> Iterator[Audit]:
        key = f"file {file.digest}"
        kept = self._context.cache.get(key)
        if kept is None:
            try:
                kept = [[lhr.facts(result), lhr.report(result)] for result in lhr.results(_value(file))]
            except ValueError as error:
                self._refuse(file, str(error))
                return
            self._context.cache.set(key, kept)
        sound = [(number, facts, report) for number, (facts, report) in enumerate(kept) if is_web(facts["url"])]
        self.inputs.append(InputFile(file.name, len(sound), len(kept) - len(sound)))
        if len(sound) < len(kept):
            self._add(Place(file.name, 1, 1), "its result names no address of a website.", "Leave this file out of files:.")
        for number, facts, report in sound:
            yield from_file(f"{file.digest[:16]}{f'-{number + 1}' if number else ''}", facts, report, file.name)

    def _refuse(self, file: File, why: str) -> None:
        self.inputs.append(InputFile(file.name, 0, 1))
        self._add(Place(file.name, 1, 1), f"this file was left out: {why}", "Name only Lighthouse's JSON results under files:.")

    def _add(self, place: Place, what: str, mend: str) -> None:
        self.problems.append(Problem("lighthouse/no-result", what, place, mend=mend, severity=Severity.WARNING))


def _is_wanted(file: File) -> bool:
    return PurePosixPath(file.name).name not in _BESIDE


def _value(file: File) -> Any:
    """The file's JSON. Raises ValueError (a sentence)."""
    try:
        return json.loads(file.text, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise ValueError("it is no UTF-8 text.") from None
    except RecursionError:
        raise ValueError("it is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON (line {error.lineno}, column {error.colno}).") from None


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"it holds {word}, which is no JSON.")


def _origin(pattern: str, files: list[File]) -> Origin:
    """One origin for a pattern, whichever number of files it names."""
    if len(files) == 1:
        return Origin("files", "file", files[0].name, place=Place(files[0].name), digest=files[0].digest)
    digest = "".join(file.digest for file in files)[:64]
    return Origin("files", "file", f"{pattern} ({len(files)} files)", digest=digest)
