"""The search index: what is found, in the browser and in Python; how little a question loads; the same bytes, however they were made."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import snowballstemmer

from callboard.cli import run
from callboard.pages.search.document import Document, unit
from callboard.pages.search.merge import Given, Put, file_of, merge
from callboard.pages.search.read import Index
from callboard.pages.search.state import SearchState
from callboard.pages.search.stem import stem
from callboard.pages.search.words import Speller
from callboard.plugin import Call
from callboard.proxy import PublishedFolder
from callboard.proxy.searching import answer

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "themes/callboard/assets/search/engine.js"
NODE = shutil.which("node")
SITE = """
site: {title: Portal, url: "https://portal.example.com/p/"}
plugins:
  - {plugin: pages, path: /}
  - {plugin: catalog, options: {locations: [{type: file, target: catalog.yaml}]}}
"""
ENTITIES = """
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: pay, title: Payments team}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: payments-api, description: Takes money., tags: [java]}
spec: {type: service, lifecycle: production, owner: pay}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: com.acme.ledger, title: LedgerService, description: Keeps the payments books.}
spec: {type: library, lifecycle: experimental, owner: pay}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: refunds, title: Refunds, description: Gives payments back.}
spec: {type: openapi, lifecycle: production, owner: pay, definition: "openapi: 3.0.0"}
"""
PAGES = {
    "index.md": "# Welcome\n\nEverything about payments and the café.\n",
    "guide/deploying.md": "# Deploying\n\nHow a deployment goes.\n\n## Rolling back\n\nThe card is charged twice if a rollback stops.\n\n"
    "## Secrets\n\nKeep the card away. It is charged at night.\n",
    "guide/tokyo.md": "# 東京\n\n検索エンジンは速いです。\n",
    "guide/cafe.md": "# Café Ødegård\n\nCrème brûlée, and C++ at night.\n",
}
QUESTIONS = (
    "payments",
    "payments-api",
    "paymentsapi",
    "ledger",
    "LedgerService",
    "com.acme.led",
    "pay kind:api",
    "owner:pay",
    "owner:pay -refunds",
    "kind:component lifecycle:production",
    "tag:java",
    "type:page deploy",
    "deploym",
    "deployments charged",
    '"card is charged"',
    '"charged card"',
    "rolling back",
    "検索",
    "東京",
    "速",
    "cafe",
    "odegard",
    "creme brulee",
    "c++",
    "the",
    "kind:api -kind:api",
    "nothing of that sort",
    "",
)


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built site; what it was built from lies beside."""
    folder = tmp_path_factory.mktemp("portal")
    written(folder / "site", PAGES)
    built(folder / "site", folder / "public")
    return folder


def written(site: Path, pages: Mapping[str, str], yaml: str = SITE) -> None:
    """A site's files."""
    for name, text in {
        "site.yaml": yaml,
        "catalog.yaml": ENTITIES,
        **{f"content/{name}": text for name, text in pages.items()},
    }.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def built(site: Path, public: Path, *words: str) -> None:
    """Build it."""
    assert run(["build", str(site), "--output", str(public), *words]) == 0


def files(public: Path) -> dict[str, bytes]:
    """The published index."""
    found = [public / "_/search.json", *(public / "_/search").iterdir()]
    return {path.relative_to(public).as_posix(): path.read_bytes() for path in found}


def asked(public: Path, question: str) -> list[str]:
    """The addresses of what is found in Python."""
    return [one.href for one in Index(lambda file: (public / file).read_bytes()).query(question, limit=8).results]


def in_node(
    public: Path, tmp_path: Path, questions: Sequence[str], base: str = "https://portal.example.com/p/", limit: int = 8
) -> list[dict[str, Any]]:
    """What the engine of the browser answers, with the files that each question loads."""
    shutil.copy(ENGINE, tmp_path / "engine.mjs")
    script = tmp_path / "ask.mjs"
    script.write_text(
        """
import fs from "node:fs";
import { open, stem } from "./engine.mjs";
const [root, base, limit] = process.argv.slice(2);
const questions = JSON.parse(fs.readFileSync(0, "utf8"));
let loaded = [];
globalThis.fetch = async (url) => {
  const file = url.replace(base, "");
  loaded.push(file);
  return { ok: true, status: 200, text: async () => fs.readFileSync(`${root}/${file}`, "utf8") };
};
const answers = [];
for (const question of questions) {
  if (question.stems) { answers.push(question.stems.map(stem)); continue; }
  loaded = [];
  const search = await open(base);
  const result = await search.query(question, { limit: Number(limit) });
  answers.push({ ...result, facets: search.facets(result), loaded, found: 0 });
}
console.log(JSON.stringify(answers));
""",
        encoding="utf-8",
    )
    assert NODE is not None
    done = subprocess.run(
        [NODE, script, public, base, str(limit)],
        input=json.dumps(list(questions)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("payments-api", "/catalog/default/component/payments-api/"),
        ("paym", "/catalog/default/component/payments-api/"),
        ("LedgerService", "/catalog/default/component/com.acme.ledger/"),
        ("ledgerserv", "/catalog/default/component/com.acme.ledger/"),
        ("com.acme.ledger", "/catalog/default/component/com.acme.ledger/"),
        ("acme", "/catalog/default/component/com.acme.ledger/"),
        ("pay kind:api", "/catalog/default/api/refunds/"),
        ("tag:java", "/catalog/default/component/payments-api/"),
        ("owner:pay lifecycle:experimental", "/catalog/default/component/com.acme.ledger/"),
        ("deployments", "/guide/deploying/"),
        ("rolling back", "/guide/deploying/#rolling-back"),
        ('"card is charged"', "/guide/deploying/#rolling-back"),
        ("検索", "/guide/tokyo/"),
        ("odegard", "/guide/cafe/"),
        ("brulee", "/guide/cafe/"),
        ("c++", "/guide/cafe/"),
    ],
)
def test_what_is_meant_is_found_first(portal: Path, question: str, first: str) -> None:
    """Names whole and by their parts, beginnings, forms of words, phrases, accents, other scripts, filters."""
    assert [href.removesuffix("#deploying").removesuffix("#東京") for href in asked(portal / "public", question)][:1] == [first]


def test_what_is_excluded_is_not_found(portal: Path) -> None:
    """Words with a minus, phrases in another order, filters that fit nothing."""
    assert "/catalog/default/api/refunds/" not in asked(portal / "public", "payments -refunds")
    assert asked(portal / "public", '"charged card"') == []
    assert asked(portal / "public", "kind:resource payments") == []


@pytest.mark.skipif(NODE is None, reason="there is no node")
def test_browser_and_python_answer_alike(portal: Path, tmp_path: Path) -> None:
    """The same results and totals for every question, in the same order within each group."""
    index = Index(lambda file: (portal / "public" / file).read_bytes())
    for question, found in zip(QUESTIONS, in_node(portal / "public", tmp_path, QUESTIONS), strict=True):
        mine = index.query(question)
        assert found["total"] == mine.total, question
        theirs = {
            group["type"]: [one["href"].removeprefix("https://portal.example.com/p") for one in group["results"]]
            for group in found["groups"]
        }
        ours: dict[str, list[str]] = {}
        for one in mine.results:
            ours.setdefault(one.type, []).append(one.href)
        assert theirs == ours, question


@pytest.mark.skipif(NODE is None, reason="there is no node")
def test_results_say_where_they_are(portal: Path, tmp_path: Path) -> None:
    """Title, address below any base, the way to it, marks in the text, counts by kind."""
    [found] = in_node(portal / "public", tmp_path, ["twice rollback"])
    [group] = found["groups"]
    [one] = group["results"]
    assert (one["title"], one["href"]) == ("Rolling back", "https://portal.example.com/p/guide/deploying/#rolling-back")
    assert one["path"][-1] == "Deploying"
    assert [text for text, marked in one["parts"] if marked] == ["twice", "rollback"]
    [found] = in_node(portal / "public", tmp_path, ["owner:pay"])
    assert found["facets"]["kind"] == [["component", 2], ["api", 1]]
    assert found["filters"] == {"owner": "pay"}


@pytest.mark.skipif(NODE is None, reason="there is no node")
def test_stems_are_snowballs(tmp_path: Path) -> None:
    """Ours, the browser's, and those of the project that wrote the algorithm: every word of our documents, with every ending."""
    words = {
        word for path in (ROOT / "docs").rglob("*.md") for word in re.findall("[a-z]+", path.read_text(encoding="utf-8").lower())
    }
    endings = [
        "s",
        "es",
        "ed",
        "ing",
        "ly",
        "edly",
        "ness",
        "ful",
        "ation",
        "ator",
        "izer",
        "ational",
        "iveness",
        "aliti",
        "biliti",
        "ogist",
        "ical",
        "ement",
        "ll",
        "y",
        "ies",
        "sses",
        "us",
        "e",
    ]
    tried = sorted(
        words
        | {word + ending for word in sorted(words)[::12] for ending in endings}
        | {"skies", "dying", "proceed", "news", "past", "egg", "hoping"}
    )
    snowball = snowballstemmer.stemmer("english").stemWords(tried)
    assert [stem(word) for word in tried] == snowball
    [browser] = in_node(tmp_path, tmp_path, [{"stems": tried}])  # type: ignore[list-item]
    assert browser == snowball


def test_what_pages_load_is_made_of_its_source() -> None:
    """``make engine`` was run after the last change, and the engine is no larger than 6 KB."""
    source = hashlib.sha256((ROOT / "themes/callboard/search/engine.js").read_bytes()).hexdigest()[:16]
    content = ENGINE.read_bytes()
    assert f"({source})" in content.splitlines()[0].decode()
    assert len(gzip.compress(content)) <= 6 * 1024
    assert not re.search(rb"\beval\b|new Function|WebAssembly", content)


CHANGES: tuple[Callable[[Path], object], ...] = (
    lambda site: (site / "content/guide/cafe.md").write_text("# Bistro\n\nAnother text of payments.\n", encoding="utf-8"),
    lambda site: (site / "content/guide/new.md").write_text("# New\n\nA page of zebras.\n", encoding="utf-8"),
    lambda site: (site / "content/guide/tokyo.md").unlink(),
    lambda site: (site / "catalog.yaml").write_text(ENTITIES.replace("Takes money.", "Takes coins."), encoding="utf-8"),
    lambda site: (site / "catalog.yaml").write_text(ENTITIES.partition("---")[0], encoding="utf-8"),
)


def test_bytes_are_those_of_a_clean_build(tmp_path: Path) -> None:
    """After each change, and without the state, the index is as if it had never been another."""
    site, public = tmp_path / "site", tmp_path / "public"
    written(site, PAGES)
    built(site, public)
    for number, change in enumerate(CHANGES):
        change(site)
        built(site, public)
        shutil.copytree(site, tmp_path / f"clean{number}", ignore=shutil.ignore_patterns(".callboard"))
        built(tmp_path / f"clean{number}", tmp_path / f"made{number}")
        assert files(public) == files(tmp_path / f"made{number}"), number
    (site / ".callboard/search.sqlite").unlink()
    before = files(public)
    (site / "content/guide/new.md").write_text("# New\n\nA page of lions.\n", encoding="utf-8")
    built(site, public)
    (site / "content/guide/new.md").write_text("# New\n\nA page of zebras.\n", encoding="utf-8")
    built(site, public)
    assert files(public) == before


def test_hash_seeds_and_jobs_change_nothing(portal: Path, tmp_path: Path) -> None:
    """The same bytes from other processes."""
    for seed, jobs in (("1", "1"), ("77", "2")):
        site = shutil.copytree(portal / "site", tmp_path / seed, ignore=shutil.ignore_patterns(".callboard"))
        command = [
            sys.executable,
            "-m",
            "callboard",
            "build",
            str(site),
            "--output",
            str(tmp_path / f"out{seed}"),
            "--jobs",
            jobs,
        ]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run(command, check=True, capture_output=True, env=environment, timeout=60)
        assert files(tmp_path / f"out{seed}") == files(portal / "public")


def test_without_changes_nothing_of_it_is_imported(portal: Path) -> None:
    """A build that finds nothing to do does not know of the search."""
    code = "import sys; from callboard.cli import run; code = run(sys.argv[1:]); "
    code += "print([n for n in sys.modules if 'pages.search.' in n], code)"
    words = ["build", str(portal / "site"), "--output", str(portal / "public")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code, *words], check=True, capture_output=True, text=True, env=environment, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[] 0"


def test_a_site_may_go_without(tmp_path: Path) -> None:
    """``search: false`` publishes no index, and pages name no engine."""
    written(tmp_path / "site", PAGES, f"{SITE}search: false\n")
    built(tmp_path / "site", tmp_path / "public")
    assert not (tmp_path / "public/_/search.json").exists()
    assert not (tmp_path / "public/_/search").exists()
    assert "data-engine" not in (tmp_path / "public/index.html").read_text(encoding="utf-8")


def indexed(public: Path, documents: Sequence[Document]) -> None:
    """Publish an index of these documents, eight of a unit."""
    speller, given, made = Speller(english=True), dict[str, Given](), dict[str, str]()
    for start in range(0, len(documents), 8):
        one = unit(str(start), documents[start : start + 8], speller)
        made |= {file_of(name): content for name, content in one.blocks.items()}
        given[str(start)] = Given("", "", one.kept())
    with SearchState(None) as state:
        merge(state, given, Put(lambda file: False, made.__setitem__), english=True)
    for name, content in made.items():
        (public / name).parent.mkdir(parents=True, exist_ok=True)
        (public / name).write_text(content, encoding="utf-8")


def component(number: int, title: str, text: str, team: int) -> Document:
    """A component of a team."""
    href = f"/catalog/{number}/"
    return Document("software-catalog", title, href, text, ("Catalog",), kind="component", owner=f"group:default/team-{team:03}")


@pytest.mark.skipif(NODE is None, reason="there is no node")
@pytest.mark.parametrize(
    ("question", "fits"),
    [
        ("owner:team-007 report", lambda number: number % 12 == 7),
        ("owner:team-007 report service", lambda number: number % 12 == 7),
        ("owner:team-007 owner:team-011 report", lambda number: number % 12 in (7, 11)),
        ("owner:team-007 owner:team-011", lambda number: number % 12 in (7, 11)),
        ("owner:team-007 kind:component report", lambda number: number % 12 == 7),
        ("zebra kind:component", lambda number: number % 100 == 3),
        ("zebra service", lambda number: number % 100 == 3),
    ],
)
def test_common_words_hide_nothing_that_a_filter_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, question: str, fits: Callable[[int], bool]
) -> None:
    """Where the lists of words are cut, those of filters lead to what fits, and the other way round; both in the same order."""
    for name, value in {"MOST": 80, "_BEST": 30, "_EACH": 10, "_SEEN": 120}.items():
        monkeypatch.setattr(f"callboard.pages.search.shards.{name}", value)
    indexed(
        tmp_path,
        [
            component(number, title, f"A service with a report{' of a zebra' * (number % 100 == 3)}.", number % 12)
            for number in range(588)
            for title in [f"report-{number:03}" if number % 12 < 6 else f"unit-{number:03}"]
        ],
    )
    expected = {f"/catalog/{number}/" for number in range(588) if fits(number)}
    index = Index(lambda file: (tmp_path / file).read_bytes())
    assert {one.href for one in index.query(question, limit=200).results} == expected
    mine = index.query(question, limit=10)
    [found] = in_node(tmp_path, tmp_path, [question], limit=10)
    [group] = found["groups"]
    assert (mine.total, found["total"], group["total"]) == (len(expected), len(expected), len(expected))
    theirs = [one["href"].removeprefix("https://portal.example.com/p") for one in group["results"]]
    assert theirs == [one.href for one in mine.results]
    assert len(theirs) == min(10, len(expected))


@pytest.mark.skipif(NODE is None, reason="there is no node")
def test_a_question_loads_little(tmp_path: Path) -> None:
    """However many documents have the words: at most 30 KB, compressed."""
    regions = "Payment service of region {} and team {}."
    names = [(number, f"payment-service-{number}", regions.format(number % 17, number % 31)) for number in range(3000)]
    indexed(tmp_path, [component(number, title, text, number % 31) for number, title, text in names])
    questions = [
        "p",
        "payment",
        "payment service",
        "payment service region team",
        "kind:component",
        "payment-service-2041",
        "team 17 owner:team-017",
    ]
    for question, found in zip(questions, in_node(tmp_path, tmp_path, questions), strict=True):
        loaded = sum(len(gzip.compress((tmp_path / file).read_bytes())) for file in found["loaded"])
        assert loaded <= 30_000, question
        assert found["groups"], question
    exact = in_node(tmp_path, tmp_path, ["payment-service-2041"])[0]
    assert exact["groups"][0]["results"][0]["title"] == "payment-service-2041"


def get(public: Path, *query: tuple[str, str]) -> tuple[int, dict[str, Any]]:
    """What the endpoint answers."""
    reply = answer(Call("GET", "/query", query, base="/p/api/search"), PublishedFolder(public))
    assert reply is not None
    return reply.status, json.loads(reply.content)


def test_backstage_clients_are_answered(portal: Path) -> None:
    """Results with the fields of Backstage's catalog documents, pages by cursors, filters in each of their spellings."""
    status, said = get(
        portal / "public",
        ("term", "payments"),
        ("types[0]", "software-catalog"),
        ("filters[kind][0]", "Component"),
        ("pageLimit", "1"),
    )
    assert (status, said["numberOfResults"]) == (200, 2)
    [one] = said["results"]
    assert one["type"] == "software-catalog"
    assert one["rank"] == 1
    assert one["document"] == {
        "title": "payments-api",
        "text": "Takes money.",
        "location": "/p/catalog/default/component/payments-api/",
        "kind": "Component",
        "owner": "pay",
        "type": "service",
        "lifecycle": "production",
        "namespace": "default",
        "componentType": "service",
    }
    assert one["highlight"]["fields"] == {"title": "<callboard-mark>payments-api</callboard-mark>"}
    _, after = get(
        portal / "public",
        ("term", "payments"),
        ("filters[kind]", "component"),
        ("pageLimit", "1"),
        ("pageCursor", said["nextPageCursor"]),
    )
    assert after["results"][0]["document"]["title"] == "LedgerService"
    assert "nextPageCursor" not in after
    assert after["previousPageCursor"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (("pageLimit", "101"), "Invalid query string: The page limit '101' is greater than the max: '100'"),
        (("pageLimit", "many"), "Invalid query string: pageLimit: Expected number, received 'many'"),
        (("term", "x" * 101), "Invalid query string: The term length '101' is greater than the max: '100'"),
        (("pageCursor", "?"), "Invalid query string: pageCursor: '?' is none that an answer named"),
    ],
)
def test_wrong_questions_are_refused(portal: Path, query: tuple[str, str], message: str) -> None:
    """In the form of Backstage's errors."""
    status, said = get(portal / "public", query)
    assert (status, said["error"], said["response"]) == (400, {"name": "InputError", "message": message}, {"statusCode": 400})


def test_broken_state_costs_time_only(tmp_path: Path) -> None:
    """A state file that is no database is thrown away."""
    written(tmp_path / "site", PAGES)
    built(tmp_path / "site", tmp_path / "public")
    before = files(tmp_path / "public")
    (tmp_path / "site/.callboard/search.sqlite").write_bytes(b"no database" * 1000)
    shutil.rmtree(tmp_path / "public")
    built(tmp_path / "site", tmp_path / "public")
    assert files(tmp_path / "public") == before
