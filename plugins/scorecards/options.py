"""What `site.yaml` and files of scorecards say: the forms of scorecards, levels, checks, campaigns and exemptions."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from callboard.plugin import seconds

Text = Annotated[str, Field(min_length=1)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
When = dict[str, Any] | str
"""A predicate over an entity, or Backstage's text form of one."""
RESERVED = ("teams",)
"""Names of pages of the mount itself, which no scorecard may have."""


def _free(value: str) -> str:
    if value in RESERVED:
        raise ValueError(f'"{value}" is the name of a page of the plugin itself. Write for example: id: {value}-scorecard')
    return value


def _day(value: Any) -> Any:
    """A day as YAML or JSON writes it. Raises ValueError with a sentence."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f'wanted a day, got "{value}". Write for example: 2027-01-31') from None


Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=str)]


def _duration(value: str) -> str:
    seconds(value)
    return value


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Level(_Form):
    """One step of a ladder."""

    id: Id
    """Its name in `level:` of checks, and in addresses."""
    title: str = ""
    """What people call it; without it, the id."""
    description: str = ""
    """What it stands for, one sentence."""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.title or self.id.replace("-", " ").replace("_", " ").capitalize()


class Check(_Form):
    """One question that is asked of each entity."""

    id: Id
    """Its name in exemptions, and in addresses."""
    title: Text
    """What must hold, in a few words: `Has an owner`."""
    level: str = ""
    """The level that it belongs to; without one, it counts for the score only."""
    weight: Annotated[float, Field(ge=0, le=1000)] = 1
    """How much it counts for the score."""
    filter: When = Field(default_factory=dict)
    """Which of the scorecard's entities are asked; the others are not applicable."""
    held: Annotated[When | None, Field(alias="pass")] = None
    """A predicate over the entity, or Backstage's text form of one."""
    data: dict[str, str] = Field(default_factory=dict)
    """Lists of other plugins by a name of yours: `{runs: "circleci:runs"}`."""
    match: dict[str, str] = Field(default_factory=dict)
    """Which of their records belong to an entity: a path of theirs and a path of the entity, or `"@"` for its reference."""
    expression: str = ""
    """With `data`: a JMESPath expression over the names of `data` and `entity`; without it, one record is enough."""
    missing: Literal["unknown", "failed", "passed", "skipped"] = "unknown"
    """With `data`: what an entity without a record is."""
    why: str = ""
    """Why it matters, as Markdown."""
    fix: str = ""
    """How one passes it, as Markdown."""
    owner: str = ""
    """Whom to ask, a reference to a group or user; without it, the scorecard's owner."""
    since: Day | None = None
    """The day from which it counts."""
    url: str = ""
    """Where to read more."""


class Campaign(_Form):
    """A goal with a day."""

    title: Text
    """What it is called: `Everything at silver`."""
    deadline: Day
    """The last day."""
    level: str = ""
    """The level that every entity should have reached; without it and `checks`, the highest."""
    checks: list[str] = Field(default_factory=list)
    """The checks that every entity should pass, instead of a level."""
    description: str = ""
    """Why, as Markdown."""


class Exemption(_Form):
    """An entity that need not pass a check, with the reason."""

    entity: Text
    """Its reference: `component:default/shop`."""
    check: Text
    """The check's id."""
    reason: Text
    """Why: readers see it."""
    until: Day | None = None
    """The last day that it holds; without it, for good."""


class Scorecard(_Form):
    """A ladder of checks for some entities."""

    id: Annotated[Id, AfterValidator(_free)]
    """Its name in addresses."""
    title: Text
    """What people call it."""
    description: str = ""
    """What it is for, one sentence."""
    owner: str = ""
    """Who keeps it, a reference to a group or user."""
    filter: When = Field(default_factory=dict)
    """Which entities it is about: a predicate, or Backstage's text form of one (`kind:component has:tags`)."""
    levels: list[Level] = Field(default_factory=lambda: [Level(id="bronze"), Level(id="silver"), Level(id="gold")])
    """The ladder, the lowest first; without it, bronze, silver and gold."""
    none: str = "No level"
    """What those are called that have not reached the first."""
    checks: Annotated[list[Check], Field(min_length=1)]
    """What is asked."""
    campaign: Campaign | None = None
    """A goal with a day."""
    exempt: list[Exemption] = Field(default_factory=list)
    """Who need not pass what."""


class Options(BaseModel):
    """Scorecards, and where files of them lie."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scorecards: list[Scorecard] = Field(
        default_factory=list,
        description="Scorecards: `id`, `title`, `owner`, `filter`, `levels`, `checks`, `campaign`, `exempt`.",
    )
    files: str = Field(
        default="content/scorecards/*.yaml",
        description="Files of scorecards, one in each, with the same keys; a path or glob relative to `site.yaml`.",
    )
    stale: Annotated[str, AfterValidator(_duration)] = Field(
        default="7d",
        description="How old the last good answer of a failing service may be before checks over it are unknown.",
    )
    relation: str = Field(
        default="ownedBy",
        description="The relation to an entity's team: `ownedBy`.",
    )
