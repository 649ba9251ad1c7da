"""The source ``graphql``: a question in GraphQL, posted and kept as a GET's answer is."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from callboard.data import filling
from callboard.data.asking import answers
from callboard.data.asking.answers import Body
from callboard.data.asking.paging import Page
from callboard.data.formats import strict_json
from callboard.data.sources.asked import Question, Web
from callboard.model.source import Paging

_SHOWN: Final = 200


class GraphQL(Web):
    """A GraphQL service."""

    __slots__ = ()

    def question(self, url: str, scope: Mapping[str, Any]) -> Question:
        """The query and its variables."""
        return Question(url, {"query": self.query(), "variables": filling.values(self.spec.variables, scope)})

    def paging(self) -> Paging | None:
        """The variable that takes the cursor is ``after``, unless another one is said; names are those of variables."""
        by = self.spec.paginate
        if by is None:
            return None
        said = {"parameter": by.parameter or ("after" if by.cursor else ""), "page": by.page, "offset": by.offset}
        inside = {word: name if "." in name or not name else f"variables.{name}" for word, name in said.items()}
        return by.model_copy(update={**inside, "size": _inside(by.size, "size"), "limit": _inside(by.limit, "limit")})

    def page(self, body: Body, url: str) -> Page:  # noqa: ARG002  # the answer says all
        """The answer: with errors it is unusable, whatever data stands beside them."""
        value = answers.json(body)
        if not isinstance(value, dict):
            raise ValueError("it is no answer of GraphQL")
        if errors := value.get("errors"):
            raise ValueError(_first(errors))
        if value.get("data") is None:
            raise ValueError("it holds no data")
        return Page(value, self.records(value if self.select else value["data"]))

    def explain(self, body: bytes) -> str:
        """Services that refuse a question with 400 say why as they do with 200."""
        with suppress(ValueError):
            value = strict_json(body)
            if isinstance(value, dict) and value.get("errors"):
                return _first(value["errors"])
        return ""


def _inside(amount: int | dict[str, int] | None, name: str) -> dict[str, int] | None:
    if amount is None:
        return None
    said = amount if isinstance(amount, dict) else {name: amount}
    return {word if "." in word else f"variables.{word}": count for word, count in said.items()}


def _first(errors: Any) -> str:
    first = errors[0] if isinstance(errors, list) and errors else errors
    message = first.get("message") if isinstance(first, dict) else first
    text = " ".join(str(message or "it names no reason").split())[:_SHOWN]
    more = len(errors) - 1 if isinstance(errors, list) else 0
    return f"{text.rstrip('.')} (and {more} more)" if more > 0 else text.rstrip(".")
