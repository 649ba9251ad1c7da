"""Metrics: the numbers of a dataset that are worth keeping, as manifests declare them and as providers are given them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field

from callboard.model.strict import Strict

Better = Literal["", "higher", "lower"]


class MetricSpec(Strict):
    """A number of the dataset that is kept each day, so that there is a trend of it; a text is its `value`."""

    value: Annotated[str, Field(min_length=1)]
    """A JMESPath expression that gives the number: `length(runs[?state=='failed'])`; with `each`, over one record: `score`."""
    each: str = ""
    """A list (or JMESPath expression): each of its records has a series of its own."""
    key: str = ""
    """With `each`: what tells the series apart, a JMESPath expression over the record. The reference of an entity puts the trend on
    its page."""
    title: str = ""
    """What readers see; without it, the metric's name."""
    unit: str = ""
    """Written behind the number: `%`."""
    better: Better = ""
    """Whether `higher` or `lower` is better; without it, neither."""


def _spec(value: Any) -> Any:
    return {"value": value} if isinstance(value, str) else value


MetricField = Annotated[MetricSpec, BeforeValidator(_spec, json_schema_input_type=str | MetricSpec)]


class Metric(NamedTuple):
    """One number that a mount's data has in this build."""

    plugin: str
    mount: str
    name: str
    """As the manifest calls it: ``failed``."""
    title: str
    key: str
    """Which of several: ``""`` for a metric without ``each``."""
    value: float
    unit: str = ""
    better: Better = ""
    mount_title: str = ""
    """What readers know the mount as."""
