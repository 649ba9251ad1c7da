"""The rule for blocks that begin with a mark of the dialect: admonitions, tabs, and those between slashes."""

from __future__ import annotations

from typing import Final

from markdown_it.rules_block import StateBlock

from callboard.pages.markdown import indented, slashes

_RULES: Final = {"!": indented.admonition, "?": indented.admonition, "=": indented.tabs, "/": slashes.block}


def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Any of them, by its first character."""
    at = state.bMarks[start] + state.tShift[start]
    rule = _RULES.get(state.src[at : at + 1])
    return rule is not None and rule(state, start, end, silent)
