"""The option ``integrations``, named as Backstage's section: the hosts that are used, and whether they suit the providers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from callboard.plugin import hosting, scm

from .providers import Providers


def completed(said: hosting.Integrations, addresses: Iterable[str], providers: Providers) -> hosting.Integrations:
    """The integrations that were said, and the public ones that an address of ``addresses`` or a provider uses.

    Raises ValueError for a provider that its integration does not suit.
    """
    plain = cast(Mapping[str, Any], said)
    _suits(scm.known(plain), providers)
    hosts = _github_hosts(providers) | _gitlab_hosts(providers)
    used = {urlsplit(text).netloc.lower() for text in addresses} | hosts
    return cast(hosting.Integrations, hosting.completed(plain, used))


def _suits(known: Mapping[str, scm.Integration], providers: Providers) -> None:
    for kind, hosts in (("github", _github_hosts(providers)), ("gitlab", _gitlab_hosts(providers))):
        for name in sorted(hosts):
            if name not in known or known[name].type != kind:
                raise ValueError(
                    f'no integration describes the host "{name}" of a provider. '
                    f"Add: integrations: {{{kind}: [{{host: {name}, token: ...}}]}}"
                )


def _github_hosts(providers: Providers) -> set[str]:
    repositories = {one["host"] for one in providers.get("github", {}).values() if "host" in one}
    return repositories | {one["githubUrl"] for one in providers.get("githubOrg", {}).values()}


def _gitlab_hosts(providers: Providers) -> set[str]:
    return {one["host"] for one in providers.get("gitlab", {}).values()}
