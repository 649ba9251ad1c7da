"""Which of two engines renders a text: Callboard's own, or Python-Markdown where a record asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callboard.pages.resolve import Noted

if TYPE_CHECKING:  # a build without changes reads no Markdown
    from callboard.pages.markdown import Html


def rendered(text: str, engine: str, noted: Noted, **said: Any) -> Html:
    """``text`` by the engine of that name (``markdown``, which is "" as well, or ``python-markdown``); by our own if that one cannot,
    which is noted. ``said`` are the arguments of ``callboard.pages.markdown.render``.
    """
    from callboard.pages.markdown import render

    if engine == "python-markdown":
        from callboard.pages.markdown import exact

        try:
            return exact.render(text, **said)
        except exact.Refused as refused:
            what = f"{refused.what}; it was rendered by Callboard's own engine."
            noted.problems.append((refused.code, what, refused.mend, said["line"]))
    elif engine not in ("", "markdown"):
        what = f'there is no Markdown engine "{engine}".'
        noted.problems.append(("wrong-value", what, "Write markdown or python-markdown.", said["line"]))
    return render(text, **said)
