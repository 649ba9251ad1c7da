"""Backstage's configuration → a site, key by key: nothing is passed over in silence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import catalog, proxies
from .conversion import Conversion, optional
from .equivalents import State
from .reading import Config, Key

_UNTITLED = "Developer portal"
_ICONS = {
    "chat": "chat",
    "dashboard": "dashboard",
    "docs": "docs",
    "email": "mail",
    "github": "github",
    "group": "people",
    "help": "question",
    "star": "star",
    "warning": "warning",
    "web": "external",
}
"""Backstage's names of icons, and ours."""
_CIRCLECI = "/circleci/api"
"""The proxied endpoint that Backstage's CircleCI plugin asks."""
_PARTS = frozenset(
    ("app", "backend", "catalog", "explore", "integrations", "lighthouse", "organization", "proxy", "techRadar", "techdocs")
)


def converted(config: Config, folder: Path) -> Conversion:
    """The site that shows what a configuration shows, for a site.yaml in ``folder``."""
    made = Conversion(config, folder.absolute())
    said = config.value
    app, organization, backend = (_mapping(made, name) for name in ("app", "organization", "backend"))
    made.site["site"] = _info(made, app, organization)
    options = catalog.options(made, _mapping(made, "catalog"), _mapping(made, "integrations"), backend)
    made.site["plugins"] = _mounts(options) if "catalog" in said else []
    if "techRadar" in said:
        _radar(made, said["techRadar"])
    if "lighthouse" in said:
        _lighthouse(made, _mapping(made, "lighthouse"))
    if "techdocs" in said:
        _techdocs(made, said["techdocs"], options)
    if "proxy" in said:
        made.site["proxy"] = proxies.section(made, said["proxy"])
        _circleci(made, said["proxy"])
    links = [*_links(made, app.get("support")), *_tools(made, _mapping(made, "explore"))]
    if links:
        made.site["nav"] = links
    made.rest(("app",), app, but=("title", "baseUrl", "support"))
    made.rest(("organization",), organization, but=("name",))
    made.rest(("backend",), backend, but=("reading",))
    made.rest((), said, but=_PARTS)
    for name in config.empty:
        made.note(State.NEEDLESS, (name,), "it says nothing.")
    for fault in config.amiss:
        made.note(State.TODO, fault.key, fault.what)
    return made


def _mounts(options: dict[str, Any]) -> list[dict[str, Any]]:
    """What a Backstage's readers find under Catalog and under APIs."""
    return [{"plugin": "catalog", **({"options": options} if options else {})}, {"plugin": "apis"}]


def _mapping(made: Conversion, name: str) -> dict[str, Any]:
    value = made.config.value.get(name, {})
    if isinstance(value, dict):
        return value
    made.note(State.TODO, (name,), "wanted a mapping.")
    return {}


def _info(made: Conversion, app: dict[str, Any], organization: dict[str, Any]) -> dict[str, Any]:
    info: dict[str, Any] = {"title": _UNTITLED}
    title = made.text(("app", "title"), app["title"]) if "title" in app else ""
    name = made.text(("organization", "name"), organization["name"]) if "name" in organization else ""
    if title or name:
        info["title"] = re.sub(r"^\$\{(\w+)\}$", rf"${{\1:-{_UNTITLED}}}", title or name)  # Backstage has a default as well
        made.converted(("app", "title") if title else ("organization", "name"), "site.title")
    else:
        made.comments["site", "title"] = "nothing said a title"
    if "baseUrl" in app:
        info |= _url(made, app["baseUrl"])
    if title and name and "${" in name.replace("$${", ""):
        made.note(State.TODO, ("organization", "name"), "it is a variable; write a site.description that says who you are.")
    elif title and name:
        info["description"] = f"The developer portal of {name}."
        made.converted(("organization", "name"), "site.description")
    return info


def _url(made: Conversion, value: Any) -> dict[str, str]:
    key = ("app", "baseUrl")
    url = made.address(key, value)
    if url and urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1"):
        made.note(State.TODO, key, "it is the address of a machine for development; set site.url to where the site is published.")
        return {}
    if url:
        made.converted(key, "site.url")
        return {"url": optional(url)}
    return {}


# Links


def _links(made: Conversion, support: Any) -> list[dict[str, Any]]:
    """The support button's links as entries of the navigation."""
    if support is None:
        return []
    if not isinstance(support, dict):
        made.note(State.TODO, ("app", "support"), "wanted a mapping.")
        return []
    key: Key = ("app", "support")
    found = []
    if "url" in support and (url := made.address((*key, "url"), support["url"])):
        found.append({"title": "Support", "url": url, "icon": "question", "section": "Support"})
        made.converted((*key, "url"), "nav")
    items = support.get("items")
    for number, item in enumerate(items if isinstance(items, list) else ()):
        found += _item(made, item, (*key, "items", number))
    made.rest(key, support, but=("url", "items"))
    return found


def _item(made: Conversion, item: Any, key: Key) -> list[dict[str, Any]]:
    links = item.get("links") if isinstance(item, dict) else None
    found: list[dict[str, Any]] = []
    for number, link in enumerate(links if isinstance(links, list) else ()):
        place = (*key, "links", number)
        url = made.address((*place, "url"), link.get("url")) if isinstance(link, dict) else ""
        title = (link.get("title") or item.get("title")) if isinstance(link, dict) else ""
        if not url:
            continue
        made.converted(place, "nav")
        icon = _ICONS.get(str(item.get("icon")), "")
        found.append({"title": str(title or url), "url": url, **({"icon": icon} if icon else {}), "section": "Support"})
    if not found:
        made.note(State.NONE, key, "it has no link that the navigation could show.")
    return found


def _tools(made: Conversion, explore: dict[str, Any]) -> list[dict[str, Any]]:
    """The tools of the page Explore, where they lie elsewhere: those at a path are pages of Backstage itself."""
    tools = explore.get("tools")
    found = []
    for number, tool in enumerate(tools if isinstance(tools, list) else ()):
        key: Key = ("explore", "tools", number)
        url = tool.get("url") if isinstance(tool, dict) else None
        if isinstance(url, str) and url.startswith("/"):
            made.note(State.NONE, key, f"{url} is a page of Backstage.")
        elif address := made.address((*key, "url"), url):
            found.append({"title": str(tool.get("title") or address), "url": address, "section": "Tools"})
            made.converted(key, "nav")
    made.rest(("explore",), explore, but=("tools",))
    return found


# The radar


def _radar(made: Conversion, value: Any) -> None:
    """The plugin reads a file: what lies at an address must be saved first, so its mount is only proposed."""
    url = value.get("url") if isinstance(value, dict) else None
    key: Key = ("techRadar", "url") if url else ("techRadar",)
    address = made.address(key, url) if url else ""
    made.rest(("techRadar",), value, but=("url",))
    if not address:
        if not url:
            made.note(State.TODO, key, "it names no file; mount the plugin tech_radar with your own.")
        return
    made.note(
        State.TODO, key, f"save {address} as content/radar.json, and take the # from the lines for tech_radar in the site.yaml."
    )
    made.proposals += ["- plugin: tech_radar", "  path: /radar/", "  options: {data: content/radar.json}"]


# Lighthouse


def _lighthouse(made: Conversion, said: dict[str, Any]) -> None:
    """The same service, asked while the site is built."""
    key: Key = ("lighthouse", "baseUrl")
    address = made.address(key, said["baseUrl"]) if "baseUrl" in said else ""
    if address:
        made.site["plugins"].append({"plugin": "lighthouse", "path": "/quality/", "options": {"service": optional(address)}})
        made.converted(key, "plugins: lighthouse")
    made.rest(("lighthouse",), said, but=("baseUrl",))


def _techdocs(made: Conversion, said: Any, catalog_options: dict[str, Any]) -> None:
    """The same documents, by the same annotations, read with the same tokens."""
    tokens = {name: hosts for name, hosts in catalog_options.get("integrations", {}).items() if hosts}
    made.site["plugins"].append(
        {"plugin": "techdocs", "path": "/docs/", **({"options": {"integrations": tokens}} if tokens else {})}
    )
    made.converted(("techdocs",), "plugins: techdocs")
    made.rest(("techdocs",), said, but=())


# CircleCI


def _circleci(made: Conversion, proxy: Any) -> None:
    """Backstage's plugin asks through the proxy; ours asks while the site is built, with the same token."""
    endpoints = proxy.get("endpoints", proxy) if isinstance(proxy, dict) else None
    endpoint = endpoints.get(_CIRCLECI) if isinstance(endpoints, dict) else None
    if endpoint is None:
        return
    headers = endpoint.get("headers") if isinstance(endpoint, dict) else None
    said = [value for name, value in headers.items() if str(name).lower() == "circle-token"] if isinstance(headers, dict) else []
    token = next((value for value in said if isinstance(value, str) and re.fullmatch(r"\$\{\w+\}", value)), "")
    options = {"options": {"token": optional(token)}} if token else {}
    made.site["plugins"].append({"plugin": "circleci", "path": "/builds/", **options})
    key: Key = ("proxy", "endpoints", _CIRCLECI) if "endpoints" in proxy else ("proxy", _CIRCLECI)
    made.converted(key, "plugins: circleci")
