"""Entries for Netlify: ``netlify.toml`` with plain redirects, and an edge function for what a redirect cannot do."""

from __future__ import annotations

import json
import re
from typing import Final

from callboard.proxy.rules.entries import Entries, Left, Live, Part, Passed, joined
from callboard.proxy.rules.script import pickable, script

_FUNCTION: Final = "netlify/edge-functions/callboard.js"
_ENTRY: Final = "\nexport default async (request) => answered(request, (name) => Netlify.env.get(name));\n"
_LOST: Final = (
    "a redirect answers it: every method passes and all headers both ways, cookies too; no time and no size is limited."
)


def rules(entries: Entries) -> tuple[dict[str, str], list[Left]]:
    """``netlify.toml`` and the edge function, if one is needed; and what neither can do."""
    left = list(entries.left)
    every: list[Live | Passed] = [*entries.live, *entries.passed]
    plain = [one for one in every if _is_plain(one)]
    left += [Left(one.name, _LOST, partly=True) for one in plain]
    live = pickable((one for one in entries.live if one not in plain), left)
    passed = [one for one in entries.passed if one not in plain]
    code = script(entries, live, passed, left, cached="() => ({})")
    text = "".join(_redirect(one) for one in plain)
    files = {}
    if code:
        paths = [one.path.partition("{")[0] + "*" if "{" in one.path else one.path for one in live]
        paths += [path for one in passed for path in (one.prefix, f"{one.prefix}/*")]
        text += "".join(
            f'[[edge_functions]]\nfunction = "callboard"\npath = {json.dumps(path)}\n\n' for path in dict.fromkeys(paths)
        )
        files[_FUNCTION] = code + _ENTRY
    return {"netlify.toml": text, **files}, left


def _is_plain(one: Live | Passed) -> bool:
    """Whether a redirect can answer it: no credential, nothing picked, rewritten or set, and readers may send what they like."""
    if one.headers:
        return False
    if isinstance(one, Live):
        return not (one.spec.values or one.spec.query) and all(isinstance(part, (str, Part)) for part in one.target)
    spec = one.passage.spec
    return spec.path_rewrite is None and spec.prepend_path and not spec.ignore_path and spec.change_origin


def _redirect(one: Live | Passed) -> str:
    if isinstance(one, Live):
        pairs = [(re.sub(r"\{([^}]*)\}", r":\1", one.path), joined(one.target, part=":%s"))]
    else:
        target = one.passage.target.geturl().rstrip("/")
        pairs = [(one.prefix, target), (f"{one.prefix}/*", f"{target}/:splat")]
    return "".join(
        f"[[redirects]]\nfrom = {json.dumps(start)}\nto = {json.dumps(end)}\nstatus = 200\nforce = true\n\n"
        for start, end in pairs
    )
