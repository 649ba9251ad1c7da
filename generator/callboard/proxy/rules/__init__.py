"""Rules for hosts that can do a part of what the proxy does: nginx, Netlify, Cloudflare. What they cannot do is told, never dropped."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from callboard.model.problem import Problem
from callboard.proxy.rules import cloudflare, netlify, nginx
from callboard.proxy.rules.entries import Entries, Left, entries

HOSTS: Final = {"netlify": netlify.rules, "cloudflare": cloudflare.rules, "nginx": nginx.rules}


class Rules(NamedTuple):
    """What one host is given: files by name, what it cannot do, and the variables to set there."""

    files: dict[str, str]
    left: tuple[Left, ...]
    variables: dict[str, str]


def export(host: str, target: Path, *, env: str = "") -> tuple[Rules | None, tuple[Problem, ...]]:
    """The rules of a site for one of HOSTS; None, and problems, if the site cannot be used."""
    found, problems = entries(target, env=env)
    if found is None:
        return None, problems
    made, left = HOSTS[host](found)
    mark = "#" if host == "nginx" else "//"
    told = _told(found, left)
    files = {
        name: "".join(f"{'#' if name.endswith('.toml') else mark} {line}\n" for line in told) + text
        for name, text in made.items()
    }
    return Rules(files, tuple(left), found.variables), problems


def _told(found: Entries, left: list[Left]) -> list[str]:
    """The head of each file: where it is from, what to set, what is not in it."""
    lines = [
        f"Made by: callboard export-rules. Make it again when site.yaml changes. {found.site.spec.site.title}".split("\n")[0]
    ]
    lines += [f"Set {name}{f': {why}' if why else ''}." for name, why in found.variables.items()]
    lines += [one.text for one in left]
    return [line.replace("\r", " ") for line in lines]
