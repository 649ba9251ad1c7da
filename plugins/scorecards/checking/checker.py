"""The checker: what names something that is not there, asks what cannot be asked, or has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from callboard.plugin import Entity, EntityRef, Problem, Query, condition_faults, of_plugin

from ..gathering import Key, Told
from ..judging.facts import Facts
from ..options import Check, When
from .faults import Faults, meant
from .spelling import Spelling


def check(
    told: Told,
    entities: Mapping[str, Entity],
    facts: Facts,
    *,
    spelling: Spelling,
    today: Callable[[], date],
) -> tuple[list[Problem], bool]:
    """What is wrong with one scorecard, and whether it can be judged all the same."""
    faults = Faults(told)
    for part in (_names, _references, _questions, _campaign, _exemptions):
        part(told, faults)
    if not faults.errors:
        _ended(told, faults, today)
        _absent(told, faults, entities)
        _data(told, faults, facts, spelling)
        _spelling(told, faults, spelling)
    return faults.problems, not faults.errors


def _names(told: Told, faults: Faults) -> None:
    spec = told.spec
    named = {"levels": [level.id for level in spec.levels], "checks": [one.id for one in spec.checks]}
    for name, ids in named.items():
        for number, word in enumerate(ids):
            if word in ids[:number]:
                faults.error(
                    "said-twice", (name, number, "id"), f'there are two {name} "{word}".', "Give one of them another id."
                )
    levels = named["levels"]
    for number, one in enumerate(spec.checks):
        if one.level and one.level not in levels:
            what = f'there is no level "{one.level}" in this scorecard.'
            faults.error("unknown-level", ("checks", number, "level"), what, meant(one.level, levels))


def _references(told: Told, faults: Faults) -> None:
    said: list[tuple[Key, str]] = [(("owner",), told.spec.owner)]
    said += [(("checks", number, "owner"), one.owner) for number, one in enumerate(told.spec.checks)]
    said += [(("exempt", number, "entity"), one.entity) for number, one in enumerate(told.spec.exempt)]
    for key, text in said:
        if text:
            try:
                EntityRef.parse(text)
            except ValueError as error:
                faults.error("bad-reference", key, str(error).partition(" Write ")[0], "Write kind:namespace/name.")


def _questions(told: Told, faults: Faults) -> None:
    _predicate(told.spec.filter, ("filter",), faults)
    for number, one in enumerate(told.spec.checks):
        key: Key = ("checks", number)
        _predicate(one.filter, (*key, "filter"), faults)
        if one.held is None and not one.data:
            faults.error(
                "no-question",
                key,
                f'the check "{one.id}" asks nothing.',
                "Write for example: pass: {spec.owner: {$exists: true}}",
            )
        elif one.held is not None and one.data:
            faults.error(
                "no-question",
                (*key, "pass"),
                f'the check "{one.id}" has both pass and data.',
                "Ask of data with expression:, or make two checks of it.",
            )
        elif one.held is not None:
            _predicate(one.held, (*key, "pass"), faults)
            _idle(one, key, faults)
        else:
            _expressions(one, key, faults)


def _predicate(when: When, key: Key, faults: Faults) -> None:
    for what in condition_faults(when):
        sentence, found, mend = what.partition(" Write for example: ")
        faults.error("wrong-predicate", key, sentence, f"{found.strip()} {mend}".strip())
    if key[-1] == "pass" and not when:
        faults.error(
            "wrong-predicate", key, "an empty predicate holds for everything.", "Write what must hold, or remove the check."
        )


def _idle(one: Check, key: Key, faults: Faults) -> None:
    for name in ("match", "expression", "missing"):
        if name in one.model_fields_set:
            faults.error(
                "idle-key", (*key, name), f"{name} does nothing without data.", 'Add for example: data: {runs: "ci:runs"}'
            )


def _expressions(one: Check, key: Key, faults: Faults) -> None:
    for name, text in one.data.items():
        plugin, expression = of_plugin(text)
        if not plugin:
            faults.error("no-plugin", (*key, "data", name), f'"{text}" does not say whose data it is.', f"Write plugin:{text}")
        else:
            _query(expression, (*key, "data", name), faults)
    query = _query(one.expression, (*key, "expression"), faults) if one.expression else None
    known = [*one.data, "entity"]
    if query is not None and not query.fields & set(known):
        looked = sorted(query.fields)
        what = f'"{one.expression}" looks at none of {", ".join(known)}.'
        faults.error("unknown-name", (*key, "expression"), what, meant(looked[0], known) if looked else "")


def _query(text: str, key: Key, faults: Faults) -> Query | None:
    try:
        return Query(text)
    except ValueError as error:
        faults.error("bad-expression", key, str(error), "Write for example: runs[?branch=='main'] | [0].state == 'passed'")
    return None


def _campaign(told: Told, faults: Faults) -> None:
    campaign = told.spec.campaign
    if campaign is None:
        return
    levels = [level.id for level in told.spec.levels]
    if campaign.level and campaign.level not in levels:
        what = f'there is no level "{campaign.level}" in this scorecard.'
        faults.error("unknown-level", ("campaign", "level"), what, meant(campaign.level, levels))
    if campaign.level and campaign.checks:
        faults.error("no-question", ("campaign", "checks"), "a campaign has either a level or checks.", "Remove one of them.")
    for number, name in enumerate(campaign.checks):
        _check_of(name, ("campaign", "checks", number), told, faults)


def _exemptions(told: Told, faults: Faults) -> None:
    for number, one in enumerate(told.spec.exempt):
        _check_of(one.check, ("exempt", number, "check"), told, faults)


def _check_of(name: str, key: Key, told: Told, faults: Faults) -> None:
    known = [check.id for check in told.spec.checks]
    if name not in known:
        faults.error("unknown-check", key, f'there is no check "{name}" in this scorecard.', meant(name, known))


def _ended(told: Told, faults: Faults, today: Callable[[], date]) -> None:
    for number, one in enumerate(told.spec.exempt):
        if one.until is not None and one.until < today():
            what = f"the exemption of {one.entity} from {one.check} ended on {one.until.isoformat()}: the check counts again."
            faults.warning("ended", ("exempt", number, "until"), what, "Remove it, or give it a later day.")


def _absent(told: Told, faults: Faults, entities: Mapping[str, Entity]) -> None:
    """References that lead nowhere; nothing is said while there are no entities at all."""
    said: list[tuple[Key, str]] = [(("exempt", number, "entity"), one.entity) for number, one in enumerate(told.spec.exempt)]
    said += [(("owner",), told.spec.owner)] if told.spec.owner else []
    said += [(("checks", number, "owner"), one.owner) for number, one in enumerate(told.spec.checks) if one.owner]
    for key, text in said if entities else ():
        if str(EntityRef.parse(text)) not in entities:
            kind = str(EntityRef.parse(text)).partition(":")[0]
            same = [ref for ref in entities if ref.startswith(f"{kind}:")]
            mend = meant(str(EntityRef.parse(text)), same) if len(same) < 20_000 else ""
            mend = mend if mend.startswith("Did") else "Mend the reference, or describe that entity."
            faults.warning("unknown-entity", key, f"{text} is not in the catalog.", mend)


def _data(told: Told, faults: Faults, facts: Facts, spelling: Spelling) -> None:
    for number, name, text in _sources(told.spec.checks):
        key: Key = ("checks", number, "data", name)
        plugin, expression = of_plugin(text)
        if plugin not in facts.plugins:
            what = f'there is no plugin "{plugin}" mounted, so that the check is unknown for all.'
            faults.warning("unknown-plugin", key, what, meant(plugin, facts.plugins))
            continue
        lists, looked = facts.lists(plugin), Query(expression).fields
        if not looked & {*lists, "entities"} and not facts.failed(plugin):
            word = next(iter(sorted(looked)), expression)
            faults.warning("unknown-list", key, f'the plugin "{plugin}" has no list "{word}".', meant(word, lists))
            continue
        try:
            records = facts.source(text).records
        except ValueError as error:
            faults.error("bad-expression", key, str(error))
            continue
        for path in told.spec.checks[number].match:
            if found := spelling.of_records(path, records):
                faults.warning(
                    "misspelt-path", ("checks", number, "match", path), f"no record of {text} has {found[0]}.", found[1]
                )


def _sources(checks: Sequence[Check]) -> Iterator[tuple[int, str, str]]:
    for number, one in enumerate(checks):
        for name, text in one.data.items():
            yield number, name, text


def _spelling(told: Told, faults: Faults, spelling: Spelling) -> None:
    """Paths that no entity has, where one of a similar name is there: such a predicate can never hold."""
    spec = told.spec
    said: list[tuple[Key, When]] = [(("filter",), spec.filter)]
    for number, one in enumerate(spec.checks):
        said += [(("checks", number, "filter"), one.filter), (("checks", number, "pass"), one.held or {})]
        for path, theirs in one.match.items():
            if theirs != "@":
                said.append((("checks", number, "match", path), {theirs: {"$exists": True}}))
    for key, when in said:
        for path in spelling.paths(when):
            if found := spelling.of_entities(path):
                faults.warning("misspelt-path", key, f"no entity has {found[0]}.", found[1])
    if spelling.entities and not spelling.about(spec.filter):
        faults.warning("no-entities", ("filter",), "the scorecard is about no entity.", "Mend its filter.")
