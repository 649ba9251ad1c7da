"""Manifests: ``plugin.yaml`` read, its version first, then its form, then its meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from callboard import paths, schema, yamlfile
from callboard.discovery import kinds, soundness
from callboard.discovery.findings import Findings
from callboard.folders import MANIFEST, PluginFolder, digest
from callboard.model.entity import Kind
from callboard.model.manifest import Manifest
from callboard.model.problem import Marks, Place, Problem

FORMAT: Final = 1
"""The newest manifest format that this Callboard reads."""
_FILE = re.compile(r"\.html\Z")


@dataclass(frozen=True, slots=True)
class Reading:
    """A plugin's folder as read. ``manifest`` is None if not even its form is right; problems may stand beside one that has."""

    place: PluginFolder
    marks: Marks
    manifest: Manifest | None = None
    kinds: tuple[Kind, ...] = ()
    digest: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def options_sound(self) -> bool:
        """Whether nothing is wrong with the options that the manifest declares, so that a mount can be held against them."""
        return not any(problem.path == "options" or problem.path.startswith("options.") for problem in self.problems)


def read(place: PluginFolder) -> Reading:
    """Read one plugin's manifest, with everything that is wrong with it."""
    file = f"{place.shown}/{MANIFEST}"
    try:
        value, marks = yamlfile.load(text(place), file)
    except (yamlfile.Malformed, paths.Refused, UnicodeDecodeError, FileNotFoundError) as fault:
        marks = Marks({}, Place(file, 1, 1))
        return Reading(place, marks, problems=(_unreadable(fault, file, place.name),))
    findings = Findings(marks, place.name)
    if not _version(value, findings):
        return Reading(place, marks, problems=tuple(findings.items))
    manifest, problems = schema.validated(Manifest, value, marks)
    findings.extend(problems)
    if manifest is None or problems:
        return Reading(place, marks, manifest, problems=tuple(findings.items))
    soundness.check(manifest, place, findings)
    found = kinds.load(place, manifest, findings)
    return Reading(place, marks, _with_folders(manifest), found, digest(place.folder), tuple(findings.items))


def _with_folders(manifest: Manifest) -> Manifest:
    """The manifest with page paths as folders: ``/records`` is ``/records/``, a file that hosts serve as HTML."""
    pages = [
        page if page.path.endswith("/") or _FILE.search(page.path) else page.model_copy(update={"path": f"{page.path}/"})
        for page in manifest.pages
    ]
    return manifest.model_copy(update={"pages": pages})


def text(place: PluginFolder) -> str:
    """The manifest as written. Raises Refused, UnicodeDecodeError or FileNotFoundError."""
    return paths.read(place.folder, place.manifest, limit=yamlfile.SITE.size).decode("utf-8-sig")


def _unreadable(fault: Exception, file: str, name: str) -> Problem:
    if isinstance(fault, yamlfile.Malformed):
        return kinds.unreadable(fault, file, name)
    if isinstance(fault, paths.Refused):
        return Problem("refused-file", fault.what, Place(file), mend=fault.mend, plugin=name)
    return Problem("bad-yaml", "the file is not UTF-8 text.", Place(file), mend="Save it as UTF-8.", plugin=name)


def _version(value: Any, findings: Findings) -> bool:
    """An older Callboard must say "upgrade", not "unknown key": so the version is looked at before anything else."""
    if not isinstance(value, dict):
        findings.add("wrong-value", (), "wanted a mapping with callboard: 1 and a title.", "Write for example: title: On call")
        return False
    version = value.get("callboard")
    if version is None:
        findings.add("missing-key", (), "the manifest does not say its format.", f"Add at its top: callboard: {FORMAT}")
    elif isinstance(version, bool) or not isinstance(version, int) or version < 1:
        findings.add("wrong-value", ("callboard",), "wanted the number of a manifest format.", f"Write: callboard: {FORMAT}")
    elif version > FORMAT:
        what = f"needs a newer Callboard: it is written for format {version}, this one reads {FORMAT}."
        findings.add("newer-format", ("callboard",), what, "Upgrade callboard.")
    else:
        return True
    return False
