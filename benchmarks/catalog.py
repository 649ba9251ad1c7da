"""A deterministic software catalog of N entities in Backstage's format: same N, same bytes.

    python benchmarks/catalog.py 1000 FOLDER     writes FOLDER/catalog/*.yaml and FOLDER/site.yaml

About 1 % Domains, 5 % Systems, 5 % Resources, 4 % Groups, 10 % Users, 20 % APIs, the rest Components; about six relations each.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

WORDS = tuple(
    "account alert archive asset audit badge basket billing booking broker cache catalog checkout claim cluster contract coupon "
    "credit delivery device digest document event export feature feed fraud gateway geo identity image import index inventory "
    "invoice ledger loyalty mail market media menu meter notice offer order payment payout photo planner policy pricing profile".split()
)
TAGS = (
    "java",
    "go",
    "python",
    "node",
    "rust",
    "react",
    "kafka",
    "grpc",
    "batch",
    "pii",
    "internal",
    "public",
    "legacy",
    "tier-1",
    "tier-2",
)
SHARES = {"Domain": 1, "System": 5, "Resource": 5, "Group": 4, "User": 10, "API": 20}
CHUNK = 500
"""Entities of one file."""

Entity = dict[str, Any]


LEAN = """\
publish: {api: false, twins: false}
slots:
  entity.tabs: [{card: catalog.relations, hide: true}, {card: catalog.definition, hide: true}, {card: catalog.members-tab, hide: true}]
  entity.cards: [{card: catalog.graph, hide: true}]
"""
"""What a generator of pages alone makes: no answers for machines, no tabs, no pictures."""


def entities(count: int) -> list[Entity]:
    """The catalog, in the order of its files."""
    random_ = random.Random(11)
    counts = {kind: max(2, count * share // 100) for kind, share in SHARES.items()}
    counts["Component"] = count - sum(counts.values())
    names = {kind: [_name(random_, kind, i) for i in range(n)] for kind, n in counts.items()}
    return [_entity(random_, kind, name, names) for kind, found in names.items() for name in found]


def _name(random_: random.Random, kind: str, number: int) -> str:
    return f"{random_.choice(WORDS)}-{random_.choice(WORDS)}-{kind.lower()[:3]}{number}"


def _entity(random_: random.Random, kind: str, name: str, names: dict[str, list[str]]) -> Entity:
    first, second = name.split("-")[:2]
    metadata: Entity = {
        "name": name,
        "title": f"{first.title()} {second.title()} {name.rsplit('-', 1)[1]}",
        "description": f"Keeps every {first} of the {second} side, & tells <others>. "
        + " ".join(random_.choices(WORDS, k=18)).capitalize(),
        "annotations": {
            "backstage.io/source-location": f"url:https://example.com/{name}/",
            "github.com/project-slug": f"example/{name}",
        },
        "labels": {"region": random_.choice(["eu", "us", "apac"])},
        "tags": sorted(random_.sample(TAGS, 3)),
        "links": [
            {"url": f"https://example.com/{name}/{word}", "title": word.title()}
            for word in random_.sample(["logs", "runbook", "dashboard", "chat"], 2)
        ],
    }
    spec = _SPECS[kind](random_, names)
    if spec.get("parent") == name:
        del spec["parent"]  # the first group is above all others
    return {"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}


def _owned(random_: random.Random, names: dict[str, list[str]], **more: Any) -> Entity:
    return {"owner": f"group:default/{random_.choice(names['Group'])}", **more}


def _component(random_: random.Random, names: dict[str, list[str]]) -> Entity:
    kind = random_.choice(["service", "service", "website", "library"])
    spec = _owned(random_, names, type=kind, lifecycle=random_.choice(["production", "experimental", "deprecated"]))
    spec["system"] = random_.choice(names["System"])
    spec["dependsOn"] = [f"component:default/{n}" for n in random_.sample(names["Component"], 2)]
    spec["dependsOn"].append(f"resource:default/{random_.choice(names['Resource'])}")
    spec["consumesApis"] = [random_.choice(names["API"])]
    return spec


def _api(random_: random.Random, names: dict[str, list[str]]) -> Entity:
    word = random_.choice(WORDS)
    definition = (
        f"openapi: 3.0.3\ninfo:\n  title: {word}\n  version: 1.0.0\npaths:\n  /{word}s:\n    get:\n"
        "      responses:\n        '200':\n          description: All\n"
    )
    return _owned(
        random_, names, type="openapi", lifecycle="production", system=random_.choice(names["System"]), definition=definition
    )


_SPECS: dict[str, Any] = {
    "Domain": _owned,
    "System": lambda r, n: _owned(r, n, domain=r.choice(n["Domain"])),
    "Resource": lambda r, n: _owned(r, n, type=r.choice(["database", "queue"]), system=r.choice(n["System"])),
    "Group": lambda _, n: {"type": "team", "children": [], "parent": n["Group"][0]},
    "User": lambda r, n: {
        "memberOf": r.sample(n["Group"], 2),
        "profile": {"displayName": " ".join(r.choices(WORDS, k=2)).title()},
    },
    "API": _api,
    "Component": _component,
}


def as_yaml(found: list[Entity]) -> str:
    """Multi-document YAML, written by hand: faster than a dumper and the same everywhere."""
    return "".join(f"---\n{_mapping(entity, 0)}" for entity in found)


def _mapping(value: Entity, depth: int) -> str:
    return "".join(_line(key, item, depth) for key, item in value.items())


def _line(key: str, item: Any, depth: int) -> str:
    pad = "  " * depth
    if isinstance(item, dict):
        return f"{pad}{key}:\n{_mapping(item, depth + 1)}"
    if isinstance(item, list) and item and isinstance(item[0], dict):
        rows = "".join(f"{pad}  - {_mapping(row, depth + 2).lstrip()}" for row in item)
        return f"{pad}{key}:\n{rows}"
    if isinstance(item, list):
        return f"{pad}{key}: {json.dumps(item)}\n"
    if "\n" in item:
        body = "".join(f"{pad}  {line}\n" for line in item.splitlines())
        return f"{pad}{key}: |\n{body}"
    return (
        f"{pad}{key}: {item if item.replace('-', '').replace('/', '').isalnum() and not item.isdigit() else json.dumps(item)}\n"
    )


def write(folder: Path, count: int, *, lean: bool = False) -> list[Entity]:
    """A whole site with the catalog mounted; the entities that it holds. A ``lean`` one has the pages of the peer and no others."""
    found = entities(count)
    (folder / "catalog").mkdir(parents=True, exist_ok=True)
    for start in range(0, len(found), CHUNK):
        text = as_yaml(found[start : start + CHUNK])
        (folder / "catalog" / f"entities-{start // CHUNK:03}.yaml").write_text(text, encoding="utf-8")
    (folder / "site.yaml").write_text(
        "site: {title: Benchmark}\nplugins:\n  - plugin: catalog\n    path: /catalog\n    options:\n"
        "      locations:\n        - {type: file, target: 'catalog/*.yaml'}\n"
        "      rules: [{allow: [Component, API, System, Domain, Resource, Group, User]}]\n" + (LEAN if lean else ""),
        encoding="utf-8",
    )
    return found


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
