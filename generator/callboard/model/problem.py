"""Problem: something wrong that a person can mend, with its place, what it is and the mend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Key = tuple[str | int, ...]
"""The way to a value inside a document: mapping keys and list indexes, outermost first."""


class Severity(StrEnum):
    """How much a problem weighs: an error stops the build, a warning stops it only under ``--strict``."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file. ``file`` is relative to the site's root, with ``/``; lines and columns count from 1, 0 is unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column or 1}"


class Marks:
    """The place of each key of one document (or of several, merged): ``marks.at(("plugins", 0, "path"))``."""

    __slots__ = ("_places", "default", "hidden")

    def __init__(self, places: Mapping[Key, Place], default: Place, *, hidden: Iterable[Key] = ()) -> None:
        self._places = dict(places)
        self.default = default
        self.hidden = frozenset(hidden)
        """Keys whose values came from outside of the file and may be credentials: no message shows them."""

    def at(self, key: Iterable[str | int]) -> Place:
        """The place of ``key``, or of the nearest of its parents that has one."""
        path = tuple(key)
        while path:
            if path in self._places:
                return self._places[path]
            path = path[:-1]
        return self._places.get((), self.default)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._places)

    def items(self) -> Iterable[tuple[Key, Place]]:
        """Every known key and its place."""
        return self._places.items()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend.

    ``code`` is stable and documented (``CODES``, or ``<plugin>/<word>`` for a plugin's own); ``what`` and ``mend`` are whole
    sentences; ``path`` is where inside the document (``plugins[0].ttl``); ``plugin`` is the mount that it belongs to.
    """

    code: str
    what: str
    place: Place
    path: str = ""
    mend: str = ""
    severity: Severity = Severity.ERROR
    plugin: str = ""
    about: str = ""
    """The canonical reference of the entity that it is about, if it is about one that is shown."""

    def __post_init__(self) -> None:
        if self.code not in CODES and "/" not in self.code:
            raise ValueError(f"undocumented problem code {self.code!r}: add it to model.problem.CODES")

    @property
    def text(self) -> str:
        """The line that people read: place, path, what, mend, [code]."""
        warning = "warning: " if self.severity is Severity.WARNING else ""
        path = f"{self.path}: " if self.path else ""
        mend = f" {self.mend}" if self.mend else ""
        return f"{self.place}  {warning}{path}{self.what}{mend} [{self.code}]"

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Sort key: by place, then by words."""
        return (self.place.file, self.place.line, self.place.column, self.path, self.what)


class Problems(Exception):
    """Raised by a stage that cannot go on: everything it found, in one go."""

    def __init__(self, items: Iterable[Problem] = ()) -> None:
        super().__init__()
        self.items: tuple[Problem, ...] = tuple(items)

    def __str__(self) -> str:
        return "\n".join(problem.text for problem in self.items)


def ordered(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems once each, sorted by place."""
    return tuple(sorted(set(problems), key=lambda problem: problem.order))


def dotted(key: Iterable[str | int]) -> str:
    """A key as people write it: ``("plugins", 0, "ttl")`` is ``plugins[0].ttl``."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


CODES: Final[dict[str, str]] = {
    # One line a code, alphabetical; docs/reference/problems.md is generated from this table.
    "bad-csv": "A CSV file cannot be read: an unclosed quote, a header that is empty or said twice, or a row with too "
    "many cells. Mend the line that is named; CSV is read as UTF-8 with a header row.",
    "bad-entity": "An entity of a catalog file is not valid and is left out; its neighbours stay. Mend the field that is "
    "named, as Backstage's descriptor format has it.",
    "bad-expression": "A JMESPath expression in a manifest cannot be read, or does not fit the document. Mend the expression.",
    "bad-front-matter": "The front matter of a Markdown file cannot be read, is no mapping, or uses a name that "
    "Callboard fills in itself (`text`, `text_line`, `path`, `file`). Mend the lines between the two `---`.",
    "bad-json": "A JSON file cannot be read: a syntax error, a key said twice, NaN, a number or nesting beyond reason, "
    "or text that is not UTF-8. Mend the line that is named.",
    "bad-output": "The output folder is a link, a file or a mount point, holds the site's sources, or lies among them. "
    "Choose a folder of its own.",
    "bad-path": "A path of the site cannot be used: it leads out of the site's folder, or holds `..`, `?`, `#`, a backslash or a "
    "control character. Write one inside of the site.",
    "bad-proxy": "An endpoint under `proxy:` cannot be used: its target is no whole address, its credentials are no policy, or a method, "
    "header or pathRewrite cannot be passed on safely. Mend the key that is named; with `skipInvalidProxies` the endpoint is left out.",
    "bad-reference": "A reference to another entity cannot be read: an empty part, or no kind where none is implied. Write "
    "kind:namespace/name.",
    "bad-substitution": "A `${` in the site's file cannot be understood. Write `${VAR}`, `${VAR:-default}` or `${file:path}`, or `$${` "
    "for the two characters themselves.",
    "bad-toml": "A TOML file cannot be read. Mend the line that is named.",
    "bad-url": "An address cannot be used. That of the site, or of a link, is whole, http or https, and without a user name. That "
    "of a source has its scheme and host written out or from an option of type url, and what is filled in may not leave its path. "
    "Mend the address or the option.",
    "bad-yaml": "A YAML document cannot be read, or is beyond the limits. Mend the line that is named.",
    "broken-link": "A link in a Markdown page leads to no page or file of this site. Mend the path, or remove the link.",
    "broken-redirect": "An old address leads nowhere, in a circle, or begins where a page is. Mend the redirect or the "
    "alias, or remove it.",
    "cache-refused": "A cache server did not take some of the answers, being out of memory or of room for large values. Give the "
    "server more memory; what it did not take is fetched again.",
    "cache-set-aside": "The cache was damaged or written by a newer Callboard; it was renamed and a new one was begun. "
    "Nothing to do: sources are fetched again.",
    "cache-unusable": "The cache cannot be opened or written, or its server does not answer; the build went on without it. Check the "
    "space and the permissions of the folder `.callboard`, or the server that `cache:` names.",
    "cut-list": "A source has more parts or rows than are taken. Raise `most` or `rows`, or ask for less.",
    "dangling-reference": "A reference leads to an entity that is not in the catalog. Mend the name, or read the file that "
    "describes the entity as well.",
    "database-set-aside": "The file of a plugin's own database was damaged; it was renamed, never deleted, and a new one was begun. "
    "Put back a copy of it if there is one.",
    "database-unusable": "The server that `database:` names did not answer or let nobody in. What plugins keep there is not shown "
    "this time, and all other pages are complete. Check the server and the connection.",
    "dead-link": "A link to another site leads to nothing there: 404, 410, or no such host. Mend the address, or name it under "
    "`links: {ignore: […]}`.",
    "diagram-failed": "A diagram in a text was not drawn; its text is shown. Mend the diagram, or look at the command or the service that "
    "draws it.",
    "disk": "The disk is full or does not allow a file to be written; what was published before is still whole. "
    "Make room or mend the permissions, and build again.",
    "duplicate-entity": "Two places describe the same entity (kind, namespace and name, compared without case). The first "
    "one is shown; remove or rename the other.",
    "failed-source": "A service did not answer, and there is no answer from before; the pages say so. Check the service; the "
    "next build asks again.",
    "file-failed": "A file that a plugin publishes beside its pages could not be made. The site is published without it. Mend the "
    "function that the manifest names under `files`.",
    "foreign-output": "The output folder holds files that Callboard did not make, and would be replaced. Choose another folder, "
    "or empty this one.",
    "include-loop": "A file of the site includes itself, directly or through others. Remove one of the `include` lines.",
    "kind-twice": "Two plugins declare an entity kind of the same name. Mount only one of them, or remove the kind from one.",
    "low-contrast": "The accent is not readable as text: WCAG asks for 7:1 on the page. Take the darker colour that is named.",
    "missing-file": "A file is named that does not exist, or a pattern that no file fits. Create the file, or mend the path.",
    "missing-key": "A key that must be there is missing. Add it.",
    "missing-need": "A plugin reads what another one provides, and that one is not mounted. Mount it as well.",
    "missing-option": "A source needs an option that the mount does not set. Set it under `options:`.",
    "missing-overlay": "There is no overlay for the name given as `--env`. Create `site.<name>.yaml` beside `site.yaml`, or correct the "
    "name.",
    "missing-package": "Something is asked for that needs another Python package. Install what is named where the site is built.",
    "missing-secret": "An option that holds a credential is not set, and neither is its environment variable. Set the variable "
    "where the site is built.",
    "missing-template": "A manifest names a template that is not in the plugin's folder `templates/`. Write it, mend the name, "
    "or use a view.",
    "mounted-twice": "A plugin is mounted twice at the same path. Give one of the mounts another path.",
    "needs-loop": "Plugins need each other in a circle, so that none of them can be loaded first. Remove one of their `needs`.",
    "newer-format": "A theme or plugin is written for a newer Callboard. Upgrade Callboard, or take an older release of it.",
    "no-path": "A record gets no page, since a part of its path would be empty. Give it a value for each placeholder of the "
    "path.",
    "no-site": "There is no `site.yaml` here. Change to the site's folder, name it on the command line, or make a new site with "
    "`callboard init`.",
    "not-allowed": "A source runs a command that `site.yaml` does not allow. Write it under `allow: {commands: […]}` if it may run "
    "wherever the site is built.",
    "plugin-code": "A plugin's Python code cannot be loaded, or does not hold the class that its manifest names. Mend the line "
    "that is named, or remove the mount.",
    "plugin-twice": "Two places hold a plugin of the same name: the site's `plugins/`, Callboard itself, or an installed "
    "package. Rename or remove one.",
    "provider-failed": "A plugin's provider failed; its pages say so, and all others are complete. Mend what the message says.",
    "proxy-option": "An option of a proxied endpoint is read, so that Backstage's section loads unchanged, but has no effect "
    "here. Remove it.",
    "refused-file": "A file is not read: a link leads out of its folder, it is too large, no regular file, or not "
    "readable. Mend the file, or name the folder that it lies in.",
    "required-source": "A source says `required: true`, and there is no data of it, not even a last good answer. Nothing is "
    "published: mend the source, or build again when it answers.",
    "route-collision": "Two pages want the same address, compared without case, as some hosts do. Rename the file, or move one "
    "of the mounts.",
    "said-twice": "Two files of a site say different things for the same key. Keep one of the two.",
    "slow-markdown": "Python-Markdown took too long over a text, or failed on it; the page was made by Callboard's own engine. Mend what "
    "is unusual in the text, or leave out `engine`.",
    "stale-source": "A service did not answer; shown is its last good answer. Check the service; the next build asks again.",
    "template-error": "A template cannot be read or fails while it draws a page. Mend the template at the line that is named.",
    "theme-loop": "A theme extends itself, directly or through another. Mend `extends:` in its `theme.yaml`.",
    "unknown-card": "`slots:` of the site names a card or tab that no mounted plugin puts into that slot. Mend the name, which is "
    "`<plugin>.<id>`, or mount the plugin.",
    "unknown-key": "A key that nobody reads, perhaps misspelt. Correct or remove it.",
    "unknown-kind": "An entity has a kind or an apiVersion that no plugin declares, and is left out. Mend the word, or "
    "declare the kind in a plugin's `kinds:`.",
    "unknown-list": "A page or slot shows a list that no source of its manifest makes. Mend the name, or declare the source.",
    "unknown-markdown": "A text uses a syntax that this dialect of Markdown does not have (a macro, a block of another tool), or includes "
    "a file that is not there; it stays text. Write it otherwise, or as code.",
    "unknown-plugin": "There is no plugin of that name: plugins are folders with a `plugin.yaml` in the site's `plugins/`, "
    "bundled, or installed packages. Mend the name, or install it.",
    "unknown-slot": "A manifest fills a slot that no page of this site offers. Mount the plugin that offers it, or mend the "
    "slot's name.",
    "unknown-switch": "`publish:` of the site names files that no mounted plugin publishes. Mend the name, or mount the plugin.",
    "unknown-theme": "There is no theme of that name: themes are folders with a `theme.yaml` in the site's `themes/`, or "
    "bundled. Mend the name.",
    "unpublished-file": "A page or the site names a file that is not published: it is missing, or not of a kind that pages "
    "may show.",
    "unknown-source": "`--refresh` names a source that no mounted plugin has. The build report lists the sources by name.",
    "unset-variable": "The site's file names an environment variable that is not set. Set it where the site is built, or write a "
    "default: `${VAR:-default}`.",
    "wrong-metric": "A metric of a manifest gives no number, or does not fit the data: it is not kept. Mend the expression.",
    "wrong-name": "A name in a manifest cannot be used: of an option, a source, a list or a slot. Write what is named.",
    "wrong-option": "A manifest names an option that it does not declare, or one of a type that does not fit there. Declare it "
    "under `options`, or mend the name.",
    "wrong-predicate": "A slot's `when` is no predicate. Write what is named.",
    "wrong-shape": "A file holds something else than records, such as a single text. Write a list of mappings, or mend "
    "the manifest's `select`.",
    "wrong-source": "A source is of no kind (`file`, `http`, `graphql`, `sql`, `prometheus`, `command`) or of several, or has a key that "
    "its kind does not know, or lacks one that it needs. Write what the problem names.",
    "wrong-value": "A value is of another type or form than its key wants. Write what is named.",
    "wrong-view": "A page or slot has both or neither of `view` and `template`, lacks what its view shows, or changes what it "
    "may not. Write what is named.",
}
