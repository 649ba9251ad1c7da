"""Entries for Cloudflare Pages: ``_worker.js`` beside the published files, with variables and secrets of the project."""

from __future__ import annotations

from callboard.proxy.rules.entries import Entries, Left
from callboard.proxy.rules.script import pickable, script

_ENTRY = """
export default {
  async fetch(request, env) {
    return (await answered(request, (name) => env[name])) || env.ASSETS.fetch(request);
  },
};
"""


def rules(entries: Entries) -> tuple[dict[str, str], list[Left]]:
    """The worker, and what it cannot do."""
    left = list(entries.left)
    code = script(
        entries,
        pickable(entries.live, left),
        entries.passed,
        left,
        cached="(ttl) => ({ cf: { cacheTtl: ttl, cacheEverything: true } })",
    )
    return {"_worker.js": (code or "const answered = () => undefined;\n") + _ENTRY}, left
