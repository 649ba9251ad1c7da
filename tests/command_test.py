"""The source ``command``: run only where the site allows it, without a shell, in a limited time, with a small environment."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from callboard.model.dataset import State

if TYPE_CHECKING:
    from tests.yamlsite import YamlSite

SCRIPT = """#!/bin/sh
%s
"""


@pytest.fixture
def site(yaml_site: YamlSite) -> YamlSite:
    yaml_site.site = {"allow": {"commands": ["scripts/say.sh", "printf"]}}
    return yaml_site


def script(site: YamlSite, text: str) -> None:
    site.write({"scripts/say.sh": SCRIPT % text})
    (site.root / "scripts/say.sh").chmod(0o755)


def test_what_it_prints_is_the_data(site: YamlSite) -> None:
    """JSON without a format; options are one word each, a list gives several, and no shell reads them."""
    site.declared = {"text": {}, "many": {"type": "list"}, "count": {"type": "int"}}
    site.options = {"text": "$(id); a  b *'\"", "many": ["x y", "z"], "count": 3}
    site.source = {"command": ["printf", '["%s","%s","%s","%s","%s"]', "n{count}", "{count}", "{many}", "é"]}
    site.build()
    assert site.records == ["n3", "3", "x y", "z", "é"]
    script(site, 'echo "$1" > words; pwd >> words; printf "a\\n\\n b \\n"')
    site.source = {"command": ["scripts/say.sh", "{text}"], "format": "lines", "ttl": "1h"}
    site.build()
    assert site.records == [{"line": "a"}, {"line": " b "}]
    assert (site.root / "words").read_text() == f"{site.options['text']}\n{site.root}\n"
    assert (site.origin.kind, site.origin.state) == ("command", State.OK)
    (site.root / "words").unlink()
    site.build()
    assert not (site.root / "words").exists()
    site.later(hours=2)
    site.build(offline=True)
    assert not (site.root / "words").exists()
    assert site.origin.state is State.STALE


def test_what_is_not_allowed_is_not_run(site: YamlSite) -> None:
    """Without ``allow`` it is a problem that says what to write, in ``check`` too; what is not the site's own is not run either."""
    script(site, "touch ran; echo []")
    site.source = {"command": ["scripts/say.sh"]}
    site.site = {"allow": {"commands": ["git"]}}
    expected = (
        'site.yaml:13:3  sources.s.command: the source "s" of the plugin x runs the command "scripts/say.sh", which is not allowed. '
        "If it may run wherever the site is built, write: allow: {commands: [git, scripts/say.sh]} [not-allowed]"
    )
    assert not site.build().written
    assert site.problems == [expected]
    site.check()
    assert site.problems == [expected]
    site.site = {}
    site.check()
    assert "site.yaml:1:1" in site.problems[0]
    assert "write: allow: {commands: [scripts/say.sh]}" in site.problems[0]
    site.site = {"allow": {"commands": ["scripts/say.sh"]}}
    site.check()
    assert site.problems == []
    assert not (site.root / "ran").exists()
    site.build()
    assert (site.root / "ran").exists()
    site.site = {"allow": {"commands": ["../say.sh"]}}
    site.source = {"command": ["../say.sh"]}
    assert not site.build().written
    assert 'wanted a name that PATH finds or a file of the site, got "../say.sh".' in site.problems[0]
    (site.root / "scripts" / "out.sh").symlink_to(site.root.parent / "say.sh")
    (site.root.parent / "say.sh").write_text("#!/bin/sh\necho []\n")
    site.site = {"allow": {"commands": ["scripts/out.sh"]}}
    site.source = {"command": ["scripts/out.sh"]}
    site.build()
    assert site.origin.error == "it lies outside of the site's folder"


@pytest.mark.parametrize("value", ["--upload-pack=touch ran", "-x"])
def test_data_is_no_switch(site: YamlSite, value: str) -> None:
    """What is filled in at the beginning of a word may not begin with a hyphen, unless ``--`` stands before it."""
    site.declared, site.options = {"who": {}}, {"who": value}
    site.source = {"command": ["printf", "%s", "{who}"]}
    assert not site.build().written
    expected = (
        'site.yaml:10:5  options.who: what is filled into "{}" of the command would be taken for a switch of the command: "{}". '
        'Change the option, or write the word "--" before it in the manifest. [wrong-value]'
    )
    assert site.problems == [expected.format("{who}", value)]
    site.source = {"command": ["printf", "%s", "-{who}"]}
    assert not site.build().written
    assert site.problems == [expected.format("-{who}", f"-{value}")]
    site.source = {"command": ["printf", "--%s", "-n={who}"], "format": "lines"}
    assert site.build().problems == ()
    site.source = {"command": ["printf", "--", "%s", "{who}"], "format": "lines"}
    assert site.build().problems == ()
    assert site.records == [{"line": value}]


def test_the_environment_is_small(site: YamlSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """PATH, HOME, LANG and what ``env`` says; a secret of the build reaches a command that way only, and no message shows it."""
    monkeypatch.setenv("CI_TOKEN_OF_ELSEWHERE", "seen")
    site.declared = {"token": {"type": "secret"}}
    site.options = {"token": "token-in-use"}
    script(site, "env >&2; env | sed 's/=.*//' > names; echo [] ; exit 3")
    site.source = {"command": ["scripts/say.sh"], "env": {"TOKEN": "x {token}"}}
    site.build()
    names = set((site.root / "names").read_text().split())
    assert names - {"PWD", "OLDPWD", "SHLVL", "_"} <= {"PATH", "HOME", "LANG", "TOKEN"}
    assert "TOKEN" in names
    script(site, 'echo "wrong token $TOKEN." >&2; exit 3')
    site.build()
    assert site.origin.error == "it ended with 3: wrong token x ***"
    assert site.problems[0].startswith("site.yaml:7:3  warning: s: scripts/say.sh failed (it ended with 3: wrong token x ***).")
    site.source = {"command": ["scripts/say.sh", "{token}"]}
    site.build()
    assert "a secret among a command's words is seen by everybody" in site.problems[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("echo oh >&2; exit 1", "it ended with 1: oh"),
        ("kill -9 $$", "it was ended by signal 9"),
        ("echo '{'", "unusable answer: it is not JSON: a key in double quotes is wanted here (line 2)"),
        ("head -c 21000000 /dev/zero", "unusable answer: it is larger than 20,000,000 bytes"),
        ("printf '\\377'", "unusable answer: it is not UTF-8 (line 1)"),
    ],
)
def test_a_command_that_fails(site: YamlSite, text: str, words: str) -> None:
    """Its last good output stands, with its age and the reason; its error output is shown by its last line."""
    script(site, "echo '[1]'")
    site.source = {"command": ["scripts/say.sh"]}
    site.build()
    script(site, text)
    site.later(hours=2)
    site.build()
    assert (site.records, site.origin.state, site.origin.error) == ([1], State.STALE, words)


def test_a_command_ends_in_time_with_all_that_it_started(site: YamlSite) -> None:
    """A command that hangs, or leaves something behind that does, is ended with its whole group."""
    script(site, "sleep 300 & echo $! > pid; wait")
    site.source = {"command": ["scripts/say.sh"], "timeout": "0.3s"}
    started = time.monotonic()
    site.build()
    assert time.monotonic() - started < 5
    assert site.origin.error == "it took longer than 0.3 seconds"
    script(site, "sleep 300 >/dev/null 2>&1 & echo $! >> pid; echo '[1]'")
    site.build()
    assert site.records == [1]
    for pid in (site.root / "pid").read_text().split():
        assert not running(int(pid))


def running(pid: int) -> bool:
    """Whether a process is there; one that nobody has waited for yet counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_command_that_is_not_there(site: YamlSite) -> None:
    """A name that PATH does not find, a file that is none or may not be run."""
    site.site = {"allow": {"commands": ["no-such-command", "scripts/none.sh", "scripts/say.sh"]}}
    for name, words in (
        ("no-such-command", 'there is no command "no-such-command" here'),
        ("scripts/none.sh", "no such file or directory"),
    ):
        site.source = {"command": [name]}
        site.build()
        assert site.origin.error == words
    script(site, "echo []")
    (site.root / "scripts/say.sh").chmod(0o644)
    site.source = {"command": ["scripts/say.sh"]}
    site.build()
    assert site.origin.error == "permission denied"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"command": ["{who}"]}, "the command itself is written out; only its other words may be options."),
        ({"command": ["git"], "rows": 5}, "rows belongs to sql, not to command. Remove it."),
        ({"sql": "sqlite:///a.db"}, "sql needs a query, a text."),
        ({"sql": "sqlite:///a.db", "query": "select :a"}, 'the query names ":a", but parameters does not.'),
        ({"sql": "sqlite:///a.db", "query": "select 1", "parameters": {"b": 1}}, 'the query does not name ":b".'),
        ({"sql": "sqlite:///a.db", "query": "q/none.sql"}, 'there is no file "q/none.sql" in the plugin.'),
        ({"prometheus": "https://a.example", "query": "up", "range": "7d"}, "range needs step."),
        (
            {"prometheus": "https://a.example", "query": "up", "range": "30d", "step": "1m"},
            "range and step ask for 43,200 values of each series, and Prometheus gives at most 11,000. Write a longer step.",
        ),
        ({"prometheus": "https://a.example", "query": 'up{a="$b"}'}, 'the query names "$b", but variables does not.'),
        ({"graphql": "https://a.example", "query": {"a": 1}}, "graphql needs a query, a text."),
        (
            {"graphql": "https://a.example", "query": "{a}", "paginate": {"link": True}},
            "what is posted has no Link to a next page.",
        ),
        ({"http": "https://a.example", "query": "a=1"}, "the query of http is a mapping."),
        ({"http": "https://a.example", "paginate": {"cursor": "a["}}, "paginate.cursor"),
        ({"http": "https://a.example", "paginate": {}}, "paging goes one way: link, cursor, page or offset; this is none."),
        ({"http": "https://a.example", "timeout": "soon"}, 'wanted a duration, got "soon".'),
        ({"http": "https://a.example", "stale": "soon"}, 'wanted a duration, got "soon".'),
        ({"http": "https://a.example", "body": {"a": ["{whom}"]}}, 'there is no option "whom"; did you mean "who"?'),
        ({"http": "https://a.example", "file": "a.csv", "command": ["git"]}, "this one has file, http and command."),
    ],
)
def test_keys_that_do_not_fit(site: YamlSite, source: dict[str, Any], words: str) -> None:
    """Each is a problem at its line of the manifest."""
    site.declared, site.options = {"who": {}}, {"who": "me"}
    site.source = source
    site.check()
    assert any(words in problem for problem in site.problems), site.problems
    assert all(problem.startswith("plugins/x/plugin.yaml:") for problem in site.problems)
    line = int(site.problems[0].split(":")[1])
    assert line > 1
