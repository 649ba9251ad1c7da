"""Judges all entities under all scorecards of a mount."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from callboard.plugin import Context, Dataset, NotConfigured, Origin, Provider, State, of_plugin, seconds

from .checking import check
from .checking.spelling import Spelling
from .gathering import Gathered, gather
from .judging.facts import Facts
from .judging.judge import judge
from .options import Options, Scorecard
from .records import boards as board_records
from .records import matrices, results, rules, teams
from .records.figures import Board
from .relations import Relations


class Scorecards(Provider[Options]):
    """Lists ``boards``, ``rules``, ``matrices``, ``teams``, ``results``, ``definitions`` and ``levels``."""

    def provide(self, options: Options, context: Context) -> Dataset:
        """All that the pages show. The clock is read only where days matter: for exemptions, campaigns and checks to come."""
        found = gather(options, context)
        if not (found.told or found.problems):
            raise NotConfigured("Write scorecards under `scorecards`, or name the `files` that hold them.")
        relations = Relations(context.entities, context.kinds, options.relation)

        def today() -> date:
            return context.now.date()

        facts = Facts(context.datasets, now=lambda: context.now, limit=seconds(options.stale), limit_words=options.stale)
        spelling = Spelling(list(relations.known.values()), relations)
        sound = []
        for told in found.told:
            problems, judgeable = check(told, relations.known, facts, spelling=spelling, today=today)
            found.problems += problems
            sound += [told.spec] if judgeable else []
        judged = [judge(spec, relations.known.values(), facts, related=relations.of, today=today) for spec in sound]
        boards = [Board(one, relations) for one in judged]
        kinds = dict(context.kinds)
        team_records = teams.records(boards)
        return Dataset(
            boards=[board_records.record(board, today) for board in boards],
            rules=[page for board in boards for page in rules.pages(board)],
            matrices=[page for board in boards for page in matrices.pages(board, kinds)],
            teams=team_records,
            results=results.records(boards),
            definitions=[results.definitions(boards)] if boards else [],
            levels=[
                {"key": f"{board.id}/{level['id']}", "count": level["count"]}
                for board in boards
                for level in board.distribution(board.judged.outcomes)
            ],
            origins=_origins(found, sound, context),
            problems=found.problems,
            files=found.files,
        )


def _origins(found: Gathered, specs: Iterable[Scorecard], context: Context) -> list[Origin]:
    """Where the definitions are from, and what of the data that they look at is stale or failed."""
    asked = {of_plugin(text)[0] for spec in specs for one in spec.checks for text in one.data.values()}
    looked = [dataset for name, dataset in context.datasets.items() if name in asked or dataset.entities]
    amiss = (origin for dataset in looked for origin in dataset.origins if origin.state in (State.STALE, State.FAILED))
    return [*found.origins, *amiss]
