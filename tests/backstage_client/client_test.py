"""Backstage's own catalog client, catalog model and in-memory catalog against a site of ours, live and as bare files."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest

from callboard.plugin import matches

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
REAL = ROOT.parent / "shared" / "data" / "catalogs" / "backstage"
BELOW = "https://example.com/portal/"
LIVE = [
    "getEntities",
    "getEntities: filters",
    "getEntities: fields",
    "getEntities: order, pages, after",
    "queryEntities: all pages, forwards and backwards",
    "queryEntities: counting, offset, fields",
    "queryEntities: full text",
    "queryEntitiesByPredicate",
    "streamEntities",
    "getEntitiesByRefs",
    "getEntityByRef, getEntityByName",
    "getEntityAncestors",
    "getEntityFacets",
    "getEntityFacetsByPredicate",
    "locations",
    "validateEntity",
    "what only a running catalog can do",
    "fresh answers",
    "every method was called",
]
STATIC = ["getEntities", "getEntityByRef", "getEntityAncestors", "by uid", "getEntityFacets", "getLocations"]
MODEL = ["references", "envelopes", "kinds", "relations", "locations"]
ORACLE = ["entities", "filters", "predicates", "facets", "order", "full text"]

# One process at a time installs the packages and serves the site.
pytestmark = pytest.mark.xdist_group("backstage_client")
Asked = Callable[..., list[str]]


@pytest.fixture(scope="module")
def node(packages: Callable[[Path], str]) -> str:
    """Node.js, with the packages that ``package-lock.json`` names."""
    return packages(HERE)


def make(folder: Path, url: str) -> Path:
    """A site of our own small catalog and, where it lies beside the project, the one of Backstage itself."""
    shutil.copytree(HERE / "site", folder)
    targets = ["catalog.yaml", "more.yaml"]
    if REAL.is_dir():
        shutil.copytree(REAL, folder / "real")
        targets.append("real/**/catalog-info.yaml")
    places = [{"type": "file", "target": target} for target in targets]
    kinds = ["Component", "API", "Resource", "System", "Domain", "Group", "User", "Location", "Template", "AiResource"]
    mount = {"plugin": "catalog", "options": {"locations": places, "rules": [{"allow": kinds}]}}
    site = {"site": {"title": "Portal", "url": url}, "content": False, "plugins": [mount]}
    (folder / "site.yaml").write_text(json.dumps(site), encoding="utf-8")
    return folder


def build(site: Path) -> None:
    """What a host would publish."""
    command = [sys.executable, "-m", "callboard", "build", str(site), "--offline"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout


def saying(*words: str) -> Iterator[str]:
    """A running ``callboard serve`` or ``proxy``; the address that it says."""
    command = [sys.executable, "-m", "callboard", *words, "--port", "0"]
    env = os.environ | {"CI": "1", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env) as process:
        assert process.stdout is not None
        found, said = None, ""
        while not found:
            line = process.stdout.readline()
            said += line
            assert line, said
            found = re.search(r"(http://[^\s/]+(?:/portal)?)/", line)
        reading = threading.Thread(target=process.stdout.read)
        reading.start()
        yield f"{found[1].removesuffix('/portal')}/portal/api/catalog"
        process.terminate()
        process.wait(20)
        reading.join()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``callboard serve`` on a site below a path; the address of its API."""
    yield from saying("serve", str(make(tmp_path_factory.mktemp("client") / "site", BELOW)))


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``callboard proxy`` on the same site, built."""
    site = make(tmp_path_factory.mktemp("proxied") / "site", BELOW)
    build(site)
    yield from saying("proxy", str(site))


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The published folder behind the plainest of servers."""
    site = make(tmp_path_factory.mktemp("static") / "site", "")
    build(site)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site / "public"))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/api/catalog"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def asked(node: str) -> Asked:
    """Runs a script of checks once; its lines."""
    known: dict[tuple[str, ...], list[str]] = {}

    def run(script: str, *words: str) -> list[str]:
        if (script, *words) not in known:
            command = [node, str(HERE / script), *words]
            done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=180, check=False)
            assert done.returncode == 0, done.stderr
            known[script, *words] = done.stdout.splitlines()
        return known[script, *words]

    return run


def passed(lines: list[str], name: str) -> None:
    """One check was made, and nothing went wrong."""
    results = {result["name"]: result["error"] for result in map(json.loads, lines)}
    assert name in results, f"there is no check {name}"
    if results[name]:
        pytest.fail(results[name], pytrace=False)


@pytest.mark.parametrize("name", LIVE)
def test_live(name: str, served: str, asked: Asked) -> None:
    """Every reading method of the client, compared with plain loops over all entities."""
    lines = asked("live.cjs", served)
    assert [json.loads(line)["name"] for line in lines] == LIVE
    passed(lines, name)


def test_proxied(proxied: str, asked: Asked) -> None:
    """The same beside a static host."""
    lines = asked("live.cjs", proxied, "proxy")
    for name in LIVE:
        passed(lines, name)


@pytest.mark.parametrize("name", STATIC)
def test_static(name: str, static: str, asked: Asked) -> None:
    """What the path alone decides needs no server of ours."""
    passed(asked("static.cjs", static), name)


@pytest.mark.parametrize("name", MODEL)
def test_model(name: str, served: str, asked: Asked) -> None:
    """Backstage's model takes every entity that we publish for its own."""
    passed(asked("model.cjs", served), name)


@pytest.mark.parametrize("name", ORACLE)
def test_oracle(name: str, served: str, asked: Asked) -> None:
    """Backstage's in-memory catalog gives the same answers over the same entities."""
    passed(asked("oracle.cjs", served), name)


PREDICATES: list[dict[str, object]] = [
    {"kind": "COMPONENT"},
    {"kind": "component", "spec.type": "Service"},
    {"metadata.annotations.example.com/tier": "Gold"},
    {"metadata.annotations.backstage.io/source-location": {"$exists": True}},
    {"metadata.annotations": {"$exists": False}},
    {"metadata.links": {"$exists": True}},
    {"spec.replicas": 3},
    {"spec.replicas": "0"},
    {"spec.critical": True},
    {"spec.critical": "true"},
    {"spec.nothing": {"$exists": True}},
    {"spec.nothing": {"$exists": False}},
    {"spec.ratio": "0.5"},
    {"spec.type": {"$in": ["SERVICE", "grpc", 1]}},
    {"metadata.name": {"$hasPrefix": "W"}},
    {"spec.replicas": {"$hasPrefix": "3"}},
    {"metadata.tags": {"$contains": "JAVA"}},
    {"metadata.tags": "java"},
    {"metadata.tags.java": True},
    {"metadata.links": {"$contains": {"title": "dashboard"}}},
    {"metadata.links": {"$contains": {"title": {"$exists": False}}}},
    {"relations": {"$contains": {"type": "ownedBy", "targetRef": "group:default/team-a"}}},
    {"relations": {"$contains": {"$any": [{"type": "partOf"}, {"type": "memberOf"}]}}},
    {"spec.list": {"$contains": 2.5}},
    {"spec.list": {"$contains": {"a": "b"}}},
    {"spec.profile.displayName": {"$exists": True}},
    {"$all": []},
    {"$any": []},
    {"$not": {"$any": [{"kind": "component"}, {"spec.owner": "team-a"}]}},
    {"$all": [{"$not": {"kind": "user"}}, {"$any": [{"spec.lifecycle": "production"}, {"kind": "group"}]}]},
]


def test_matches(static: str, asked: Asked) -> None:
    """Backstage's own evaluation of predicates, which lay out its pages, is that of ``callboard.plugin.matches``."""
    entities = entities_of(static)
    theirs = json.loads(asked("oracle.cjs", static, "matches", json.dumps(PREDICATES))[0])
    for predicate, wanted in zip(PREDICATES, theirs, strict=True):
        assert [ref for ref, entity in entities.items() if matches(predicate, entity)] == wanted, predicate


def entities_of(api: str) -> dict[str, dict[str, object]]:
    """All published entities, by reference."""
    import urllib.request

    with urllib.request.urlopen(f"{api}/entities/") as answer:
        entities = json.load(answer)
    return {f"{one['kind']}:{one['metadata']['namespace']}/{one['metadata']['name']}".lower(): one for one in entities}


def rows_module() -> ModuleType:
    """The catalog's own flattening."""
    spec = importlib.util.spec_from_file_location("catalog_rows", ROOT / "plugins/catalog/query/rows.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rows(static: str, asked: Asked) -> None:
    """The rows that Backstage's backend would search are ours, one by one."""
    entities = entities_of(static)
    theirs = json.loads(asked("oracle.cjs", static, "rows")[0])
    rows = rows_module().rows
    assert len(entities) == len(theirs) > 10
    for ref, entity in entities.items():
        assert [list(row) for row in rows(entity)] == theirs[ref]
