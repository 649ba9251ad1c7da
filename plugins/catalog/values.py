"""Single values inside the catalog's options: hosts, addresses, secrets, patterns, and what is written as one or as a list."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from callboard.plugin import hosting

_WILD = re.compile(r"\*\.(?=[^*]+\.[^*]+\Z)")
"""``*.`` at the front, before at least two labels: never all of a top-level domain."""


def is_web(text: str) -> bool:
    """Whether a text is an http or https address, whatever else it holds."""
    try:
        return urlsplit(text).scheme in ("http", "https") and bool(urlsplit(text).hostname)
    except ValueError:
        return False


def source_folder(text: str) -> str:
    """The address of a folder, "" for none. Raises ValueError."""
    if text and (not is_web(text) or urlsplit(text).username is not None):
        raise ValueError(
            f'wanted an http or https address, got "{text}". Write for example: https://github.com/acme/portal/blob/main/'
        )
    parts = urlsplit(text)
    if parts.hostname == "github.com" and len(parts.path.strip("/").split("/")) < 4:
        raise ValueError(f'"{text}" names no branch. Write for example: https://github.com/acme/portal/blob/main/')
    return text


def allowed_host(value: Any) -> Any:
    """``{host: …}``: the host is kept as an address too, which is how the core hears of it. Raises ValueError."""
    if isinstance(value, dict) and isinstance(value.get("host"), str) and "address" not in value:
        said = value["host"]
        plain = _WILD.sub("", said, count=1)
        if "*" in plain or "/" in plain or not hosting.hostname(plain):
            raise ValueError(
                f'wanted a host, or "*." and a domain of at least two parts, got "{said}". '
                "Write for example: raw.githubusercontent.com"
            )
        return {**value, "address": f"https://{said}"}
    return value


def texts(value: Any) -> Any:
    """One text stands for a list of it."""
    return [value] if isinstance(value, str) else value


def pattern(text: str) -> str:
    """A regular expression. Raises ValueError."""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f'"{text}" is no regular expression: {error}. Write for example: ^service-.*$') from None
    return text


Pattern = Annotated[str, AfterValidator(pattern)]
Texts = Annotated[list[hosting.Text], BeforeValidator(texts, json_schema_input_type=str | list[str])]
Size = Annotated[int, Field(ge=1, le=100)]
