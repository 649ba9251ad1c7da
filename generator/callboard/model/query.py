"""JMESPath expressions, read once and asked often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

_COMPARED: Final = ("eq", "ne", "lt", "lte", "gt", "gte")


class Query:
    """One expression. Raises ValueError with a sentence if it is none."""

    def __init__(self, text: str) -> None:
        import jmespath
        from jmespath.exceptions import JMESPathError

        try:
            self._compiled = jmespath.compile(text)
        except JMESPathError as error:
            raise ValueError(f'"{text}" is no JMESPath expression: {reason(error)}.') from None
        self.text = text

    def __call__(self, scope: Any) -> Any:
        """What it finds. Raises ValueError with a sentence if it cannot be asked of such data (``length`` of a number)."""
        from jmespath.exceptions import JMESPathError

        try:
            return self._compiled.search(scope)
        except JMESPathError as error:
            raise ValueError(f'"{self.text}" does not fit the data: {reason(error)}.') from None

    @property
    def fields(self) -> frozenset[str]:
        """Every name that it looks at, at any depth."""
        return frozenset(_fields(self._compiled.parsed))

    def compared(self, scope: Any) -> Any:
        """Of a comparison (``runs[0].score >= `0.9` ``), what its left side finds; else what it finds as a whole."""
        from jmespath.visitor import TreeInterpreter

        parsed = self._compiled.parsed
        if parsed["type"] != "comparator" or parsed["value"] not in _COMPARED:
            return self(scope)
        return TreeInterpreter().visit(parsed["children"][0], scope)


def reason(error: Exception) -> str:
    """Why an expression was refused: the first line of the parser's words, without the expression itself."""
    lines = [line for line in str(error).splitlines() if line.strip()] or ["it does not parse"]
    return lines[0].partition("expression: ")[2].rstrip(": .") or lines[0].rstrip(". ")


def holds(value: Any) -> bool:
    """JMESPath's truth: false, null and what is empty are not; 0 is."""
    return not (value is None or value is False or value in ("", [], {}))


def _fields(node: Mapping[str, Any]) -> Iterator[str]:
    if node["type"] == "field":
        yield node["value"]
    for child in node.get("children", ()):
        yield from _fields(child)
