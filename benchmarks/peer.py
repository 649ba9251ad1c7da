"""The benchmark's catalog as a Hugo project: the same entity pages and numbered lists by kind, owner, system, tag, type and lifecycle, relations already joined for it."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

Entity = dict[str, Any]
FIELDS = {"owner": "Group", "system": "System", "domain": "Domain", "parent": "Group"}
LISTS = {"dependsOn": "", "consumesApis": "API", "memberOf": "Group"}

_HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ .Title }} · Benchmark</title><meta name="description" content="{{ .Params.description }}">
<link rel="stylesheet" href="/site.css"><script src="/site.js" defer></script></head><body>
<a class="skip" href="#main">Skip to content</a><header><a href="/">Benchmark</a></header>
<nav aria-label="Sections"><ul><li><a href="/">Home</a></li>{{ $k := .Params.kind }}{{ range hugo.Data.nav }}
<li class="side__item"><a class="side__link" href="{{ .href }}"{{ if eq .kind $k }} aria-current="page"{{ end }}>{{ .title }}</a></li>{{ end }}</ul></nav>
<main id="main">
{{ block "main" . }}{{ end }}</main><footer><p>Benchmark</p></footer></body></html>
"""
_ENTITY = """{{ define "main" }}<nav aria-label="Breadcrumb"><a href="/">Home</a> <a href="/catalog/">Catalog</a></nav><h1>{{ .Title }}</h1>
<p>{{ .Params.kind }} {{ .Params.etype }} {{ .Params.lifecycle }}</p>
<section><h2>About</h2><p>{{ .Params.description }}</p><dl>{{ range $k, $v := .Params.facts }}<dt>{{ $k }}</dt><dd>{{ $v }}</dd>{{ end }}</dl>
<ul>{{ range .Params.labels }}<li>{{ . }}</li>{{ end }}</ul></section>
<section><h2>Links</h2><ul>{{ range .Params.links }}<li><a href="{{ .url }}">{{ .title }}</a></li>{{ end }}</ul></section>
<section><h2>Relations</h2>{{ range .Params.relations }}<h3>{{ .title }}</h3><ul>{{ range .targets }}
<li><a href="{{ .href }}">{{ .title }}</a> {{ .kind }} {{ .type }}</li>{{ end }}</ul>{{ end }}</section>
<details><summary>Raw</summary><pre>{{ .Params.raw }}</pre></details>{{ end }}
"""
_LIST = """{{ define "main" }}<h1>{{ .Title }}</h1><table><thead><tr><th>Name</th><th>Owner</th><th>Lifecycle</th><th>Description</th></tr></thead><tbody>
{{ range .Paginator.Pages }}<tr><td><a href="{{ .RelPermalink }}">{{ .Title }}</a></td><td>{{ .Params.owner }}</td><td>{{ .Params.lifecycle }}</td>
<td>{{ .Params.description }}</td></tr>{{ end }}</tbody></table>{{ with .Paginator }}{{ range .Pagers }}<a href="{{ .URL }}">{{ .PageNumber }}</a>
{{ end }}{{ end }}{{ end }}
"""
_TERMS = """{{ define "main" }}<h1>{{ .Title }}</h1><ul>{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a> {{ len .Pages }}</li>
{{ end }}</ul>{{ end }}
"""
_CONFIG = """baseURL = "https://example.com/"
title = "Benchmark"
disableKinds = ["RSS", "sitemap", "robotsTXT"]
[taxonomies]
tag = "tags"
owning = "owners"
part = "wholes"
sort = "sorts"
phase = "phases"
[pagination]
pagerSize = 100
[markup.highlight]
noClasses = false
"""
_ADAPTER = """{{ range (resources.Get "%s.json" | transform.Unmarshal) }}
{{ $.AddPage (dict "kind" "page" "path" .name "title" .title "params" .) }}
{{ end }}
"""


def write(folder: Path, entities: list[Entity], raw: list[str]) -> None:
    """A project that Hugo builds to the same pages; ``raw`` is each entity's YAML."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in {
        "hugo.toml": _CONFIG,
        "layouts/_default/baseof.html": _HEAD,
        "layouts/_default/single.html": _ENTITY,
        "layouts/_default/section.html": _LIST,
        "layouts/_default/term.html": _LIST,
        "layouts/_default/taxonomy.html": _TERMS,
        "layouts/index.html": '{{ define "main" }}<h1>Benchmark</h1>{{ end }}',
    }.items():
        _put(folder / name, text)
    _put(folder / "data" / "nav.json", json.dumps(_sidebar(entities)))
    by_kind: dict[str, list[Entity]] = defaultdict(list)
    for record in _records(entities, raw):
        by_kind[record["kind"].lower()].append(record)
    for kind, records in by_kind.items():
        _put(folder / "content" / kind / "_content.gotmpl", _ADAPTER % kind)
        _put(folder / "assets" / f"{kind}.json", json.dumps(records))


def _records(entities: list[Entity], raw: list[str]) -> list[Entity]:
    known = {f"{e['kind']}:{e['metadata']['name']}".lower(): e for e in entities}
    related: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for entity in entities:
        source = f"{entity['kind']}:{entity['metadata']['name']}".lower()
        for field, target in _targets(entity):
            related[source][field].append(target)
            related[target][f"{field} of"].append(source)
    return [_record(entity, known, related, text) for entity, text in zip(entities, raw, strict=True)]


def _sidebar(entities: list[Entity]) -> list[Entity]:
    """Sixty links on every page, the kinds and the first systems, as an ordinary documentation theme has them."""
    kinds = list(dict.fromkeys(entity["kind"] for entity in entities))
    systems = [entity["metadata"] for entity in entities if entity["kind"] == "System"][: 60 - len(kinds)]
    links = [{"href": f"/{kind.lower()}/", "title": f"{kind}s", "kind": kind} for kind in kinds]
    return links + [{"href": f"/system/{system['name']}/", "title": system["title"], "kind": ""} for system in systems]


def _targets(entity: Entity) -> list[tuple[str, str]]:
    spec = entity["spec"]
    named = [(field, str(spec[field]), kind) for field, kind in FIELDS.items() if field in spec]
    named += [(field, ref, kind) for field, kind in LISTS.items() for ref in spec.get(field, [])]
    return [
        (field, f"{ref.partition(':')[0] if ':' in ref else kind}:{ref.rpartition('/')[2].rpartition(':')[2]}".lower())
        for field, ref, kind in named
    ]


def _record(entity: Entity, known: dict[str, Entity], related: Any, raw: str) -> Entity:
    metadata, spec = entity["metadata"], entity["spec"]
    source = f"{entity['kind']}:{metadata['name']}".lower()
    relations = [
        {"title": field, "targets": [_link(known[target]) for target in targets[:20]]}
        for field, targets in sorted(related[source].items())
    ]
    return {
        **{name: metadata[name] for name in ("name", "title", "description", "links")},
        "labels": metadata["tags"],
        "tags": metadata["tags"],
        "owners": [spec["owner"]] if spec.get("owner") else [],
        "wholes": [spec[name] for name in ("system", "domain") if spec.get(name)],
        "sorts": [spec["type"]] if spec.get("type") else [],
        "phases": [spec["lifecycle"]] if spec.get("lifecycle") else [],
        "kind": entity["kind"],
        "etype": spec.get("type", ""),
        "lifecycle": spec.get("lifecycle", ""),
        "owner": spec.get("owner", ""),
        "facts": {key: value for key, value in spec.items() if isinstance(value, str) and key != "definition"},
        "relations": relations,
        "raw": raw,
    }


def _link(entity: Entity) -> Entity:
    href = f"/{entity['kind'].lower()}/{entity['metadata']['name']}/"
    return {"href": href, "title": entity["metadata"]["title"], "kind": entity["kind"], "type": entity["spec"].get("type", "")}


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
