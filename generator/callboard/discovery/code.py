"""A plugin's Python code, loaded by path as ``callboard_plugins.<name>``, only when it is mounted."""

from __future__ import annotations

import importlib
import sys
import traceback
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from callboard.discovery.findings import Findings, suggestion
from callboard.folders import MANIFEST, PluginFolder
from callboard.model.problem import Marks, Place, Problem, Problems

if TYPE_CHECKING:
    from callboard.model.manifest import Manifest

ROOT: Final = "callboard_plugins"


@dataclass(frozen=True, slots=True)
class Code:
    """What the manifest names of a plugin's code; None where it names nothing."""

    provider: type[Any] | None = None
    options: type[Any] | None = None


def load(place: PluginFolder, manifest: Manifest, digest: str, findings: Findings) -> Code | None:
    """The classes that a manifest names, or None with problems added: the other plugins go on.

    ``digest`` is of the folder's files: code that changed, or that lies elsewhere now, is loaded anew.
    """
    from pydantic import BaseModel

    from callboard.plugin import Provider

    options = manifest.options if isinstance(manifest.options, str) else ""
    wanted = [("provider", manifest.provider, Provider), ("options", options, BaseModel)]
    found: dict[str, type[Any] | None] = {"provider": None, "options": None}
    for key, reference, base in wanted:
        if reference:
            found[key] = _class(key, reference, base, place, digest, findings)
            if found[key] is None:
                return None
    return Code(found["provider"], found["options"])


def named(place: PluginFolder, digest: str, reference: str) -> Any:
    """What ``module:name`` of a plugin's code is. Raises Problems: code that cannot be loaded, or has no such name."""
    module_name, name = reference.split(":")
    findings = Findings(Marks({}, Place(f"{place.shown}/{MANIFEST}")), place.name)
    try:
        module = _module(place, module_name, digest)
    except (Exception, SystemExit) as error:  # foreign code: whatever it raises is a problem of this plugin alone
        _forget(f"{ROOT}.{place.name}")
        raise Problems([_problem(error, place, findings)]) from None
    if not hasattr(module, name):
        known = [word for word, value in vars(module).items() if callable(value) and not word.startswith("_")]
        what = f'"{module_name.replace(".", "/")}.py" has no "{name}"{suggestion(name, known)}'
        findings.add("plugin-code", (), what, "Write it, or correct the name in plugin.yaml.")
        raise Problems(findings.items)
    return getattr(module, name)


def _class(key: str, reference: str, base: type[Any], place: PluginFolder, digest: str, findings: Findings) -> type[Any] | None:
    module_name, class_name = reference.split(":")
    try:
        module = _module(place, module_name, digest)
    except (Exception, SystemExit) as error:  # foreign code: whatever it raises is a problem of this plugin alone
        _forget(f"{ROOT}.{place.name}")
        findings.extend([_problem(error, place, findings)])
        return None
    found = getattr(module, class_name, None)
    if found is None:
        classes = [name for name, value in vars(module).items() if isinstance(value, type)]
        what = f'"{module_name}.py" has no class "{class_name}"{suggestion(class_name, classes)}'
        findings.add("plugin-code", (key,), what, "Write it, or correct the name.")
    elif not (isinstance(found, type) and issubclass(found, base)):
        kind = "callboard.plugin.Provider" if key == "provider" else "pydantic.BaseModel"
        findings.add("plugin-code", (key,), f'"{class_name}" is no subclass of {kind}.', f"Derive it from {kind}.")
    else:
        return found
    return None


def _module(place: PluginFolder, module: str, digest: str) -> ModuleType:
    package = f"{ROOT}.{place.name}"
    mark = (str(place.folder), digest)
    if getattr(sys.modules.get(package), "__callboard__", None) != mark:
        _forget(package)
        importlib.invalidate_caches()  # files may be younger than what the import system remembers of the folder
        _package(package, place.folder, mark)
    return importlib.import_module(f"{package}.{module}")


def _package(name: str, folder: Path, mark: tuple[str, str]) -> None:
    if ROOT not in sys.modules:
        sys.modules[ROOT] = module_from_spec(_spec(ROOT))
    start = folder / "__init__.py"
    spec = (
        spec_from_file_location(name, start, submodule_search_locations=[str(folder)])
        if start.is_file()
        else _spec(name, str(folder))
    )
    assert spec is not None  # only for endings that Python does not know
    module = module_from_spec(spec)
    module.__dict__["__callboard__"] = mark
    sys.modules[name] = module
    if spec.loader is not None and start.is_file():
        spec.loader.exec_module(module)


def _spec(name: str, *folders: str) -> ModuleSpec:
    """A package without a file of its own."""
    spec = ModuleSpec(name, None, is_package=True)
    spec.submodule_search_locations = list(folders)
    return spec


def _forget(package: str) -> None:
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]


def _problem(error: BaseException, place: PluginFolder, findings: Findings) -> Problem:
    where = _line(error, place) or findings.marks.default
    reason = f"{type(error).__name__}: {error}".rstrip(": ").rstrip(".")
    what = f"the plugin's code cannot be loaded: {reason}."
    return Problem("plugin-code", what, where, "", "Mend the code, or remove the mount.", plugin=place.name)


def _line(error: BaseException, place: PluginFolder) -> Place | None:
    """The innermost line of the plugin's own files that the error came through."""
    frames = [(frame.filename, frame.lineno or 1) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((error.filename, error.lineno or 1))
    for file, line in reversed(frames):
        path = Path(file)
        if path.is_relative_to(place.folder):
            return Place(f"{place.shown}/{path.relative_to(place.folder).as_posix()}", line, 1)
    return None
