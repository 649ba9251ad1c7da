"""Which quotes in finished HTML are links."""

from __future__ import annotations

import pytest

from callboard.pages.hrefs import _in_tag


@pytest.mark.parametrize(
    ("html", "linked"),
    [
        ('<p><a class="x" href="/there/">there</a></p>', True),
        ('<pre><code>&lt;a href="<span class="cp">{{</span>"&gt;</code></pre>', False),
        ('<p>Write <code>&lt;script src="plain.js"&gt;</code>.</p>', False),
    ],
)
def test_code_that_shows_a_link_is_none(html: str, linked: bool) -> None:
    """An attribute inside a tag is a link; the same characters shown as code are text."""
    at = max(html.find(' href="'), html.find(' src="'))
    assert _in_tag(html, at) is linked
