"""Single values inside the catalog's options: hosts, addresses, secrets, patterns, and what is written as one or as a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema

from callboard.plugin import Secret

STRICT = ConfigDict(extra="forbid", frozen=True)
_WILD = re.compile(r"\*\.(?=[^*]+\.[^*]+\Z)")
"""``*.`` at the front, before at least two labels: never all of a top-level domain."""


def address(text: str) -> str:
    """An http or https address without user, query and fragment; a slash at its end is dropped. Raises ValueError."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f'wanted an http or https address, got "{text}". Write for example: https://backstage.example.com')
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("an address here holds no user, query or fragment. Write for example: https://backstage.example.com")
    return text.rstrip("/")


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


def host(text: str) -> str:
    """A host, with its port if it needs one; in small letters. Raises ValueError."""
    if not re.fullmatch(r"[^\s/?#@*\\]+", text) or not _hostname(text):
        raise ValueError(f'wanted a host, got "{text}". Write for example: github.com')
    return text.lower()


def allowed_host(value: Any) -> Any:
    """``{host: …}``: the host is kept as an address too, which is how the core hears of it. Raises ValueError."""
    if isinstance(value, dict) and isinstance(value.get("host"), str) and "address" not in value:
        said = value["host"]
        plain = _WILD.sub("", said, count=1)
        if "*" in plain or "/" in plain or not _hostname(plain):
            raise ValueError(
                f'wanted a host, or "*." and a domain of at least two parts, got "{said}". '
                "Write for example: raw.githubusercontent.com"
            )
        return {**value, "address": f"https://{said}"}
    return value


def secret(value: Any) -> Secret:
    """A text as a Secret. Raises ValueError, which does not show it."""
    if isinstance(value, Secret):
        return value
    if isinstance(value, str) and value:
        return Secret(value)
    raise ValueError("wanted a text for this secret. Write for example: token: ${BACKSTAGE_TOKEN}")


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


def _hostname(text: str) -> str:
    try:
        parts = urlsplit(f"https://{text}")
        return (parts.hostname or "") if parts.port != 0 else ""
    except ValueError:
        return ""


Address = Annotated[str, AfterValidator(address)]
Host = Annotated[str, AfterValidator(host)]
Pattern = Annotated[str, AfterValidator(pattern)]
Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[list[Text], BeforeValidator(texts, json_schema_input_type=str | list[str])]
Token = Annotated[Any, BeforeValidator(secret), WithJsonSchema({"type": "string"})]
Size = Annotated[int, Field(ge=1, le=100)]


def listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return f"{', '.join(names[:-1])} and {names[-1]}"
