"""Mounts → Plugins: each found, read once, its needs and options checked, its code loaded if all of that is sound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from callboard.discovery import code, kinds, live, manifests, options, origins, own
from callboard.discovery.findings import Findings, suggestion
from callboard.discovery.manifests import Reading
from callboard.folders import Folders, PluginFolder
from callboard.model.lookup import of_plugin
from callboard.model.manifest import Manifest, Plugin, expressions
from callboard.model.problem import Key, Place, Problem, dotted, ordered
from callboard.model.site import MountSpec, Site

CONTENT_PLUGIN: Final = "pages"
"""The plugin that turns the Markdown of the site's content folder into pages."""


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount of a site, said in ``plugins:`` or implied by a content folder."""

    spec: MountSpec
    key: Key
    """Where its options are said: ``("plugins", 0)``."""
    place: Place
    path: str


def find(site: Site) -> tuple[tuple[Plugin, ...], tuple[Problem, ...]]:
    """A Plugin for each mount that is sound, in the order of ``site.yaml``, the content folder's last; and all problems."""
    mounts = all_mounts(site)
    search = _Search(site, Folders(site.root), Counter(mount.spec.plugin for mount in mounts))
    made = {(plugin.name, plugin.path): plugin for mount in mounts if (plugin := search.plugin(mount)) is not None}
    complete = _complete(made.values())
    ours, amiss = own.plugin(site)
    complete = (*complete, ours) if ours else complete
    named = _unknown_names(complete, search.folders)
    problems = [*search.problems, *_twice(mounts), *_cycles(mounts, search.readings), *kinds.clashes(complete), *amiss, *named]
    return complete, ordered(problems)


def all_mounts(site: Site) -> list[Mount]:
    """The mounts that ``plugins:`` says, and the implied one of the content folder."""
    return [*_said(site), *_implied(site)]


@dataclass(slots=True)
class _Search:
    """What is known of a site's plugins so far."""

    site: Site
    folders: Folders
    counts: Mapping[str, int]
    readings: dict[str, Reading | None] = field(default_factory=dict)
    codes: dict[str, code.Code | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def plugin(self, mount: Mount) -> Plugin | None:
        """The Plugin of one mount; None if anything is wrong with it, which is noted."""
        places = self.folders.of(mount.spec.plugin)
        self._places(mount, places)
        reading = self._reading(mount.spec.plugin, places)
        if reading is None or reading.manifest is None:
            return None
        missing = self._needs(mount, reading.manifest)
        sound = not reading.problems
        given = self._options(mount, reading)
        if not sound or missing or len(places) > 1 or given is None:
            return None
        return self._made(mount, reading, reading.manifest, *given)

    def _places(self, mount: Mount, places: Sequence[PluginFolder]) -> None:
        name = mount.spec.plugin
        if len(places) > 1:
            what = f'there is more than one plugin "{name}": {" and ".join(place.shown for place in places)}.'
            ours = places[0].origin == "site"
            mend = f"Rename or remove {places[0].shown}." if ours else "Uninstall all but one."
            self._note(mount, "plugin-twice", what, mend)
        elif not places:
            known = self.folders.names
            what = f'there is no plugin "{name}"{suggestion(name, known)}'
            empty = (self.site.root / "plugins" / name).is_dir()
            lacks = f"The folder plugins/{name} has no plugin.yaml. " if empty else ""
            self._note(mount, "unknown-plugin", what, f"{lacks}Available are: {', '.join(known) or 'none'}.", "plugin")

    def _reading(self, name: str, places: Sequence[PluginFolder]) -> Reading | None:
        """The plugin's folder as read; read once, so that its problems are said once."""
        if name not in self.readings:
            self.readings[name] = reading = manifests.read(places[0]) if places else None
            self.problems += reading.problems if reading else ()
        return self.readings[name]

    def _needs(self, mount: Mount, manifest: Manifest) -> list[str]:
        missing = [name for name in manifest.needs if name not in self.counts and name[-1] not in "*?"]
        for name in missing:
            self._note(mount, "missing-need", f'needs plugin "{name}", which is not mounted.', f"Add: - plugin: {name}")
        return missing

    def _options(self, mount: Mount, reading: Reading) -> tuple[code.Code, Any] | None:
        """The plugin's code and this mount's options; None if anything of that is wrong."""
        manifest = reading.manifest
        assert manifest is not None
        table = manifest.options
        own = isinstance(table, str)
        if (own and reading.problems) or not reading.options_sound:
            return None
        loaded = self._code(reading, manifest) if own else code.Code()
        if loaded is None:
            return None
        form = options.form_of(loaded.options) if loaded.options else options.form({} if isinstance(table, str) else table)
        key = (*mount.key, "options") if mount.key[:1] == ("plugins",) else mount.key
        found, problems = options.validated(form, mount.spec.options, self.site, at=key, plugin=mount.spec.plugin)
        self.problems += problems
        if found is None or reading.problems:
            return None
        loaded = loaded if own else self._code(reading, manifest)
        return None if loaded is None else (loaded, found)

    def _code(self, reading: Reading, manifest: Manifest) -> code.Code | None:
        name = reading.place.name
        if name not in self.codes:
            findings = Findings(reading.marks, name)
            loaded = code.load(reading.place, manifest, reading.digest, findings)
            if loaded and loaded.options:
                fields = loaded.options.model_fields.items()
                types = {field.alias or attribute: "" for attribute, field in fields}
                origins.check(manifest, types, reading.place.folder, findings)
                live.check(manifest, types, findings)
            self.codes[name] = None if findings.items else loaded
            self.problems += findings.items
        return self.codes[name]

    def _made(self, mount: Mount, reading: Reading, manifest: Manifest, loaded: code.Code, found: Any) -> Plugin:
        name = mount.spec.plugin
        values = options.plain(found)
        shown = mount.spec.model_copy(update={"options": options.hidden(mount.spec.options, values)})
        return Plugin(
            name=name,
            id=name if self.counts[name] == 1 else f"{name}@{mount.path.rstrip('/') or '/'}",
            folder=reading.place.folder,
            origin=reading.place.origin,
            manifest=manifest,
            manifest_marks=reading.marks,
            digest=reading.digest,
            mount=shown,
            mount_place=mount.place,
            path=mount.path,
            title=mount.spec.title or manifest.title,
            options=values,
            option_marks={**self._within(mount), **{option: self._option_place(mount, option) for option in values}},
            option_model=found if isinstance(manifest.options, str) else None,
            kinds=reading.kinds,
            code=loaded.provider,
            load=partial(code.named, reading.place, reading.digest),
        )

    def _option_place(self, mount: Mount, option: str) -> Place:
        if option in mount.spec.options and mount.key[:1] == ("plugins",):
            return self.site.marks.at((*mount.key, "options", option))
        return mount.place

    def _within(self, mount: Mount) -> dict[str, Place]:
        """The places of all keys inside a mount's options."""
        above = (*mount.key, "options")
        size = len(above)
        return {dotted(key[size:]): place for key, place in self.site.marks.items() if key[:size] == above and len(key) > size}

    def _note(self, mount: Mount, code: str, what: str, mend: str, word: str = "") -> None:
        key = (*mount.key, word) if word and mount.key[:1] == ("plugins",) else mount.key
        place = self.site.marks.at(key) if word else mount.place
        self.problems.append(Problem(code, what, place, dotted(key), mend, plugin=mount.spec.plugin))


def _complete(plugins: Iterable[Plugin]) -> tuple[Plugin, ...]:
    """Those whose needs are among them, each before or behind it but in no circle: the others could not run."""
    made = list(plugins)
    needs = _resolved({plugin.name: plugin.manifest.needs for plugin in made})
    left = [replace(plugin, needs=needs[plugin.name]) for plugin in made]
    ready: set[str] = set()
    while names := {plugin.name for plugin in left if plugin.name not in ready and ready.issuperset(plugin.needs)}:
        ready |= names
    return tuple(plugin for plugin in left if plugin.name in ready)


def _resolved(needs: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """For each plugin the names that its needs mean, given what each of those that are mounted says."""
    every = [name for name, said in needs.items() if "*" not in said]

    def meant(name: str, word: str) -> list[str]:
        if word == "*":
            return [other for other in every if other != name]
        other = word.removesuffix("?")
        return [other] if other == word or other in needs else []

    return {name: tuple(dict.fromkeys(other for word in said for other in meant(name, word))) for name, said in needs.items()}


def _said(site: Site) -> Iterator[Mount]:
    for index, spec in enumerate(site.spec.plugins):
        path = spec.path.strip("/") or ("" if spec.path else spec.plugin.replace("_", "-"))
        yield Mount(spec, ("plugins", index), site.marks.at(("plugins", index)), f"/{path}/" if path else "/")


def _implied(site: Site) -> Iterator[Mount]:
    """The mount of the content folder, if it holds Markdown and nothing else mounts the plugin for it."""
    content = site.spec.content
    if not content or any(spec.plugin == CONTENT_PLUGIN for spec in site.spec.plugins):
        return
    if next((site.root / content).rglob("*.md"), None) is not None:
        spec = MountSpec(plugin=CONTENT_PLUGIN, path="/", options={"folder": content})
        yield Mount(spec, ("content",), site.marks.at(("content",)), "/")


def _twice(mounts: Sequence[Mount]) -> Iterator[Problem]:
    """Two mounts of one plugin at one path: not even their ids would differ."""
    first: dict[tuple[str, str], Mount] = {}
    for mount in mounts:
        other = first.setdefault((mount.spec.plugin, mount.path), mount)
        if other is not mount:
            what = f'the plugin "{mount.spec.plugin}" is already mounted at {mount.path} ({other.place}).'
            mend = "Give one of the two another path, or remove it."
            yield Problem("mounted-twice", what, mount.place, dotted(mount.key), mend, plugin=mount.spec.plugin)


def _unknown_names(plugins: Sequence[Plugin], folders: Folders) -> Iterator[Problem]:
    """What pages show of plugins that there are not: ``histroy:series``. One that is only not mounted gives nothing to show."""
    for plugin in {plugin.name: plugin for plugin in plugins}.values():
        for key, text in expressions(plugin.manifest):
            name = of_plugin(text)[0]
            if name and name not in folders.names:
                what = f'there is no plugin "{name}"{suggestion(name, folders.names)}'
                mend = f"Available are: {', '.join(folders.names)}."
                yield Problem("unknown-plugin", what, plugin.manifest_marks.at(key), dotted(key), mend, plugin=plugin.name)


def _cycles(mounts: Sequence[Mount], readings: Mapping[str, Reading | None]) -> Iterator[Problem]:
    """Plugins that wait for each other, said once, at the first mount of the circle."""
    needs = _resolved({name: reading.manifest.needs for name, reading in readings.items() if reading and reading.manifest})
    seen: set[str] = set()
    for mount in mounts:
        circle = _circle(mount.spec.plugin, needs)
        if circle and not seen & set(circle):
            seen |= set(circle)
            what = f"these plugins need each other, so that none can be first: {' → '.join([*circle, circle[0]])}."
            yield Problem(
                "needs-loop", what, mount.place, dotted(mount.key), "Remove one of their needs.", plugin=mount.spec.plugin
            )


def _circle(start: str, needs: Mapping[str, Sequence[str]]) -> list[str]:
    """The way from a plugin along its needs back to itself; empty if there is none."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for name in needs.get(way[-1], ()):
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []
