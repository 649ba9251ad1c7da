"""``techdocs_metadata.json`` beside each documentation, as Backstage's publisher writes it and its reader asks for it."""

from __future__ import annotations

import json
from typing import Any

from callboard.plugin import Portal

_KEYS = ("site_name", "site_description", "etag", "build_timestamp", "files")


def metadata(root: dict[str, Any], _portal: Portal) -> str:
    """The file of one documentation. Its time, in milliseconds, is that of the newest change that is known, so that the same documents
    give the same bytes; 0 where none is.
    """
    return json.dumps({name: root[name] for name in _KEYS}, ensure_ascii=False, separators=(",", ":")) + "\n"
