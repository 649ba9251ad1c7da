"""Packages of npm for tests that run somebody else's program: a pytest plugin, as ``tests/servers.py`` is."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


def give_up(reason: str) -> None:
    """Skip, but never where everything is expected to be there."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def packages() -> Callable[[Path], str]:
    """``packages(folder)`` installs what the folder's ``package-lock.json`` names, once, and gives the path of Node.js.

    No script of a package runs, and none fetches a browser. Test processes wait for each other.
    """

    def installed(folder: Path) -> str:
        node, npm = shutil.which("node"), shutil.which("npm")
        if not node or not npm:
            give_up("Node.js and npm are not here")
        assert node is not None
        assert npm is not None
        lock, mark = folder / "package-lock.json", folder / "node_modules" / ".lock-installed"
        with lock.open("rb") as waiting:
            fcntl.flock(waiting, fcntl.LOCK_EX)
            if not mark.is_file() or mark.read_bytes() != lock.read_bytes():
                command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
                done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
                if done.returncode:
                    give_up(f"the packages of {folder.name} cannot be had: {done.stderr[-300:]}")
                mark.write_bytes(lock.read_bytes())
        return node

    return installed
