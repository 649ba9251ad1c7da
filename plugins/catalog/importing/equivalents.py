"""Keys of Backstage's configuration that a site.yaml does not have, and why: one sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """What became of a key."""

    CONVERTED = "converted"
    """It is in the site.yaml."""
    TODO = "to do"
    """Somebody has to do something about it."""
    LATER = "not yet"
    """Nothing of Callboard reads it yet."""
    NEEDLESS = "not needed"
    """A site works without it."""
    NONE = "no equivalent"
    """A folder of pages cannot do it."""


_LOGIN: Final = "a site signs nobody in: whoever can open it can read it, so protect it where it is served."
_SERVER: Final = "a site has no backend: it is a folder of files that any web server serves."
_REBUILT: Final = "a build reads everything anew; how often it runs is said in your CI."
_LOOKS: Final = "pages, cards and tabs are chosen in site.yaml, under plugins: and slots:, not among npm packages."
_LIVE: Final = "it shows live state or runs something, which needs a server."
_WRITES: Final = "it keeps what each reader writes, which needs a server."
_TRACKING: Final = "pages load nothing from other hosts and report nobody's visits."
_HEADERS: Final = "headers of answers are said where the site is served; pages bring a strict policy of their own."

EQUIVALENTS: Final[Mapping[str, tuple[State, str]]] = {
    "app.analytics": (State.NONE, _TRACKING),
    "app.auth": (State.NONE, _LOGIN),
    "app.branding": (State.TODO, "set site.accent to your colour and site.logo to your image file."),
    "app.datadogRum": (State.NONE, _TRACKING),
    "app.extensions": (State.NONE, _LOOKS),
    "app.features": (State.NONE, _LOOKS),
    "app.googleAnalyticsTrackingId": (State.NONE, _TRACKING),
    "app.listen": (State.NEEDLESS, "callboard serve has options for it: --host and --port."),
    "app.packageName": (State.NEEDLESS, "a site is no npm package."),
    "app.packages": (State.NONE, _LOOKS),
    "app.pluginOverrides": (State.NONE, _LOOKS),
    "app.routes": (State.NEEDLESS, "paths of plugins are said where they are mounted, and links between them follow."),
    "app.rootElements": (State.NONE, _LOOKS),
    "app.sentry": (State.NONE, _TRACKING),
    "auth": (State.NONE, _LOGIN),
    "backend": (State.NEEDLESS, _SERVER),
    "backend.actions": (State.NONE, _LIVE),
    "backend.auth": (State.NEEDLESS, _LOGIN),
    "backend.baseUrl": (State.NEEDLESS, _SERVER),
    "backend.cache": (State.NEEDLESS, "answers of services are kept in the folder .callboard, which your CI may cache."),
    "backend.cors": (State.NEEDLESS, _HEADERS),
    "backend.csp": (State.NEEDLESS, _HEADERS),
    "backend.database": (
        State.NEEDLESS,
        "the catalog needs none; what plugins keep lies in files, or where database: in site.yaml says, in the same words.",
    ),
    "backend.listen": (State.NEEDLESS, _SERVER),
    "backend.rateLimit": (State.NEEDLESS, _SERVER),
    "catalog.import": (
        State.NONE,
        "registering by hand writes to a server; here an entity is there once its file is in a location.",
    ),
    "catalog.orphanProviderStrategy": (State.NEEDLESS, _REBUILT),
    "catalog.orphanStrategy": (State.NEEDLESS, _REBUILT),
    "catalog.processingInterval": (State.NEEDLESS, _REBUILT),
    "catalog.processors": (
        State.NONE,
        "a processor is code of the backend; a kind of your own is a file: see kinds: in site.yaml.",
    ),
    "catalog.readonly": (State.NEEDLESS, "a site is read-only."),
    "catalog.stitchingStrategy": (State.NEEDLESS, _REBUILT),
    "catalog.useUrlReadersSearch": (State.NEEDLESS, "addresses are always read this way."),
    "costInsights": (
        State.NONE,
        "its data comes from code that every company writes; a plugin in YAML over a CSV or JSON file does.",
    ),
    "dangerouslyAllowSignInWithoutUserInCatalog": (State.NEEDLESS, _LOGIN),
    "devTools": (State.NONE, _LIVE),
    "dynamicPlugins": (State.NONE, _LOOKS),
    "enableExperimentalRedirectFlow": (State.NEEDLESS, _LOGIN),
    "events": (State.NEEDLESS, "let the webhook start a build in your CI instead."),
    "explore": (State.NONE, "domains and systems are pages of the catalog; more is written as a page in content/."),
    "home": (State.NONE, _WRITES),
    "includeTransitiveGroupOwnership": (State.NEEDLESS, _LOGIN),
    "kubernetes": (State.NONE, _LIVE),
    "lighthouse.schedule": (
        State.NONE,
        "a build audits nothing; let a job of your CI ask the audit service, or run Lighthouse itself.",
    ),
    "mcpActions": (State.NONE, _LIVE),
    "notifications": (State.NONE, _WRITES),
    "notificationsTester": (State.NONE, _WRITES),
    "permission": (State.NONE, _LOGIN),
    "scaffolder": (State.NONE, "a Template has a page, but running it needs a server."),
    "search": (
        State.NEEDLESS,
        "the index of all texts is written with the pages, without an engine or a schedule; see search: in site.yaml.",
    ),
    "signInPage": (State.NEEDLESS, _LOGIN),
    "signals": (State.NONE, _LIVE),
    "techdocs": (
        State.NEEDLESS,
        "a build reads the documents themselves: nothing is generated, published or kept elsewhere before.",
    ),
    "techdocs.legacyUseCaseSensitiveTripletPaths": (
        State.NONE,
        "documents lie at paths in small letters, as Backstage's usual ones.",
    ),
    "techdocs.sanitizer": (State.NONE, "frames and elements of other hosts are never shown: pages load nothing from there."),
    "userSettings": (State.NONE, _WRITES),
    "catalog.providers.awsS3": (State.NONE, "copy the files in CI, and name them under locations."),
    "catalog.providers.azureDevOps": (State.NONE, "check the repositories out in CI, and name their files under locations."),
    "catalog.providers.backstageOpenapi": (State.NEEDLESS, "there is no backend whose API it would describe."),
    "catalog.providers.bitbucketCloud": (State.NONE, "check the repositories out in CI, and name their files under locations."),
    "catalog.providers.bitbucketServer": (State.NONE, "check the repositories out in CI, and name their files under locations."),
    "catalog.providers.gerrit": (State.NONE, "check the repositories out in CI, and name their files under locations."),
    "catalog.providers.gitea": (State.NONE, "check the repositories out in CI, and name their files under locations."),
    "catalog.providers.keycloakOrg": (State.NONE, "write users and groups to a file in CI, and name it under locations."),
    "catalog.providers.ldapOrg": (State.NONE, "write users and groups to a file in CI, and name it under locations."),
    "catalog.providers.microsoftGraphOrg": (State.NONE, "write users and groups to a file in CI, and name it under locations."),
    "catalog.providers.okta": (State.NONE, "write users and groups to a file in CI, and name it under locations."),
    "catalog.providers": (
        State.NONE,
        "read its entities from your running Backstage: providers: {backstage: …}, or write files in CI.",
    ),
    "integrations": (State.NONE, "nothing here asks it; check its repositories out in CI, and name their files."),
}
"""By dotted key. What is not here is looked up under its parents; a top-level key that is not here belongs to a plugin."""

PLUGIN: Final = "no plugin of Callboard's reads it; a plugin in YAML can show what a service answers."
UNKNOWN: Final = "Callboard does not know this key."


def equivalent(key: str) -> tuple[State, str]:
    """What there is to say about a dotted key that was not converted."""
    name = key
    while name:
        if name in EQUIVALENTS:
            return EQUIVALENTS[name]
        name = name.rpartition(".")[0]
    return State.NONE, UNKNOWN if "." in key else PLUGIN
