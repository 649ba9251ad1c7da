"""The public API for tests: build a site, build a plugin in the smallest site, run a provider, and the tests every plugin should pass.

    from callboard.testing import Given, build_plugin, standard_tests

    TestStandard = standard_tests(Path(__file__).parents[1])

    def test_rows():
        built = build_plugin(PLUGIN, Given(options={"file": "rows.csv"}, files={"rows.csv": "name\\nOne\\n"}))
        assert "One" in built.page("/oncall/")

Nothing here reaches the network: services answer from ``replay(...)``, everything else is refused.
"""

from __future__ import annotations

from callboard.testing.recorded import DeadNetwork, NoAnswer, replay
from callboard.testing.sites import NOW, Built, Given, build_plugin, build_site, rebuild, run_provider
from callboard.testing.standard import StandardTests, standard_tests

__all__ = [
    "NOW",
    "Built",
    "DeadNetwork",
    "Given",
    "NoAnswer",
    "StandardTests",
    "build_plugin",
    "build_site",
    "rebuild",
    "replay",
    "run_provider",
    "standard_tests",
]
