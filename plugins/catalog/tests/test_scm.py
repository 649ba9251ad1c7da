"""Addresses of files in repositories: what they name, where their bytes are, where they are edited."""

import pytest

from callboard.plugin import Secret
from callboard.plugin import scm as read

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SAID = {
    "github": [{"host": "ghe.example.org"}],
    "gitlab": [{"host": "git.example.org", "baseUrl": "https://git.example.org/lab", "token": Secret("glpat-1")}],
    "bitbucketServer": [{"host": "bb.example.org"}],
    "gitea": [{"host": "tea.example.org"}],
}
PAGES = [
    ("https://github.com/acme/portal/blob/main/a/b.yaml", "github acme/portal main a/b.yaml"),
    ("https://github.com/acme/portal/tree/main/", "github acme/portal main "),
    ("https://github.com/acme/portal/raw/v1.2/b.yaml", "github acme/portal v1.2 b.yaml"),
    ("https://github.com/acme/portal", "github acme/portal  "),
    ("https://gitlab.com/a/b/c/-/blob/main/x%20y.yaml", "gitlab a/b/c main x y.yaml"),
    ("https://gitlab.com/a/b/blob/main/x.yaml", "gitlab a/b main x.yaml"),
    ("https://git.example.org/lab/a/b/-/tree/main/x", "gitlab a/b main x"),
    ("https://dev.azure.com/org/proj/_git/repo?path=%2Fa.yaml&version=GBmain", "azure org/proj/repo main a.yaml"),
    ("https://dev.azure.com/org/_git/repo?path=/a.yaml", "azure org/repo/repo  a.yaml"),
    ("https://bitbucket.org/ws/repo/src/master/a.yaml", "bitbucketCloud ws/repo master a.yaml"),
    ("https://bb.example.org/projects/P/repos/r/browse/a.yaml?at=refs/heads/dev", "bitbucketServer P/r dev a.yaml"),
    ("https://tea.example.org/o/r/src/branch/main/d/a.yaml", "gitea o/r main d/a.yaml"),
]


@pytest.fixture
def scm():
    return read


@pytest.mark.parametrize(("url", "wanted"), PAGES)
def test_what_a_page_names(scm, url: str, wanted: str):
    """Type, repository, ref and path of pages of all makes."""
    found = scm.parse(url, scm.known(SAID))
    assert f"{found.type} {found.slug} {found.ref} {found.path}" == wanted


@pytest.mark.parametrize(
    "url", ["https://example.com/acme/portal/blob/main/a.yaml", "https://github.com/acme", "https://dev.azure.com/a/b", ""]
)
def test_what_names_no_repository(scm, url: str):
    """Hosts that nobody named, and pages of no repository; their bytes are at the address itself."""
    assert scm.parse(url, scm.known(SAID)) is None
    assert scm.raw(url, scm.known(SAID)) == url


RAW = [
    ("https://github.com/acme/portal/blob/main/a b.yaml", "https://raw.githubusercontent.com/acme/portal/main/a%20b.yaml"),
    ("https://ghe.example.org/acme/p/blob/main/a.yaml", "https://ghe.example.org/api/v3/repos/acme/p/contents/a.yaml?ref=main"),
    (
        "https://git.example.org/lab/a/b/c/-/blob/main/x/y.yaml",
        "https://git.example.org/lab/api/v4/projects/a%2Fb%2Fc/repository/files/x%2Fy.yaml/raw?ref=main",
    ),
    (
        "https://dev.azure.com/org/proj/_git/repo?path=/a.yaml&version=GBmain",
        "https://dev.azure.com/org/proj/_apis/git/repositories/repo/items?api-version=6.0&path=%2Fa.yaml"
        "&versionDescriptor.version=main",
    ),
    ("https://bitbucket.org/ws/repo/src/master/a.yaml", "https://api.bitbucket.org/2.0/repositories/ws/repo/src/master/a.yaml"),
    (
        "https://bb.example.org/projects/P/repos/r/browse/a.yaml?at=dev",
        "https://bb.example.org/rest/api/1.0/projects/P/repos/r/raw/a.yaml?at=dev",
    ),
    ("https://tea.example.org/o/r/src/branch/main/a.yaml", "https://tea.example.org/api/v1/repos/o/r/raw/a.yaml?ref=main"),
    ("https://raw.githubusercontent.com/acme/portal/main/a.yaml", "https://raw.githubusercontent.com/acme/portal/main/a.yaml"),
]


@pytest.mark.parametrize(("url", "wanted"), RAW)
def test_where_the_bytes_are(scm, url: str, wanted: str):
    """The address to ask for a page's file."""
    assert scm.raw(url, scm.known(SAID)) == wanted


def test_a_token_leads_through_the_api(scm):
    """A private file of GitHub is asked of the API, with the token; the token of one host goes to no other."""
    found = scm.known({**SAID, "github": [{"host": "github.com", "token": Secret("ghp-1")}]})
    url = "https://github.com/acme/portal/blob/main/a.yaml"
    assert scm.raw(url, found) == "https://api.github.com/repos/acme/portal/contents/a.yaml?ref=main"
    assert {name: str(getattr(v, "reveal", lambda v=v: v)()) for name, v in scm.headers(url, found).items()} == {
        "Accept": "application/vnd.github.v3.raw",
        "Authorization": "token ghp-1",
    }
    assert list(scm.headers("https://git.example.org/lab/a/b/-/blob/main/a.yaml", found)) == ["PRIVATE-TOKEN"]
    assert scm.headers("https://gitlab.com/a/b/-/blob/main/a.yaml", found) == {}
    assert scm.headers("https://example.com/a.yaml", found) == {}
    for page in ("http://github.com/a/b", "https://git.example.org/lab/a/b", "http://git.example.org/a.yaml"):
        assert (scm.raw(page, found), scm.headers(page, found)) == (page, {}), "asked for itself, so without a token"


EDIT = [
    ("https://github.com/acme/portal/blob/main/a.yaml", "https://github.com/acme/portal/edit/main/a.yaml"),
    (f"https://github.com/acme/portal/blob/{COMMIT}/a.yaml", ""),
    ("https://gitlab.com/a/b/c/-/blob/main/a.yaml", "https://gitlab.com/a/b/c/-/edit/main/a.yaml"),
    ("https://dev.azure.com/o/p/_git/r?path=/a.yaml", "https://dev.azure.com/o/p/_git/r?path=/a.yaml"),
    (
        "https://bitbucket.org/ws/repo/src/master/a.yaml",
        "https://bitbucket.org/ws/repo/src/master/a.yaml?mode=edit&spa=0&at=master",
    ),
    ("https://bb.example.org/projects/P/repos/r/browse/a?at=dev", "https://bb.example.org/projects/P/repos/r/browse/a"),
    ("https://tea.example.org/o/r/src/branch/main/a.yaml", "https://tea.example.org/o/r/_edit/main/a.yaml"),
    ("https://example.com/a.yaml", ""),
]


@pytest.mark.parametrize(("url", "wanted"), EDIT)
def test_where_it_is_edited(scm, url: str, wanted: str):
    """As the integration resolves it; a commit has no such place."""
    assert scm.edit(url, scm.known(SAID)) == wanted


FOLDERS = [
    ("https://github.com/acme/portal/blob/main/a/b.yaml", "https://github.com/acme/portal/tree/main/a/"),
    ("https://gitlab.com/a/b/c/-/blob/main/x/y.yaml", "https://gitlab.com/a/b/c/-/blob/main/x/"),
    (
        "https://dev.azure.com/o/p/_git/r?path=/x/a.yaml&version=GBmain",
        "https://dev.azure.com/o/p/_git/r?path=%2Fx%2F&version=GBmain",
    ),
    ("https://bb.example.org/projects/P/repos/r/browse/x/a?at=dev", "https://bb.example.org/projects/P/repos/r/browse/x/?at=dev"),
    ("https://example.com/x/a.yaml", ""),
]


@pytest.mark.parametrize(("url", "wanted"), FOLDERS)
def test_the_folder_of_a_file(scm, url: str, wanted: str):
    """The source location of what a file describes."""
    assert scm.folder(url, scm.known(SAID)) == wanted


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("./c.yaml", "https://github.com/acme/portal/tree/main/a/c.yaml"),
        ("../c.yaml", "https://github.com/acme/portal/tree/main/c.yaml"),
        ("/c/d.yaml", "https://github.com/acme/portal/tree/main/c/d.yaml"),
        ("https://example.com/x.yaml", "https://example.com/x.yaml"),
    ],
)
def test_targets_relative_to_a_page(scm, target: str, wanted: str):
    """From the file's folder, or, with a slash in front, from the repository's root."""
    assert scm.resolved(target, "https://github.com/acme/portal/blob/main/a/b.yaml", scm.known({})) == wanted


def test_the_project_of_a_page(scm):
    """The annotation by which other plugins know a project."""
    known = scm.known(SAID)
    assert scm.project(PAGES[0][0], known) == ("github.com/project-slug", "acme/portal")
    assert scm.project(PAGES[4][0], known) == ("gitlab.com/project-slug", "a/b/c")
    assert scm.project(PAGES[7][0], known) == ("dev.azure.com/project-repo", "proj/repo")
    assert scm.project(PAGES[9][0], known) is None
