"""A conversion as the text of a site.yaml: plain YAML, with comments where they help."""

from __future__ import annotations

import re
from collections.abc import Sequence

from callboard.plugin import locate, yaml_text

from .conversion import Conversion


def written(made: Conversion, sources: Sequence[str]) -> str:
    """The text of the site.yaml."""
    lines = yaml_text({name: value for name, value in made.site.items() if value or name == "plugins"}).splitlines()
    above = {locate("\n".join(lines), 0, key)[0]: f"# {text}" for key, text in made.comments.items()}
    shown = [
        f"# Made by callboard import backstage from {', '.join(re.sub(r'[^ -~]', '?', name) for name in sources)}.",
        "# Paths are relative to the folder of this file. Next: callboard check, then callboard build.",
    ]
    for number, line in enumerate(lines, start=1):
        if not line.startswith(" "):
            shown += [*_proposed(made, shown), ""]
        if number in above:
            shown.append(f"{line[: len(line) - len(line.lstrip())]}{above[number]}")
        shown.append(line)
    return "\n".join([*shown, *_proposed(made, shown)]) + "\n"


def _proposed(made: Conversion, shown: list[str]) -> list[str]:
    """The proposed mounts as comments, once, behind the last of the real ones."""
    begun = any(line.startswith("plugins:") for line in shown)
    if not begun or not made.proposals or any(line.endswith(made.proposals[0]) for line in shown):
        return []
    return [f"  # {line}" for line in made.proposals]
