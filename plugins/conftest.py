"""What plugins' tests share with the core's: the real servers of ``tests/servers.py``."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Fixtures ``postgres``, ``memcached`` and ``redis``: one of each, however many folders have tests."""
    if not config.pluginmanager.has_plugin("servers"):
        file = Path(__file__).parents[1] / "tests" / "servers.py"
        spec = importlib.util.spec_from_file_location("callboard_tests_servers", file)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        config.pluginmanager.register(module, "servers")
