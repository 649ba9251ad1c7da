"""config: site.yaml with includes, overlays and ${VAR} is one Site; all problems of all its files come in one run."""
# ruff: noqa: E501  # a message reads best on one line

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callboard import config
from callboard.model.site import Site

Written = Mapping[str, str | bytes]


def write(root: Path, files: Written) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return root


def load(root: Path, files: Written | str, **given: Any) -> tuple[Site | None, list[str]]:
    """The site of these files (or of one site.yaml), and the lines of its problems."""
    write(root, {"site.yaml": files} if isinstance(files, str) else files)
    site, problems = config.load(root, environ=given.pop("environ", {}), **given)
    return site, [problem.text for problem in problems]


def sound(root: Path, files: Written | str, **given: Any) -> Site:
    site, lines = load(root, files, **given)
    assert lines == []
    assert site is not None
    return site


TITLE = "site: {title: x}\n"


def test_a_small_site_loads(tmp_path: Path) -> None:
    """A title is enough; the root is absolute, everything else has its default."""
    site = sound(tmp_path, TITLE)
    assert (site.root, site.file, site.env, site.base_path) == (tmp_path, "site.yaml", "", "/")
    assert site.spec.model_dump(exclude_unset=True, exclude={"plugins"}) == {"site": {"title": "x"}}


def test_a_file_or_its_folder_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`callboard build other.yaml` takes that file; its folder is the root. `.` is the current folder."""
    write(tmp_path, {"site.yaml": TITLE, "other.yaml": "site: {title: other}"})
    site, problems = config.load(tmp_path / "other.yaml")
    assert site is not None
    assert (site.spec.site.title, site.file, site.root, problems) == ("other", "other.yaml", tmp_path, ())
    monkeypatch.chdir(tmp_path)
    here, _ = config.load(Path())
    assert here is not None
    assert here.root == tmp_path


def test_no_site_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a site.yaml there is one problem, with the command that makes one; site.yml is a rename away."""
    monkeypatch.chdir(tmp_path)
    site, [problem] = config.load(Path())
    assert site is None
    assert (
        problem.text == "site.yaml  there is no such file. Name the folder of a site, or make one: callboard init DIR [no-site]"
    )
    (tmp_path / "site.yml").write_text(TITLE)
    assert config.load(Path())[1][0].mend == "Rename site.yml to site.yaml."
    assert config.load(tmp_path / "nowhere")[1][0].code == "no-site"


def test_mount_paths_are_written_out(tmp_path: Path) -> None:
    """`/radar` is `/radar/`, and a mount without a path lies at its plugin's name with hyphens."""
    site = sound(
        tmp_path,
        TITLE + "plugins: [{plugin: tech_radar}, {plugin: a, path: /radar}, {plugin: b, path: /}, {plugin: c, path: /x/y/}]",
    )
    assert [mount.path for mount in site.spec.plugins] == ["/tech-radar/", "/radar/", "/", "/x/y/"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("radar", 'wanted a path that begins with one "/", got "radar". Write: path: /radar/'),
        ("//radar", 'wanted a path that begins with one "/", got "//radar". Write: path: /radar/'),
        ("/a/../b", 'a path holds no "..", got "/a/../b". Write for example: path: /r'),
        ("/%2E%2e/b", 'a path holds no "..", got "/%2E%2e/b". Write for example: path: /r'),
        ("/_/b", 'what begins with "/_/" is Callboard\'s own, got "/_/b". Write for example: path: /r'),
        ("/-/build/", 'what begins with "/-/" is Callboard\'s own, got "/-/build/". Write for example: path: /r'),
        ("/./b", 'a path holds no ".", got "/./b". Write for example: path: /r'),
        ("/a?b", 'a path holds no "?", got "/a?b". Write for example: path: /r'),
        ("/a%23", 'a path holds no "#", got "/a%23". Write for example: path: /r'),
        ("/a\\\\b", 'a path holds no "\\", got "/a\\b". Write for example: path: /r'),
        ("/a\\tb", 'a path holds no "U+0009", got "/a b". Write for example: path: /r'),
    ],
)
def test_mount_paths_stay_in_the_site(tmp_path: Path, path: str, said: str) -> None:
    """A path that climbs out, holds a query or a control character (also percent-encoded) is refused with its place."""
    _, lines = load(tmp_path, TITLE + f'plugins:\n  - plugin: r\n    path: "{path}"\n')
    assert lines == [f"site.yaml:4:5  plugins[0].path: {said} [bad-path]"]


# --- includes


def test_includes_come_first_and_lists_are_joined(tmp_path: Path) -> None:
    """Mappings merge, lists are joined (included first), paths and globs are relative to the including file, nested ones too."""
    files = {
        "site.yaml": "include: [parts/base.yaml, 'mounts/*.yaml']\nsite: {title: x}\nplugins: [{plugin: own}]\n",
        "parts/base.yaml": "include: [more.yaml]\nsite: {language: de}\nplugins: [{plugin: base}]\n",
        "parts/more.yaml": "theme: callboard\nplugins: [{plugin: more}]\n",
        "mounts/b.yaml": "plugins: [{plugin: b}]\n",
        "mounts/a.yaml": "plugins: [{plugin: a}]\nbuild: {jobs: 2}\n",
    }
    site = sound(tmp_path, files)
    assert [mount.plugin for mount in site.spec.plugins] == ["more", "base", "a", "b", "own"]
    assert (site.spec.site.language, site.spec.build.jobs, site.spec.include) == ("de", 2, ["parts/base.yaml", "mounts/*.yaml"])
    assert str(site.marks.at(("plugins", 2, "plugin"))) == "mounts/a.yaml:1:12"
    assert str(site.marks.at(("plugins", 4))) == "site.yaml:3:11"
    assert str(site.marks.at(("site", "language"))) == "parts/base.yaml:2:8"


def test_a_file_is_included_once(tmp_path: Path) -> None:
    """A file that two others include does not mount its plugins twice."""
    files = {
        "site.yaml": TITLE + "include: [a.yaml, b.yaml]",
        "a.yaml": "include: [c.yaml]",
        "b.yaml": "include: [c.yaml]",
        "c.yaml": "plugins: [{plugin: c}]",
    }
    assert len(sound(tmp_path, files).spec.plugins) == 1


def test_one_value_said_twice_names_both_places(tmp_path: Path) -> None:
    """Two different values for one key are a problem with both places; the same value twice is none."""
    files = {
        "site.yaml": "include: [a.yaml]\nsite: {title: x, language: de}\ncontent: false\n",
        "a.yaml": "site: {title: y, language: de}\ncontent: c\n",
    }
    assert load(tmp_path, files)[1] == [
        'site.yaml:2:8  site.title: "x" here, but "y" in a.yaml:1:8. Keep one of the two. [said-twice]',
        'site.yaml:3:1  content: false here, but "c" in a.yaml:2:1. Keep one of the two. [said-twice]',
    ]


def test_include_cycles_are_refused_with_their_way(tmp_path: Path) -> None:
    """A file that includes itself, through others, is named with the way it takes."""
    files = {"site.yaml": TITLE + "include: [a.yaml]", "a.yaml": "include:\n  - b/c.yaml\n", "b/c.yaml": "include: [../a.yaml]"}
    assert load(tmp_path, files)[1] == [
        "b/c.yaml:1:11  include[0]: this file includes itself: site.yaml → a.yaml → b/c.yaml → a.yaml. Remove one of these includes. [include-loop]"
    ]


def test_a_long_chain_of_includes_ends(tmp_path: Path) -> None:
    """Includes lie at most 20 deep in each other, so that no chain of files exhausts the process."""
    files = {"site.yaml": TITLE + "include: [0.yaml]", **{f"{n}.yaml": f"include: [{n + 1}.yaml]" for n in range(60)}}
    [line] = load(tmp_path, files)[1]
    assert "includes lie more than 20 deep" in line


def test_includes_stay_in_the_sites_folder(tmp_path: Path) -> None:
    """Neither `..`, an absolute path nor a link leads out; what is missing is said, an empty glob only warned of."""
    write(tmp_path, {"out.yaml": "theme: other", "site/site.yaml": "", "site/a.yaml": "- x"})
    (tmp_path / "site" / "link.yaml").symlink_to(tmp_path / "out.yaml")
    text = TITLE + "include:\n- ../out.yaml\n- /etc/hostname\n- link.yaml\n- nope.yaml\n- no/*.yaml\n- a.yaml\n- ''\n"
    _, lines = load(tmp_path / "site", text)
    assert [line.split("  ", 1)[1] for line in lines] == [
        "wanted a mapping as in site.yaml, got a list. Write for example: plugins: […] [wrong-value]",
        'include[0]: "../out.yaml" leads out of the site\'s folder. Move the file into it. [bad-path]',
        'include[1]: "/etc/hostname" leads out of the site\'s folder. Move the file into it. [bad-path]',
        'include[2]: "link.yaml" leads out of its folder "site" through a link. Replace the link by the file itself, or name the folder that it leads to. [refused-file]',
        'include[3]: there is no file "nope.yaml". Create it, or correct the path. [missing-file]',
        'warning: include[4]: "no/*.yaml" fits no file. Correct the pattern, or remove it. [missing-file]',
        "include[6]: the pattern '' names no file. Write for example: content/*.yaml [bad-path]",
    ]


def test_a_wrong_include_is_said_in_any_file(tmp_path: Path) -> None:
    """`include: a.yaml` instead of a list is a problem of the file that says it, once."""
    _, lines = load(tmp_path, {"site.yaml": TITLE + "include: [a.yaml, 5]", "a.yaml": "include: b.yaml"})
    assert lines == [
        'a.yaml:1:1  include: wanted a list of paths, got "b.yaml". Write for example: include: ["common.yaml"] [wrong-value]',
        'site.yaml:2:19  include[1]: wanted text, got 5. Put it in quotes: - "5" [wrong-value]',
    ]


def test_problems_of_all_files_come_in_one_run(tmp_path: Path) -> None:
    """Broken YAML in one include, a typo in another and a wrong value in site.yaml are all said, each with its own file."""
    files = {
        "site.yaml": TITLE + "include: [a.yaml, b.yaml, c.yaml]\nbuild: {jobs: x}",
        "a.yaml": "plugins: [",
        "b.yaml": "plugins:\n- {plugin: a, optons: {}}",
        "c.yaml": b"theme: \xff",
    }
    site, lines = load(tmp_path, files)
    assert [line.split("  ")[0] for line in lines] == ["a.yaml:1:10", "b.yaml:2:15", "c.yaml:1:1", "site.yaml:3:9"]
    assert site is not None
    assert site.spec.plugins[0].plugin == "a"


# --- overlays


def test_an_overlay_replaces_and_removes(tmp_path: Path) -> None:
    """`--env` lays site.<env>.yaml over the site: mappings merge, lists and scalars are replaced, null removes."""
    files = {
        "site.yaml": "site: {title: x, language: de}\nplugins: [{plugin: a}]\nbuild: {strict: true, jobs: 2}\nnav: [{title: n, path: /}]\n",
        "site.production.yaml": "site: {url: 'https://e.com/p/', description: null}\nplugins: [{plugin: b}]\nbuild: {strict: null, output: dist}\nnav: null\n",
    }
    site = sound(tmp_path, files, env="production")
    assert site.env == "production"
    assert site.base_path == "/p/"
    assert [mount.plugin for mount in site.spec.plugins] == ["b"]
    assert site.spec.nav == []
    assert site.spec.build.model_dump(exclude_unset=True) == {"jobs": 2, "output": "dist"}
    assert str(site.marks.at(("site", "url"))) == "site.production.yaml:1:8"
    assert sound(tmp_path, files).spec.build.strict is True


def test_a_missing_overlay_lists_those_there_are(tmp_path: Path) -> None:
    """A wrong `--env` is a problem that names the overlays beside the file; the site without it goes on."""
    files = {"site.yaml": TITLE, "site.production.yaml": "", "site.test.yaml": ""}
    site, lines = load(tmp_path, files, env="prod")
    assert lines == ['site.yaml  there is no overlay "site.prod.yaml". There are: production, test. [missing-overlay]']
    assert site is not None
    assert load(tmp_path, files, env="../x")[1][0].startswith('site.yaml  there is no overlay "site.../x.yaml".')


def test_an_overlay_may_bring_what_is_required(tmp_path: Path) -> None:
    """Types and checks look at the merged whole: an overlay may give the title, or break a value in its own file."""
    files = {"site.yaml": "theme: callboard", "site.a.yaml": "site: {title: x}", "site.b.yaml": "site: {title: y, url: nope}"}
    assert sound(tmp_path, files, env="a").spec.site.title == "x"
    assert load(tmp_path, files, env="b")[1][0].startswith("site.b.yaml:1:18  site.url: wanted a whole http or https address")


# --- ${VAR}


def test_variables_files_and_escapes(tmp_path: Path) -> None:
    """`${VAR}`, defaults, files (their last line break trimmed) and `$${}` are filled in, in values and list items, not in keys."""
    files = {
        "site.yaml": "site: {title: 'a ${A} b $${A} ${B:-c d} ${E:-e} $A'}\nplugins: [{plugin: p, options: {'${A}': ['x${file:token.txt}y'], n: '${N}'}}]\nbuild: {jobs: '${N}', strict: '${T}'}\n",
        "token.txt": "tok\nen\n\r\n",
    }
    site = sound(tmp_path, files, environ={"A": "1", "E": "", "N": "4", "T": "true"})
    assert site.spec.site.title == "a 1 b ${A} c d e $A"
    assert site.spec.plugins[0].options == {"${A}": ["xtok\neny"], "n": "4"}
    assert (site.spec.build.jobs, site.spec.build.strict) == (4, True)


def test_the_processs_environment_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ``environ`` the environment of the process is read."""
    monkeypatch.setenv("CALLBOARD_TITLE", "from outside")
    write(tmp_path, {"site.yaml": "site: {title: '${CALLBOARD_TITLE}'}"})
    site, problems = config.load(tmp_path)
    assert problems == ()
    assert site is not None
    assert (site.spec.site.title, site.environ) == ("from outside", None)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            "${NOPE}",
            "the environment has no NOPE. Set it where the site is built, or write a default: ${NOPE:-…} [unset-variable]",
        ),
        ("a ${b", 'a "${" is not closed. Close it with "}", or write "$${" for the characters. [bad-substitution]'),
        (
            "${a b}",
            '"${a b}" names no variable. Write ${VAR}, ${VAR:-default} or ${file:path}, or "$${" for the characters. [bad-substitution]',
        ),
        (
            "${A:-${B}}",
            '"${A:-${B}" names no variable. Write ${VAR}, ${VAR:-default} or ${file:path}, or "$${" for the characters. [bad-substitution]',
        ),
        (
            "${}",
            '"${}" names no variable. Write ${VAR}, ${VAR:-default} or ${file:path}, or "$${" for the characters. [bad-substitution]',
        ),
        ("${file:nope}", 'there is no file "nope". Paths in ${file:…} begin at the site\'s folder. [missing-file]'),
        (
            "${file:../secret}",
            '"../secret" leads out of its folder "site" through a link. Replace the link by the file itself, or name the folder that it leads to. [refused-file]',
        ),
        ("${file:bytes}", '"bytes" is not UTF-8 text. Save it as UTF-8. [refused-file]'),
        ("${BYTES}", "the value of BYTES is not UTF-8 text. Correct it where it is set. [bad-substitution]"),
    ],
)
def test_a_substitution_that_fails_has_its_place(tmp_path: Path, value: str, said: str) -> None:
    """Unset, unclosed, unreadable: one problem at the key, and no second one about the value that is not there."""
    write(tmp_path, {"secret": "x", "site/bytes": b"\xff"})
    site, lines = load(
        tmp_path / "site", f"site:\n  title: x\n  url: '{value}'\nbuild: {{jobs: '{value}'}}\n", environ={"BYTES": "\udcff"}
    )
    assert lines == [f"site.yaml:3:3  site.url: {said}", f"site.yaml:4:9  build.jobs: {said}"]
    assert site is not None


def test_values_from_outside_are_never_printed(tmp_path: Path) -> None:
    """A value that came from a variable or a file may be a credential: problems about it say `***`."""
    text = """\
include: [other.yaml]
site: {title: x, url: '${S}', source: '${S}', logo: '${S}', accent: '${C}', language: '${S}'}
theme: '${S}'
plugins: [{plugin: a, path: '${S}', nav: '${S}'}]
nav: [{title: x, url: '${S}'}, {title: y, path: '${file:s}'}]
build: {jobs: '${S}', output: '${D}', strict: '${S}'}
content: '${S}'
"""
    environ = {"S": "hunter2", "C": "#ff9900", "D": "content"}
    site, lines = load(tmp_path, {"site.yaml": text, "other.yaml": "content: x", "s": "hunter2"}, environ=environ)
    assert len(lines) >= 12
    assert not any(secret in line for line in lines for secret in ("hunter2", "ff9900"))
    assert site is not None
    assert ("site", "url") in site.marks.hidden


def test_catalog_text_is_never_substituted(tmp_path: Path) -> None:
    """Only the site's own files know `${}`: what a variable or a file holds is taken as it is."""
    site = sound(tmp_path, {"site.yaml": "site: {title: '${A} ${file:f}'}", "f": "${A}"}, environ={"A": "${B} $${C}"})
    assert site.spec.site.title == "${B} $${C} ${A}"


def test_the_digest_changes_with_anything_that_was_said(tmp_path: Path) -> None:
    """A value, a variable, an overlay's name: each gives another digest; comments and layout do not."""
    text = "site: {title: '${A:-x}'}\n"
    digests = [
        sound(tmp_path, text).digest,
        sound(tmp_path, text, environ={"A": "y"}).digest,
        sound(tmp_path, {"site.yaml": text, "site.p.yaml": ""}, env="p").digest,
        sound(tmp_path, text + "theme: callboard").digest,
    ]
    assert len(set(digests)) == 4
    assert sound(tmp_path, "# words\nsite:\n    title: x\n").digest == digests[0]
    assert all(len(digest) == 64 for digest in digests)


# --- beyond types


@pytest.mark.parametrize(
    "url", ["https://example.com", "http://localhost:8000/portal/", "https://example.com/a%20b", "https://bücher.example/"]
)
def test_good_addresses_pass(tmp_path: Path, url: str) -> None:
    """Whole http and https addresses with or without a path are where a site may lie."""
    sound(tmp_path, f"site: {{title: x, url: '{url}', source: '{url}?tab=readme#top'}}")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("example.com", 'wanted a whole http or https address, got "example.com". Write for example: url: https://example.com/'),
        (
            "ftp://example.com",
            'wanted a whole http or https address, got "ftp://example.com". Write for example: url: https://example.com/',
        ),
        ("https://", 'wanted a whole http or https address, got "https://". Write for example: url: https://example.com/'),
        (
            "https://[::1",
            'wanted a whole http or https address, got "https://[::1". Write for example: url: https://example.com/',
        ),
        (
            "https://e.com:99999/",
            'wanted a whole http or https address, got "https://e.com:99999/". Write for example: url: https://example.com/',
        ),
        (
            "https://e.com/a b",
            'wanted a whole http or https address, got "https://e.com/a b". Write for example: url: https://example.com/',
        ),
        ("https://me:pw@e.com/", "the address holds a user name or password, and would be published. Remove it."),
        (
            "https://e.com/?a=1",
            'an address with a query or fragment cannot be where a site lies; got "https://e.com/?a=1". Remove it from "?" or "#" on.',
        ),
        (
            "https://e.com/#a",
            'an address with a query or fragment cannot be where a site lies; got "https://e.com/#a". Remove it from "?" or "#" on.',
        ),
        ("https://e.com/a/../b", 'the path of the address holds "..". Write the path that the site has.'),
    ],
)
def test_bad_addresses_are_refused(tmp_path: Path, url: str, said: str) -> None:
    """An address that cannot be where the site lies, or that would publish a password, is refused."""
    assert load(tmp_path, f"site:\n  title: x\n  url: '{url}'\n")[1] == [f"site.yaml:3:3  site.url: {said} [bad-url]"]


def test_the_logo_is_an_image_of_the_site(tmp_path: Path) -> None:
    """It exists inside the root, links followed, and is SVG, PNG or WebP."""
    write(tmp_path, {"out.svg": "", "site/logo.SVG": "", "site/logo.gif": ""})
    (tmp_path / "site" / "link.svg").symlink_to("../out.svg")
    root = tmp_path / "site"
    sound(root, "site: {title: x, logo: logo.SVG}")
    said = [
        load(root, f"site: {{title: x, logo: {logo}}}")[1][0].split("site.logo: ")[1]
        for logo in ("no.svg", "logo.gif", "link.svg", "../out.svg")
    ]
    assert said == [
        'there is no file "no.svg". Paths begin at the site\'s folder. [missing-file]',
        'wanted an image (.svg, .png, .webp), got "logo.gif". Save it as SVG, PNG or WebP. [wrong-value]',
        '"link.svg" leads out of the site\'s folder. Copy the file into it. [bad-path]',
        '"../out.svg" leads out of the site\'s folder. Copy the file into it. [bad-path]',
    ]


def test_the_accent_must_be_readable(tmp_path: Path) -> None:
    """An accent below 7:1 is an error that shows the ratio and a shade of the same hue that passes."""
    assert load(tmp_path, "site:\n  title: x\n  accent: '#f90'\n")[1] == [
        "site.yaml:3:3  site.accent: #f90 gives 2.1:1 on white; 7:1 is needed. Try #7a4900, 7.5:1. [low-contrast]"
    ]
    assert "#575757 gives 6.7:1 on #f5f7fa" in load(tmp_path, "site: {title: x, accent: '#575757'}")[1][0]
    sound(tmp_path, "site: {title: x, accent: '#7a4900'}")
    sound(tmp_path, "site: {title: x, accent: '#0b4fae'}")


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (".", '"." is the site\'s own folder, and the output folder is replaced as a whole.'),
        ("a/..", '"a/.." is the site\'s own folder, and the output folder is replaced as a whole.'),
        ("", '"" is the site\'s own folder, and the output folder is replaced as a whole.'),
        ("..", '".." holds the site\'s own folder, and the output folder is replaced as a whole.'),
        ("/", '"/" holds the site\'s own folder, and the output folder is replaced as a whole.'),
        ("content", '"content" overlaps with the folder "content", which Callboard reads.'),
        ("plugins/x", '"plugins/x" overlaps with the folder "plugins", which Callboard reads.'),
        ("./themes/", '"./themes/" overlaps with the folder "themes", which Callboard reads.'),
        (".callboard/out", '".callboard/out" overlaps with the folder ".callboard", which Callboard reads.'),
    ],
)
def test_the_output_never_swallows_what_people_wrote(tmp_path: Path, output: str, said: str) -> None:
    """The output folder is swapped as a whole, so it may be neither the root nor what is read."""
    (tmp_path / "content").mkdir()
    line = f"site.yaml:2:9  build.output: {said} Write for example: output: public [bad-output]"
    assert load(tmp_path, TITLE + f"build: {{output: '{output}'}}")[1] == [line]


def test_an_output_elsewhere_is_fine(tmp_path: Path) -> None:
    """A folder beside the root or a new one in it may be the output; the content folder's name may be another."""
    for text in ("build: {output: ../dist}", "build: {output: public/site}", "content: false\nbuild: {output: docs}"):
        sound(tmp_path, TITLE + text)
    write(tmp_path, {"docs/guide/a.md": ""})
    assert "bad-output" in load(tmp_path, TITLE + "content: docs/guide\nbuild: {output: docs}")[1][0]


def test_content_is_a_folder_of_the_site(tmp_path: Path) -> None:
    """A content folder that is named must be there, inside the root; the default one need not."""
    sound(tmp_path, TITLE + "content: false")
    assert "there is no folder" in load(tmp_path, TITLE + "content: pages")[1][0]
    assert "is no folder of the site" in load(tmp_path, TITLE + "content: ../x")[1][0]


def test_links_have_one_safe_target(tmp_path: Path) -> None:
    """A link has a path of the site or an http, https or mailto address: never a script."""
    good = "nav: [{title: a, path: /radar/#x}, {title: b, url: 'https://e.com/?q=1'}, {title: c, url: 'mailto:a@b.c'}]"
    sound(tmp_path, TITLE + good)
    bad = [
        "",
        ", path: /a, url: 'http://b'",
        ", url: 'javascript:alert(1)'",
        ", url: //e.com",
        ", url: 'data:text/html,x'",
        ", path: a",
        ", path: //e.com/",
        ", url: 'mailto:x'",
        ", url: 'https://u:p@e.com'",
    ]
    _, lines = load(tmp_path, TITLE + "nav:\n" + "".join(f"- {{title: x{link}}}\n" for link in bad))
    assert [line.rsplit("[", 1)[1] for line in lines] == ["wrong-value]"] * 2 + ["bad-url]"] * 3 + ["bad-path]"] * 2 + [
        "bad-url]"
    ] * 2


# --- going on


def test_a_faulty_site_goes_on_as_far_as_it_can(tmp_path: Path) -> None:
    """With problems there is still a Site of the valid parts, whose marks fit its lists; without a title it gets one."""
    text = "site: {titel: x}\nplugins:\n- radar\n- {plugin: a, path: b, options: {x: 1}}\n"
    site, lines = load(tmp_path, text)
    assert site is not None
    assert len(lines) == 3
    assert [mount.path for mount in site.spec.plugins] == ["/b/"]
    assert str(site.marks.at(("plugins", 0, "options", "x"))) == "site.yaml:4:34"


@pytest.mark.parametrize("text", ["- a", "", "a: [", "x", "a: \0", "[" * 100_000])
def test_nothing_usable_is_none(tmp_path: Path, text: str) -> None:
    """A file that is no mapping, or no YAML at all, gives no site, and one problem."""
    site, lines = load(tmp_path, text)
    assert site is None
    assert len(lines) == 1


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    """site.yaml may have 1 MB."""
    assert "larger than 1,000,000 bytes" in load(tmp_path, TITLE + "#" * 1_000_000)[1][0]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_file_is_a_problem(tmp_path: Path) -> None:
    """A file without permission is a problem, not a traceback."""
    write(tmp_path, {"site.yaml": TITLE}).joinpath("site.yaml").chmod(0)
    assert "cannot be read" in load(tmp_path, {})[1][0]


FRAGMENTS = st.sampled_from(
    ["site:", "  title: x", "  url: ${A}", "  logo: '\\0'", "  accent: '#f90'", "plugins:", "- plugin: a", "  path: /a?", "- ", "nav: [{title: x, url: 'http://['}]", "include: [a.yaml, '[', '**/{a,b}']", "build: {output: \"\\0\"}", "content: ''", "content: \"\\0\"", "  options: {a: ${file:.}, b: ${file:a\\0}}", "build:", "  jobs: ${", "x: *a", "? [", "theme: ${A:-}", "\t", "...", "---"]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(site=st.lists(FRAGMENTS, max_size=9), other=st.lists(FRAGMENTS, max_size=5) | st.text(max_size=20))
def test_no_site_file_brings_the_loader_down(tmp_path: Path, site: list[str], other: list[str] | str) -> None:
    """Whatever is written, the result is a Site or None and problems with a place and a documented code."""
    files = {"site.yaml": "\n".join(site), "a.yaml": other if isinstance(other, str) else "\n".join(other)}
    _, lines = load(tmp_path, files, environ={"A": "\n[x"})
    assert all("[" in line for line in lines)
