"""Options of a mount: where audits come from, how many are shown, and budgets."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from callboard.plugin import Secret, seconds

from .addresses import is_web

_STRICT: Final = ConfigDict(extra="forbid", frozen=True)


def _address(text: str) -> str:
    if text and (not is_web(text) or "@" in text.partition("://")[2].partition("/")[0] or "?" in text or "#" in text):
        raise ValueError(
            f'wanted an http or https address without user, query and fragment, got "{text}". '
            "Write for example: https://lighthouse.example.com"
        )
    return text.rstrip("/")


def _listed(value: Any) -> Any:
    """One text stands for a list of it."""
    return [value] if isinstance(value, str) else value


def _milliseconds(value: Any) -> Any:
    """A number is milliseconds; a text is a duration such as ``2.5s``."""
    return round(seconds(value, example="2.5s") * 1000, 3) if isinstance(value, str) else value


Score = Annotated[int, Field(ge=0, le=100)]
Time = Annotated[float, BeforeValidator(_milliseconds, json_schema_input_type=float | str), Field(gt=0)]
Texts = Annotated[list[Annotated[str, Field(min_length=1)]], BeforeValidator(_listed, json_schema_input_type=str | list[str])]


class Budget(BaseModel):
    """What sites should reach: the least score of a category, the most of a metric."""

    model_config = _STRICT

    sites: Texts = Field(default_factory=list, description="Addresses of sites, `*` standing for anything; without it, all.")
    form: Literal["", "mobile", "desktop"] = Field(default="", description="Only this form factor.")
    performance: Score | None = Field(default=None, description="The least score, 0 to 100; so with the other categories.")
    accessibility: Score | None = None
    best_practices: Score | None = Field(default=None, alias="best-practices")
    seo: Score | None = None
    pwa: Score | None = None
    first_contentful_paint: Time | None = Field(default=None, alias="first-contentful-paint")
    largest_contentful_paint: Time | None = Field(default=None, alias="largest-contentful-paint")
    total_blocking_time: Time | None = Field(default=None, alias="total-blocking-time")
    cumulative_layout_shift: Annotated[float, Field(ge=0)] | None = Field(default=None, alias="cumulative-layout-shift")
    speed_index: Time | None = Field(default=None, alias="speed-index")
    interactive: Time | None = None
    interaction_to_next_paint: Time | None = Field(default=None, alias="interaction-to-next-paint")
    max_potential_fid: Time | None = Field(default=None, alias="max-potential-fid")
    server_response_time: Time | None = Field(default=None, alias="server-response-time")
    total_byte_weight: Annotated[float, Field(gt=0)] | None = Field(default=None, alias="total-byte-weight")


class Options(BaseModel):
    """Where audits come from, how many are shown, and budgets."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    service: Annotated[str, AfterValidator(_address)] = Field(
        default="", description="The address of a lighthouse-audit-service: `https://lighthouse.example.com`."
    )
    files: Texts = Field(
        default_factory=list,
        description="Lighthouse's JSON results, paths or globs: `.lighthouseci/lhr-*.json`; instead of a service, or beside it.",
    )
    token: Annotated[Secret | None, WithJsonSchema({"type": "string"})] = Field(
        default=None,
        description="Sent to the service as `Authorization: Bearer …`, for one that stands behind a login.",
        json_schema_extra={"env": "LIGHTHOUSE_TOKEN"},
    )
    public: Annotated[str, AfterValidator(_address)] = Field(
        default="",
        description="Where readers reach the service, if that is another address; links to its full reports lead there.",
    )
    history: Annotated[int, Field(ge=2, le=100)] = Field(default=30, description="How many audits of a site its trends show.")
    reports: Annotated[int, Field(ge=1, le=100)] = Field(
        default=10, description="How many of them, the newest, have a page of their own with what the audit found."
    )
    fetch: Annotated[int, Field(ge=1, le=5000)] = Field(
        default=300,
        description="The most reports fetched in one build; each is fetched once, and the rest follows with the next builds.",
    )
    budgets: list[Budget] = Field(
        default_factory=list,
        description="What sites should reach: `[{performance: 90, largest-contentful-paint: 2.5s}, {sites: https://a.example, seo: 99}]`.",
    )
