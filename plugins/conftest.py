"""What plugins' tests share with the core's: real servers and packages of npm."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Fixtures ``postgres``, ``memcached``, ``redis`` and ``packages``: one of each, however many folders have tests."""
    for name in ("servers", "npm"):
        if not config.pluginmanager.has_plugin(name):
            file = Path(__file__).parents[1] / "tests" / f"{name}.py"
            spec = importlib.util.spec_from_file_location(f"callboard_tests_{name}", file)
            assert spec is not None
            assert spec.loader is not None
            module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            config.pluginmanager.register(module, name)
