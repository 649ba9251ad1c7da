"""A portal with a catalog and documentation, as text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from callboard.testing import Built, build_site

GROUP = """\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: payers, title: The payers}
spec: {type: team, children: []}
"""


def component(name: str, more: Mapping[str, str], owner: str = "payers") -> str:
    """A component with annotations, each on a line of its own."""
    said = "".join(f"    {key}: {value}\n" for key, value in more.items())
    return (
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n"
        f"  name: {name}\n  annotations:\n{said}spec: {{type: service, lifecycle: production, owner: {owner}}}\n"
    )


def write(folder: Path, files: Mapping[str, str | bytes], options: Mapping[str, Any] | None = None, **catalog: Any) -> Path:
    """A site of these files; every ``catalog-info.yaml`` among them is read."""
    locations = [{"type": "file", "target": "**/catalog-info.yaml"}]
    mounts = [
        {
            "plugin": "catalog",
            "options": {"locations": locations, "rules": [{"allow": ["Component", "Group", "API"]}], **catalog},
        },
        {"plugin": "techdocs", "path": "/docs", "options": dict(options or {})},
    ]
    site = {"site": {"title": "Portal"}, "content": False, "plugins": mounts}
    for name, content in {"site.yaml": yaml.safe_dump(site, sort_keys=False), **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


class Portal:
    """Builds sites of files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def built(
        self, files: Mapping[str, str | bytes], options: Mapping[str, Any] | None = None, http: Any = None, **catalog: Any
    ) -> Built:
        """The site of these files."""
        return build_site(write(self.folder, files, options, **catalog), http=http)


@pytest.fixture
def portal(tmp_path: Path) -> Portal:
    """A folder to write sites into."""
    return Portal(tmp_path / "portal")
