"""Live values: how the newest audit stands now, asked by the proxy's function."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from callboard.plugin import FetchError, LiveCall

from .conftest import Asked, Elements, live_function

SITE = "/quality/shop.example.com/"


@pytest.fixture
def newest(asking):
    """The function as the core loads it, and the tokens by which pages name their sites."""
    asking.build()
    return live_function()


def test_pages_ask_for_it_where_the_site_wants_it(asking, service):
    """With proxy: {live: true} the site's page and the entity's card name the address; without it, none does."""
    service.add()
    asking.entity("https://shop.example.com")
    asking.build()
    assert "data-live=" not in asking.page(SITE)
    asking.proxy = {"live": True}
    asking.build()
    for path in (SITE, "/catalog/default/component/shop/"):
        [live] = [a["data-live"] for _, a in Elements(asking.page(path)).found if "data-live" in a]
        assert live.startswith("/api/live/quality/newest/")
        assert {"state", "at"} == {a["data-live-value"] for _, a in Elements(asking.page(path)).found if "data-live-value" in a}


def test_state_and_scores(newest, service):
    """While an audit runs, the state is its, and the scores those of the last that completed; N/A for those that are not there."""
    from callboard.plugin import Secret

    service.add(at="2026-11-22T10:00:00.73", scores={"seo": None})
    service.add(at="2026-11-23T10:00:00.73", status="RUNNING")
    http = Asked(lambda _: service.websites()[0])
    options = SimpleNamespace(service="https://lighthouse.example.com", token=Secret("x"))
    call = LiveCall({"site": "aHR0cHM6Ly9zaG9wLmV4YW1wbGUuY29tLw"}, {}, options, http)
    found = newest(call)
    assert http.urls == ["https://lighthouse.example.com/v1/websites/https%3A%2F%2Fshop.example.com%2F"]
    assert found["at"] == "2026-11-23T10:00:00Z"
    assert {name: found[name] for name in ("performance", "seo")} == {"performance": "93", "seo": "N/A"}


@pytest.mark.parametrize("token", ["", "..", "a", "amF2YXNjcmlwdDphbGVydCgxKQ", "Li4vLi4v", "é", "_____w"])
def test_a_token_that_names_no_website(newest, token):
    """What is no address of a website is never asked for."""
    http = Asked(lambda _: {})
    with pytest.raises(FetchError):
        newest(LiveCall({"site": token}, {}, SimpleNamespace(service="https://lighthouse.example.com", token=None), http))
    assert http.urls == []
