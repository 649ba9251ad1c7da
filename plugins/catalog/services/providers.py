"""All providers of the options, one after another; one that fails costs itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from callboard.plugin import Context, FetchError, NotAsked, Secret, scm

from ..checking.checker import Checker
from ..options.providers import BackstageSpec, GithubOrgSpec, GithubSpec, GitlabSpec, Providers, Schedule
from . import backstage, github, github_org, gitlab
from .answered import Answered, Asking, Headers, lasting, unused


class _Asked(NamedTuple):
    """One provider, ready to be asked."""

    asking: Asking
    read: Callable[[], Answered]
    unused: list[str]
    """Keys of its options that have no effect."""


def asked(said: Providers, context: Context, checker: Checker, integrations: scm.Integrations, *, only: bool) -> list[Answered]:
    """What every provider gave. With ``only`` there is nothing else to show: then a single one that fails raises FetchError,
    so that the mount's own pages say why.
    """
    found = list(_all(said, context, checker, integrations))
    answers = []
    for asking, read, without in found:
        if without:
            context.log(f"providers.{asking.name}: no effect on a build has: {', '.join(without)}.")
        try:
            answers.append(read())
        except NotAsked:
            answers.append(asking.unasked())
        except FetchError as error:
            if only and len(found) == 1:
                raise
            answers.append(asking.failed(error))
    return answers


def _all(said: Providers, context: Context, checker: Checker, integrations: scm.Integrations) -> Iterator[_Asked]:
    made = _Made(said, context, checker, integrations)
    yield from (made.backstage(name, spec) for name, spec in sorted(said.get("backstage", {}).items()))
    yield from (made.github(name, spec) for name, spec in sorted(said.get("github", {}).items()))
    yield from (made.github_org(name, spec) for name, spec in sorted(said.get("githubOrg", {}).items()))
    yield from (made.gitlab(name, spec) for name, spec in sorted(said.get("gitlab", {}).items()))


class _Made(NamedTuple):
    """Makes each provider of the options ready to be asked."""

    said: Providers
    context: Context
    checker: Checker
    integrations: scm.Integrations

    def backstage(self, name: str, spec: BackstageSpec) -> _Asked:
        token, base = spec.get("token"), spec["baseUrl"]
        headers: Headers = {"Authorization": Secret(f"Bearer {token.reveal()}")} if token else {}
        asking = self._asking(f"backstage.{name}", {}, urlsplit(base).netloc, base, headers)
        return _Asked(asking, lambda: backstage.read(spec, asking, self.checker), [])

    def github(self, name: str, spec: GithubSpec) -> _Asked:
        at, schedule = self.integrations[spec["host"]], spec.get("schedule", {})
        href, headers = f"{at.base}/{spec['organization']}", github.API | scm.authorization(at)
        asking = self._asking(f"github.{name}", schedule, at.host, href, headers)
        without = ["validateLocationsExist"] if "validateLocationsExist" in spec else []
        return _Asked(asking, lambda: github.read(spec, asking, self.integrations), [*unused(schedule), *without])

    def github_org(self, name: str, spec: GithubOrgSpec) -> _Asked:
        at, schedule = self.integrations[spec["githubUrl"]], spec.get("schedule", {})
        asking = self._asking(f"githubOrg.{name}", schedule, at.host, at.base, scm.authorization(at))
        alone = len(self.said["githubOrg"]) == len(spec["orgs"]) == 1
        return _Asked(asking, lambda: github_org.read(spec, asking, at, self.checker, alone=alone), unused(schedule))

    def gitlab(self, name: str, spec: GitlabSpec) -> _Asked:
        at, schedule = self.integrations[spec["host"]], spec.get("schedule", {})
        href = f"{at.base}/{spec.get('group', '').strip('/')}"
        asking = self._asking(f"gitlab.{name}", schedule, at.host, href, scm.authorization(at))
        return _Asked(asking, lambda: gitlab.read(spec, asking, self.integrations), [*unused(schedule), *gitlab.unused(spec)])

    def _asking(self, name: str, schedule: Schedule, label: str, href: str, headers: Headers) -> Asking:
        place, now = self.context.place("providers"), self.context.now
        return Asking(name, self.context.http, place, label, href, headers, now, lasting(schedule))
