"""Documentation that lies in repositories elsewhere: which archive is asked for, with which token, and what stands while none comes."""

from __future__ import annotations

import io
import tarfile
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from callboard.model.effects import Request, Response
from callboard.plugin import Secret, scm
from callboard.testing import NOW, rebuild
from callboard.testing.recorded import replay

from .conftest import GROUP, component

if TYPE_CHECKING:
    from .conftest import Portal

REF = "backstage.io/techdocs-ref"
TREE = "https://github.com/acme/shop/tree/main/svc/"
ARCHIVE = "https://codeload.github.com/acme/shop/tar.gz/main"
API = "https://api.github.com/repos/acme/shop/tarball/main"
SAID = {
    "github": [{"host": "ghe.example.org"}],
    "gitlab": [{"host": "git.example.org", "token": Secret("t")}],
    "bitbucketServer": [{"host": "bb.example.org"}],
    "gitea": [{"host": "tea.example.org"}],
}


def packed(files: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(f"shop-main/{name}")
            info.size, info.mtime = len(text.encode()), 1_767_225_600
            archive.addfile(info, io.BytesIO(text.encode()))
    return made.getvalue()


SHOP = packed(
    {
        "svc/mkdocs.yml": "site_name: Shop\nnav: [index.md, lost.md]\n",
        "svc/docs/index.md": "# Shop\n\n![a](a.txt) [broken](nowhere.md)\n",
        "svc/docs/a.txt": "x",
        "other/docs/index.md": "# Not ours\n",
    }
)


@pytest.mark.parametrize(
    ("page", "archive"),
    [
        ("https://github.com/acme/shop/tree/main/svc", (ARCHIVE, "svc")),
        ("https://github.com/acme/shop", ("https://codeload.github.com/acme/shop/tar.gz/HEAD", "")),
        ("https://ghe.example.org/a/b/tree/v1/", ("https://ghe.example.org/api/v3/repos/a/b/tarball/v1", "")),
        (
            "https://git.example.org/a/b/c/-/tree/main/docs x",
            ("https://git.example.org/api/v4/projects/a%2Fb%2Fc/repository/archive.tar.gz?sha=main&path=docs+x", "docs x"),
        ),
        ("https://bitbucket.org/w/r/src/main/d", ("https://bitbucket.org/w/r/get/main.tar.gz", "d")),
        (
            "https://bb.example.org/projects/P/repos/r/browse/d?at=refs/heads/dev",
            ("https://bb.example.org/rest/api/1.0/projects/P/repos/r/archive?format=tgz&prefix=r&at=dev&path=d", "d"),
        ),
        ("https://tea.example.org/o/r/src/branch/main/d", ("https://tea.example.org/api/v1/repos/o/r/archive/main.tar.gz", "d")),
        (
            "https://dev.azure.com/o/p/_git/r?path=/d&version=GBmain",
            (
                "https://dev.azure.com/o/p/_apis/git/repositories/r/items?api-version=6.0&recursionLevel=full&download=true"
                "&%24format=zip&scopePath=%2Fd&versionDescriptor.version=main",
                "",
            ),
        ),
        ("https://example.org/a/b", None),
    ],
)
def test_which_archive_is_asked_for(page: str, archive: tuple[str, str] | None) -> None:
    """Of each make of host, the archive of a folder's page."""
    found = scm.archive(page, scm.known(SAID))
    assert (tuple(found) if found else None) == archive


def test_a_folder_of_a_repository(portal: Portal) -> None:
    """One archive gives the pages, with links to edit and report, and places that people can open; as old as its commit."""
    built = portal.built({"catalog-info.yaml": GROUP + "---\n" + component("shop", {REF: f"url:{TREE}"})}, http={ARCHIVE: SHOP})
    page = built.page("/docs/default/component/shop/")
    assert "https://github.com/acme/shop/edit/main/svc/docs/index.md" in page
    assert "https://github.com/acme/shop/issues/new?title=" in page
    assert "2026-01-01" in built.page("/docs/")
    assert not [path for path in built.pages if "other" in path]
    assert any(p.startswith("https://github.com/acme/shop/") and "nowhere.md" in p for p in built.problems), built.problems
    assert not (built.output / ".callboard").exists()


def test_documents_stay_while_the_host_is_down(portal: Portal) -> None:
    """The last archive is shown with a banner that says how old it is; without any, the entity has no documents, and its line is named."""
    files = {"catalog-info.yaml": GROUP + "---\n" + component("shop", {REF: f"url:{TREE}"})}
    first = portal.built(files, http={ARCHIVE: SHOP})
    later = rebuild(first, http={}, now=NOW + timedelta(days=2))
    page = later.page("/docs/default/component/shop/")
    assert "This is what was read as of 2026-01-15 08:00 UTC" in page
    assert "# Shop" not in page
    never = portal.built(files | {"x.txt": ""}, http={})
    assert "/docs/default/component/shop/" not in never.pages
    assert "/catalog/default/component/shop/" in never.pages
    assert any(p.startswith("catalog-info.yaml:11:") and "[techdocs/unread]" in p for p in never.problems), never.problems


class Noting:
    """A network that notes what is asked of it."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self._replay, self.asked = replay(answers), {}

    def send(self, request: Request) -> Response:
        """The recorded answer."""
        self.asked[request.url] = dict(request.headers)
        return self._replay.send(request)

    def close(self) -> None:
        """Nothing was open."""


@pytest.mark.parametrize(
    ("allow", "asked"), [([], ["https://api.github.com/repos/acme/portal/tarball/main"]), (["https://github.com/acme/"], None)]
)
def test_a_token_opens_an_entitys_own_repository(portal: Portal, allow: list[str], asked: list[str] | None) -> None:
    """With a token the API is asked, the token is sent to it alone, and another repository is shown only if the site allows it."""
    own = GROUP + "---\n" + component("own", {REF: "dir:."}) + "---\n" + component("shop", {REF: f"url:{TREE}"})
    descriptor = "https://github.com/acme/portal/blob/main/catalog-info.yaml"
    moved = (302, b"", {"location": "https://codeload.github.com/acme/portal/legacy.tar.gz/main"})
    network = Noting(
        {
            "https://raw.githubusercontent.com/acme/portal/main/catalog-info.yaml": own,
            "https://api.github.com/repos/acme/portal/tarball/main": moved,
            "https://codeload.github.com/acme/portal/legacy.tar.gz/main": packed({"docs/index.md": "# Own\n"}),
            API: SHOP,
        }
    )
    options = {"integrations": {"github": [{"host": "github.com", "token": "secret-token-1"}]}, "allow": allow}
    built = portal.built({}, options, network, locations=[{"type": "url", "target": descriptor}])
    assert "/docs/default/component/own/" in built.pages, built.problems
    assert ("/docs/default/component/shop/" in built.pages) is bool(allow)
    assert (API in network.asked) is bool(allow)
    assert network.asked["https://api.github.com/repos/acme/portal/tarball/main"]["authorization"] == "token secret-token-1"
    assert "authorization" not in network.asked["https://codeload.github.com/acme/portal/legacy.tar.gz/main"]
    if asked:
        assert any("another repository than its entity's" in problem for problem in built.problems), built.problems
