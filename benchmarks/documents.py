"""2,000 real Markdown documents as a site of Callboard, and of Hugo, Pelican, MkDocs (Material) and Zensical: the same files for all.

python benchmarks/documents.py 2000 FOLDER [DOCUMENTS …]     writes FOLDER/<tool>/ from the Markdown below DOCUMENTS
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "techdocs"
"""Real documents, where they are; else this project's own."""
OWN = Path(__file__).resolve().parents[1] / "docs"
TOOLS = ("callboard", "hugo", "pelican", "mkdocs", "zensical")

_MATTER = re.compile(r"\A---\s*\n.*?\n---\s*\n", re.DOTALL)
_LINK = re.compile(r"(!?\[[^\]\n]*\])\((?!https?://|#|mailto:)[^)\n]*\)")
_REFERENCE = re.compile(r"^(\s{0,3}\[[^\]\n]+\]:\s*)(?!https?://)\S+.*$", re.MULTILINE)
_ATTRIBUTE = re.compile(r"(src|href)=(\"|')(?!https?://|#)[^\"'>]*\2")
_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})[ \t]*(?:\{[ .]*)?([\w+-]*)[^\n`]*$", re.MULTILINE)
_HEAVY = re.compile(r"<script.*?</script>|<style.*?</style>|<!--.*?-->", re.DOTALL)
_TITLE = re.compile(r"^#\s+(.+)$", re.MULTILINE)

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><link rel="stylesheet" href="/site.css"></head><body><header><a href="/">Benchmark</a></header>
<nav><ul>{sections}</ul></nav><main>{main}</main></body></html>
"""
_HUGO = """baseURL = "https://example.com/"
title = "Benchmark"
disableKinds = ["RSS", "sitemap", "robotsTXT", "404", "taxonomy", "term"]
[markup.highlight]
noClasses = false
[markup.goldmark.renderer]
unsafe = true
"""
_PELICAN = """AUTHOR = "x"
SITENAME = "Benchmark"
PATH = "content"
TIMEZONE = "UTC"
DEFAULT_LANG = "en"
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
THEME = "theme"
DIRECT_TEMPLATES = ["index"]
ARTICLE_PATHS = []
PAGE_PATHS = [""]
STATIC_PATHS = []
PATH_METADATA = r"(?P<slug>.*?)(?:/index)?\\.md"
PAGE_URL = "{slug}/"
PAGE_SAVE_AS = "{slug}/index.html"
CATEGORY_SAVE_AS = AUTHOR_SAVE_AS = TAG_SAVE_AS = ""
CACHE_CONTENT = LOAD_CONTENT_CACHE = True
MARKDOWN = {"extension_configs": {"markdown.extensions.codehilite": {"css_class": "highlight", "guess_lang": False},
            "markdown.extensions.extra": {}, "markdown.extensions.toc": {}}}
"""
_MKDOCS = """site_name: Benchmark
site_url: https://example.com/
theme:
  name: material
  font: false
  features: [navigation.prune]
plugins: []
validation: {nav: {omitted_files: ignore}, links: {absolute_links: ignore, not_found: ignore, unrecognized_links: ignore}}
markdown_extensions:
  - tables
  - admonition
  - pymdownx.highlight
  - pymdownx.superfences
  - pymdownx.tasklist
  - toc: {permalink: true}
"""
_CALLBOARD = """site: {title: Benchmark, url: "https://example.com/"}
search: false
publish: {twins: false}
plugins:
  - {plugin: pages, path: /, options: {folder: docs}}
"""


def corpus(count: int, folders: Sequence[Path]) -> dict[str, tuple[str, str]]:
    """``count`` documents by path: (title, text). Copies follow when the real ones run out, each of them distinct.

    What one tool would stumble over and another not is taken out: template braces, relative links, settings of fences.
    """
    real: list[tuple[str, str, str, str]] = []
    for folder in folders:
        for path in sorted(folder.rglob("*.md")):
            text = _plain(path.read_text(encoding="utf-8", errors="replace"))
            slug = re.sub(r"[^a-z0-9]+", "-", path.relative_to(folder).with_suffix("").as_posix().lower()).strip("-")
            if len(text) >= 300:
                found = _TITLE.search(text)
                title = re.sub(r"[^\w .,()-]", "", found[1] if found else slug.replace("-", " "))[:80].strip() or slug
                section = re.sub(r"\W+", "-", folder.name).lower()
                real.append((section, slug if slug != "index" else "overview", title, text))
    if not real:
        raise SystemExit("There are no documents to build: name folders of Markdown.")
    made: dict[str, tuple[str, str]] = {}
    for number in range(count):
        section, slug, title, text = real[number % len(real)]
        copy = number // len(real)
        if copy:
            section, title, text = f"{section}-{copy}", f"{title} v{copy}", f"{text}\nEdition {copy} of {slug}.\n"
        made[f"{section}/{slug}.md"] = title, text
    return made


def write(root: Path, documents: dict[str, tuple[str, str]], tool: str) -> Path:
    """The project of one tool; its folder."""
    sections = sorted({path.partition("/")[0] for path in documents})
    content = root / {"callboard": "docs", "hugo": "content", "pelican": "content"}.get(tool, "docs")
    for path, (title, text) in documents.items():
        head = f"Title: {title}\n" if tool == "pelican" else f"---\ntitle: {json.dumps(title)}\n---\n"
        _put(content / path, f"{head}\n{text}")
    links = "".join(f'<li><a href="/{section}/">{section}</a></li>' for section in sections)
    _PROJECTS[tool](root, sections, links)
    return root


def edit(root: Path, documents: dict[str, tuple[str, str]], turn: int) -> None:
    """Changes one document."""
    first = sorted(documents)[len(documents) // 2]
    [path] = [folder / first for folder in (root / "docs", root / "content") if (folder / first).exists()]
    kept = re.sub(r"\n*Turn \d+\.\n*\Z", "", path.read_text(encoding="utf-8"))
    path.write_text(f"{kept}\n\nTurn {turn}.\n", encoding="utf-8")


def _callboard(root: Path, sections: Sequence[str], links: str) -> None:  # noqa: ARG001
    _put(root / "site.yaml", _CALLBOARD)


def _hugo(root: Path, sections: Sequence[str], links: str) -> None:  # noqa: ARG001
    body = '<h1>{{ .Title }}</h1><aside class="toc">{{ .TableOfContents }}</aside><article>{{ .Content }}</article>'
    rows = '<ul>{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}</ul>'
    base = _PAGE.format(title="{{ .Title }}", sections=links, main='{{ block "main" . }}{{ end }}')
    _put(root / "layouts/_default/baseof.html", base)
    _put(root / "layouts/_default/single.html", f'{{{{ define "main" }}}}{body}{{{{ end }}}}')
    _put(root / "layouts/_default/list.html", f'{{{{ define "main" }}}}{rows}{{{{ end }}}}')
    _put(root / "hugo.toml", _HUGO)


def _pelican(root: Path, sections: Sequence[str], links: str) -> None:  # noqa: ARG001
    main = "<h1>{{ page.title }}</h1>{{ page.content }}"
    _put(root / "theme/templates/page.html", _PAGE.format(title="{{ page.title }}", sections=links, main=main))
    _put(root / "theme/templates/index.html", _PAGE.format(title="{{ SITENAME }}", sections=links, main=""))
    _put(root / "theme/static/site.css", "body{}\n")
    _put(root / "pelicanconf.py", _PELICAN)


def _mkdocs(root: Path, sections: Sequence[str], links: str) -> None:  # noqa: ARG001
    nav = "nav:\n  - Home: index.md\n" + "".join(f"  - {section}: {section}/index.md\n" for section in sections)
    for section in sections:
        _put(root / f"docs/{section}/index.md", f"# {section}\n")
    _put(root / "docs/index.md", "# Benchmark\n")
    _put(root / "mkdocs.yml", _MKDOCS + nav)


_PROJECTS = {"callboard": _callboard, "hugo": _hugo, "pelican": _pelican, "mkdocs": _mkdocs, "zensical": _mkdocs}


def _plain(text: str) -> str:
    text = _MATTER.sub("", text.replace("\r\n", "\n"), count=1)
    for braces in ("{{", "}}", "{%", "%}", "{#"):
        text = text.replace(braces, " ".join(braces))
    text = re.sub(r"^(\s*)(--8<--|\*\[|\[TOC\]).*$", r"\1", text, flags=re.MULTILINE)
    text = re.sub(r"^(import|export) .*$", "", _HEAVY.sub("", _FENCE.sub(r"\1\2\3", text)), flags=re.MULTILINE)
    text = _REFERENCE.sub(r"\1https://docs.example.com/ref", _LINK.sub(r"\1(https://docs.example.com/page)", text))
    return _ATTRIBUTE.sub(r'\1="https://docs.example.com/x"', text).strip() + "\n"


def sources(named: Sequence[str]) -> list[Path]:
    """The folders of documents: those named, the shared trees, or this project's own."""
    if named:
        return [Path(name) for name in named]
    return sorted(path for path in SHARED.iterdir() if path.is_dir()) if SHARED.is_dir() else [OWN]


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    found = corpus(int(sys.argv[1]), sources(sys.argv[3:]))
    for name in TOOLS:
        write(Path(sys.argv[2]) / name, found, name)
