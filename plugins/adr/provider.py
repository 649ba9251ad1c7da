"""Finds the decisions of a site, and gives them with what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from callboard.plugin import Context, Dataset, File, InputFile, Problem, Provider, Severity, scm

from . import records
from .locating import Log, logs
from .opening import opened, placed, shown
from .options import Options
from .reading.decision import Decision, read
from .succession import succession


class Decisions(Provider[Options]):
    """Decisions of entities, and of folders that belong to none."""

    def provide(self, options: Options, context: Context) -> Dataset:
        """Lists: ``decisions`` (log by log), ``latest`` (newest first), ``logs``, ``statuses``, ``timeline``, ``trees``."""
        integrations = scm.known(cast(dict[str, Any], options.integrations))
        found, problems = logs(options.folders, context, integrations)
        opens = [opened(log, context, integrations) for log in found]
        wanted = re.compile(options.pattern, re.IGNORECASE)
        reader = _Reader(context, wanted)
        read_ = [(one.log, reader.decisions(one.log)) for one in opens]
        everywhere = {one.file: one for _, decisions in read_ for one in decisions}
        kept = [records.Kept(log, decisions, succession(decisions, everywhere)) for log, decisions in read_ if decisions]
        changes = {
            name: one for log, _ in read_ if log.folder and not log.address for name, one in context.changes(log.folder).items()
        }
        made = records.records(kept, changes)
        made_logs = records.logs(kept, made)
        problems += [one.problem for one in opens if one.problem]
        problems += [*reader.problems, *_once(placed(one, each.log) for each in kept for one in each.succession.problems)]
        return Dataset(
            decisions=made,
            latest=records.newest(made),
            logs=made_logs,
            statuses=records.statuses(made),
            timeline=sorted((step for log in made_logs for step in log["timeline"]), key=lambda step: step["date"], reverse=True),
            trees=records.trees(kept),
            origins=[one.origin for one in opens],
            problems=problems,
            files=reader.files,
        )


class _Reader:
    """Reads the files of logs, each once: two entities may share a folder."""

    def __init__(self, context: Context, wanted: re.Pattern[str]) -> None:
        self._context, self._wanted = context, wanted
        self._known: dict[str, Decision | None] = {}
        self.problems: list[Problem] = []
        self.files: list[InputFile] = []

    def decisions(self, log: Log) -> tuple[Decision, ...]:
        """The decisions of a log, in their order."""
        if not log.folder:
            return ()
        found = [one for file in self._files(log) if (one := self._read(file, log)) is not None]
        if not found:
            self.problems.append(_none(log))
        return records.in_order(found)

    def _files(self, log: Log) -> Iterator[File]:
        for file in self._context.files(log.pattern, place=log.place):
            if self._wanted.fullmatch(file.name.rpartition("/")[2]):
                yield file

    def _read(self, file: File, log: Log) -> Decision | None:
        if file.name not in self._known:
            one = read(file)
            decision = one if isinstance(one, Decision) else None
            self._known[file.name] = decision
            if isinstance(one, Problem):
                self.problems.append(placed(one, log))
            if one is not None:
                self.files.append(InputFile(shown(log, file.name), int(decision is not None), int(decision is None)))
            if decision is not None:
                self.problems += [placed(problem, log) for problem in decision.problems]
        return self._known[file.name]


def _none(log: Log) -> Problem:
    what = f'the folder "{log.label}" holds no decisions.'
    mend = "Write one: 0001-why-we-keep-decisions.md. Which names count says the option `pattern`."
    return Problem("adr/no-decisions", what, log.place, mend=mend, severity=Severity.WARNING)


def _once(problems: Iterator[Problem]) -> Sequence[Problem]:
    """Each problem once: two entities may share a folder."""
    return list(dict.fromkeys(problems))
