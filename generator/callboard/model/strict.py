"""What the models of YAML files share: unknown keys are refused, values never change."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A mapping in YAML: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True)


class NavSettings(Strict):
    """Where something stands in the navigation."""

    order: int | None = None
    """Smaller comes first; without it, entries keep the order of `plugins:`."""
    icon: str = ""
    """The name of an icon of the theme."""
    title: str = ""
    """A shorter title for the navigation."""
    section: str = ""
    """A heading to stand under."""
