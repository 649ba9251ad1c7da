"""Old addresses: what site.yaml, documents and plugins say of them, as pages and as rules for hosts."""

from __future__ import annotations

import re
from pathlib import Path

from callboard.testing import build_site

SITE = """\
site: {title: Portal, url: https://example.com/portal/}
plugins: [{plugin: pages, path: /}, {plugin: docs}]
redirects:
  /first/: /guide/setup/#second
  /over/: /first/
  /away.html: https://elsewhere.example.com/a?b=1
  /round/: /trip/
  /trip/: /round/
  /nowhere/: /guide/stup/
  /guide/setup/: /
  /bad/: javascript:alert(1)
  /part/: /guide/setup/#seconds
"""
FILES = {
    "site.yaml": SITE,
    "content/index.md": "---\ntitle: Home\n---\nSee [the old page](/over/) and [that](/moved/here/).\n",
    "content/guide/setup.md": "---\ntitle: Set up\naliases: [/moved/here/, moved/there.html, /guide/other/]\n---\n## Second\n",
    "content/guide/other.md": "---\ntitle: Other\naliases: /moved/here/\n---\nText.\n",
    "plugins/docs/plugin.yaml": "callboard: 1\ntitle: Docs\nsources: {redirects: {file: redirects.yaml}, items: {file: items.yaml}}\n"
    "pages: [{path: /, view: list, data: items, item: {title: name}}]\n",
    "items.yaml": "- {name: One}\n",
    "redirects.yaml": "- {from: /old/, to: /, file: mkdocs.yml, line: 4}\n- {from: older/, to: gone/, file: mkdocs.yml, line: 5}\n",
    "mkdocs.yml": "site_name: T\nplugins:\n  - redirects:\n      old/: index.md\n      older/: gone.md\n",
}


def site(folder: Path, **files: str) -> Path:
    """The site's folder."""
    for name, text in {**FILES, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_old_addresses_lead_on(tmp_path: Path) -> None:
    """Each is a page that needs no script and no host's rules, says where it leads, and is in no sitemap; links go straight to the end."""
    built = build_site(site(tmp_path))
    page = built.page("/over/")
    assert '<meta http-equiv="refresh" content="0; url=/portal/guide/setup/#second">' in page
    assert '<link rel="canonical" href="https://example.com/portal/guide/setup/#second">' in page
    assert '<meta name="robots" content="noindex">' in page
    assert 'url=https://elsewhere.example.com/a?b=1"' in (built.output / "away.html").read_text(encoding="utf-8")
    assert "url=/portal/docs/" in built.page("/docs/old/")
    assert "url=/portal/guide/other/" in built.page("/moved/here/")
    assert "url=/portal/guide/setup/" in (built.output / "moved" / "there.html").read_text(encoding="utf-8")
    assert 'href="/portal/guide/setup/#second">the old page' in built.page("/")
    assert 'href="/portal/guide/other/">that' in built.page("/")
    assert "over" not in (built.output / "sitemap.xml").read_text(encoding="utf-8")
    script = re.search(r'<script src="/portal/([^"]+)" defer>', page)
    assert script is not None
    assert (built.output / script[1]).is_file()


def test_hosts_are_told(tmp_path: Path) -> None:
    """`_redirects` has them all, below the site's path."""
    built = build_site(site(tmp_path))
    lines = (built.output / "_redirects").read_text(encoding="utf-8").splitlines()
    assert lines == [
        "/portal/away.html https://elsewhere.example.com/a?b=1 301",
        "/portal/docs/old/ /portal/docs/ 301",
        "/portal/first/ /portal/guide/setup/#second 301",
        "/portal/moved/here/ /portal/guide/other/ 301",
        "/portal/moved/there.html /portal/guide/setup/ 301",
        "/portal/over/ /portal/guide/setup/#second 301",
        "/portal/part/ /portal/guide/setup/#seconds 301",
    ]


def test_what_is_wrong_with_a_redirect_is_said_where_it_stands(tmp_path: Path) -> None:
    """Nowhere, in a circle, over a page, twice, to another kind of address, to a part that is not there."""
    found = [line for line in build_site(site(tmp_path)).problems if "redirect" in line or "seconds" in line]
    circle = (
        'warning: redirects./{0}/: the redirect "/{0}/" leads in a circle: /{0}/ → /{1}/ → /{0}/. Let one of them lead to a page.'
    )
    assert found == [
        'content/guide/setup.md:3:1  warning: aliases: the redirect "/guide/other/" begins where a page is: content/guide/other.md. '
        "Remove it, or move the page. [broken-redirect]",
        'content/guide/setup.md:3:1  warning: aliases: the redirect "/moved/here/" is said twice, also at content/guide/other.md:1:1. '
        "Keep one of the two. [broken-redirect]",
        'mkdocs.yml:5:7  warning: the redirect "/docs/older/" leads to /docs/gone/, where nothing is. '
        "Mend its target, or remove it. [broken-redirect]",
        f"site.yaml:7:3  {circle.format('round', 'trip')} [broken-redirect]",
        f"site.yaml:8:3  {circle.format('trip', 'round')} [broken-redirect]",
        'site.yaml:9:3  warning: redirects./nowhere/: the redirect "/nowhere/" leads to /guide/stup/, where nothing is. '
        'Did you mean "/guide/setup/"? [broken-redirect]',
        'site.yaml:10:3  warning: redirects./guide/setup/: the redirect "/guide/setup/" begins where a page is: '
        "content/guide/setup.md. Remove it, or move the page. [broken-redirect]",
        'site.yaml:11:3  warning: redirects./bad/: the redirect "/bad/" leads to "javascript:alert(1)", which readers cannot be '
        "sent to. Use a path, or an http or https address. [broken-redirect]",
        'site.yaml:12:11  warning: the link "/guide/setup/#seconds" leads to a page without a part "seconds". '
        'Did you mean "/guide/setup/#second"? [broken-link]',
    ]


def test_they_work_from_a_folder(tmp_path: Path) -> None:
    """In a portable build their links are relative."""
    text = SITE.replace(
        "site: {title: Portal, url: https://example.com/portal/}", "site: {title: Portal}\nbuild: {portable: true}"
    )
    built = build_site(site(tmp_path, **{"site.yaml": text}))
    page = (built.output / "moved" / "there.html").read_text(encoding="utf-8")
    assert 'url=../guide/setup/index.html"' in page
    assert 'src="../_/callboard/redirect.' in page
