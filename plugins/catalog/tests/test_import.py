"""``callboard import backstage``: an app-config becomes a site that passes every check, and nothing of it is passed over in silence."""

import importlib
import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from callboard import yamlfile
from callboard.check import check
from callboard.testing import build_site

APP = Path(__file__).parent / "backstage_app"
DATA = Path(__file__).parents[3].parent / "shared" / "data" / "catalogs"
SECRETS = ("ghp_thisIsTheTokenItself", "anotherSecretItself")


@pytest.fixture
def imports(code, tmp_path: Path, monkeypatch):
    """``imports({"app-config.yaml": "…"}, "app-config.yaml")`` in a folder with those files: what was printed and written."""
    assert code.converting
    backstage = importlib.import_module("catalog_plugin.importing").backstage
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_TOKEN", "GITLAB_TOKEN", "APP_URL"):
        monkeypatch.delenv(name, raising=False)

    def run(files: dict[str, str], *arguments: str) -> SimpleNamespace:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        result = CliRunner().invoke(backstage, [*arguments])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        folder = tmp_path / (arguments[arguments.index("--output") + 1] if "--output" in arguments else ".")
        text = (folder / "site.yaml").read_text() if (folder / "site.yaml").is_file() else ""
        site = yamlfile.load(text, "site.yaml")[0] if text and result.exit_code == 0 else None
        told = json.loads(result.stdout) if "json" in arguments and result.exit_code == 0 else {}
        notes = {note["key"]: note for note in told.get("notes", ())}
        return SimpleNamespace(
            code=result.exit_code, out=result.stdout, err=result.stderr, text=text, site=site, notes=notes, told=told
        )

    return run


@pytest.fixture
def app(tmp_path: Path) -> dict[str, str]:
    """The files of a Backstage app, copied."""
    shutil.copytree(APP, tmp_path, dirs_exist_ok=True)
    return {}


def catalog(site: dict) -> dict:
    """The options of the catalog's mount."""
    return next(mount["options"] for mount in site["plugins"] if mount["plugin"] == "catalog")


def test_a_working_portal(imports, app, tmp_path):
    """What was imported passes check, and a build shows the catalog's entities, relations and links."""
    ran = imports(app, "app-config.yaml")
    assert ran.code == 0
    assert [problem.text for problem in check(tmp_path).problems if problem.code != "catalog/missing-target"] == []
    del catalog(ran.site)["providers"]  # no test asks a service
    (tmp_path / "site.yaml").write_text(json.dumps(ran.site))
    built = build_site(tmp_path)
    assert built.report.written
    assert "Harbour" in built.page("/catalog/default/component/tracker/")
    assert "The crew" in built.page("/catalog/default/component/tracker/")
    assert "Bugs of the portal" in built.page("/")
    assert "positions" in built.page("/apis/")
    assert "https://costs.example.com/" in built.page("/")


def test_every_key_is_converted_or_listed(imports, app):
    """Each top-level key, and each one below app, backend, catalog and organization, has a note at its line."""
    ran = imports(app, "app-config.yaml", "--format", "json")
    config = yamlfile.load((APP / "app-config.yaml").read_text(), "app-config.yaml")[0]
    wanted = [*config, *(f"{top}.{key}" for top in ("app", "backend", "catalog", "organization") for key in config[top])]
    for key in wanted:
        assert any(said == key or said.startswith((f"{key}.", f"{key}[")) for said in ran.notes), key
    lines = (APP / "app-config.yaml").read_text().splitlines()
    for key, note in ran.notes.items():
        name = key.rpartition(".")[2].partition("[")[0]
        assert key.endswith("]") or name in lines[note["line"] - 1], key
        assert note["message"].strip(), key


def test_what_becomes_of_keys(imports, app):
    """Each sort of note: converted, to do, not needed, without an equivalent."""
    notes = imports(app, "app-config.yaml", "--format", "json").notes
    assert {
        key: notes[key]["state"] for key in ("app.title", "app.baseUrl", "search", "backend.database", "auth", "jenkins")
    } == {
        "app.title": "converted",
        "app.baseUrl": "to do",
        "search": "not needed",
        "backend.database": "not needed",
        "auth": "no equivalent",
        "jenkins": "no equivalent",
    }
    assert (notes["explore.tools[0]"]["state"], notes["explore.tools[1]"]["state"]) == ("converted", "no equivalent")
    assert "content/radar.json" in notes["techRadar.url"]["message"]


def test_the_proxy_is_taken_over(imports, app, tmp_path):
    """Its endpoints stand in the site unchanged, variables too; a secret that stands in the file becomes a variable."""
    ran = imports(app, "app-config.yaml", "--format", "json")
    circle = {"target": "https://circleci.com/api/v1.1", "headers": {"Circle-Token": "${CIRCLECI_AUTH_TOKEN}"}}
    assert ran.site["proxy"] == {"endpoints": {"/circleci/api": circle}}
    assert ran.notes["proxy.endpoints./circleci/api"]["state"] == "converted"
    text = """\
proxy:
  skipInvalidProxies: true
  /old: http://old.example.com
  endpoints:
    /plain: ${PLAIN_URL}
    /ci:
      target: https://ci.example.com
      headers: {Authorization: Basic c2VjcmV0, X-Team: shop}
      auth: user:secret
      pathRewrite: {"^/api/proxy/ci/": /}
      allowedMethods: [GET, POST]
      credentials: dangerously-allow-unauthenticated
      onProxyReq: nothing
"""
    ran = imports({"b.yaml": text}, "b.yaml", "--format", "json", "--output", "b")
    ci = {
        "target": "https://ci.example.com",
        "headers": {"Authorization": "${CI_AUTHORIZATION}", "X-Team": "shop"},
        "auth": "${CI_AUTH}",
        "pathRewrite": {"^/api/proxy/ci/": "/"},
        "allowedMethods": ["GET", "POST"],
        "credentials": "dangerously-allow-unauthenticated",
    }
    assert ran.site["proxy"] == {
        "skipInvalidProxies": True,
        "/old": "http://old.example.com",
        "endpoints": {"/plain": "${PLAIN_URL}", "/ci": ci},
    }
    assert "c2VjcmV0" not in ran.text
    assert "CI_AUTHORIZATION" in ran.notes["proxy.endpoints./ci.headers.Authorization"]["message"]
    assert ran.notes["proxy.endpoints./ci.onProxyReq"]["state"] == "no equivalent"
    assert [problem.text for problem in check(tmp_path / "b").problems] == []


def test_techdocs(imports):
    """The documents are read by the same annotations, with the catalog's tokens; what generates and keeps them is not needed."""
    text = (
        "catalog: {}\nintegrations: {github: [{host: github.com, token: '${GITHUB_TOKEN}'}]}\n"
        "techdocs: {builder: external, publisher: {type: awsS3}, sanitizer: {allowedIframeHosts: [example.com]}}\n"
    )
    ran = imports({"a.yaml": text}, "a.yaml", "--format", "json")
    mount = next(one for one in ran.site["plugins"] if one["plugin"] == "techdocs")
    assert mount["path"] == "/docs/"
    assert mount["options"]["integrations"]["github"][0]["host"] == "github.com"
    states = {key: note["state"] for key, note in ran.notes.items() if key.startswith("techdocs")}
    assert states == {
        "techdocs": "converted",
        "techdocs.builder": "not needed",
        "techdocs.publisher": "not needed",
        "techdocs.sanitizer": "no equivalent",
    }


def test_lighthouse(imports):
    """The audit service is asked by the plugin lighthouse; a variable may be unset, as in Backstage; who audits is somebody else's."""
    text = "lighthouse: {baseUrl: 'https://lighthouse.example.com', schedule: {frequency: {days: 1}}}\n"
    ran = imports({"a.yaml": text}, "a.yaml", "--format", "json")
    assert ran.site["plugins"] == [
        {"plugin": "lighthouse", "path": "/quality/", "options": {"service": "https://lighthouse.example.com"}}
    ]
    assert {key: note["state"] for key, note in ran.notes.items()} == {
        "lighthouse.baseUrl": "converted",
        "lighthouse.schedule": "no equivalent",
    }
    ran = imports({"b.yaml": "lighthouse: {baseUrl: '${LIGHTHOUSE_URL}'}\n"}, "b.yaml", "--output", "b")
    assert ran.site["plugins"][0]["options"] == {"service": "${LIGHTHOUSE_URL:-}"}


def test_circleci(imports):
    """The endpoint that Backstage's CircleCI plugin asks becomes a mount with the same token; a token that is written out does not."""
    text = "proxy: {endpoints: {/circleci/api: {target: 'https://circleci.com/api/v1.1', headers: {Circle-Token: %s}}}}\n"
    ran = imports({"a.yaml": text % "'${CIRCLECI_AUTH_TOKEN}'"}, "a.yaml", "--format", "json")
    mount = {"plugin": "circleci", "path": "/builds/"}
    assert ran.site["plugins"] == [mount | {"options": {"token": "${CIRCLECI_AUTH_TOKEN:-}"}}]
    ran = imports({"b.yaml": text % "cci_secretsecret"}, "b.yaml", "--output", "b")
    assert ran.site["plugins"] == [mount]


def test_a_key_that_is_not_listed_is_what_its_parent_is(imports):
    """A key below one that is known is answered as that one; one that nothing knows says so."""
    text = "catalog: {providers: {unheard: {main: {}}}, unheard: 1}\nexplore: {unheard: 1}\n"
    notes = imports({"a.yaml": text}, "a.yaml", "--format", "json").notes
    assert "running Backstage" in notes["catalog.providers.unheard"]["message"]
    assert "domains and systems are pages" in notes["explore.unheard"]["message"]
    assert notes["catalog.unheard"]["message"] == "Callboard does not know this key."


def test_no_secret_is_copied(imports, app):
    """Variables stay variables that may be unset, as in Backstage; a token itself is neither written nor printed."""
    ran = imports(app, "app-config.yaml")
    assert catalog(ran.site)["integrations"] == {
        "github": [
            {"host": "github.com", "token": "${GITHUB_TOKEN:-}"},
            {"host": "git.example.com", "apiBaseUrl": "https://git.example.com/api/v3", "token": "${GIT_EXAMPLE_TOKEN:-}"},
        ],
        "gitlab": [{"host": "gitlab.com", "token": "${GITLAB_TOKEN:-}"}],
        "azure": [{"host": "dev.azure.com", "token": "${AZURE_TOKEN:-}"}],
    }
    for secret in SECRETS:
        assert secret not in ran.text + ran.out + ran.err
    assert "  GITHUB_TOKEN: not set here, and may be left so" in ran.out


def test_paths_as_the_site_sees_them(imports, app, tmp_path):
    """Files are found from packages/backend or from app-config's folder; what is not there is said."""
    ran = imports(app, "app-config.yaml", "--output", "portal", "--format", "json")
    assert [location["target"] for location in catalog(ran.site)["locations"]] == [
        "../examples/entities.yaml",
        "../examples/org.yaml",
        "../examples/gone.yaml",
    ]
    assert catalog(ran.site)["locations"][1]["rules"] == [{"allow": ["User", "Group"]}]
    assert ran.notes["catalog.locations[2].target"]["state"] == "to do"
    assert ran.notes["catalog.locations[3]"]["state"] == "no equivalent"
    assert [problem.code for problem in check(tmp_path / "portal").errors] == []


def test_later_files_win(imports, app):
    """Mappings are merged, lists are replaced, null removes; lines are those of the file that says it."""
    ran = imports(app, "app-config.yaml", "app-config.production.yaml", "--format", "json")
    assert ran.site["site"] == {
        "title": "Harbour",
        "url": "${APP_URL:-}",
        "description": "The developer portal of Example Shipping.",
    }
    assert [location["target"] for location in catalog(ran.site)["locations"]] == ["examples/entities.yaml", "examples/or*.yaml"]
    assert [link["title"] for link in ran.site["nav"]] == ["Support", "How we build", "Cost of clouds"]
    assert "catalog.readonly" not in ran.notes
    assert (ran.notes["app.baseUrl"]["file"], ran.notes["app.baseUrl"]["line"]) == ("app-config.production.yaml", 2)
    assert ran.notes["app.title"]["file"] == "app-config.yaml"


def test_providers_that_the_catalog_takes(imports, app):
    """They are checked as the catalog checks them: a broken one is left out with the reason, others are listed."""
    ran = imports(app, "app-config.yaml", "--format", "json")
    assert list(catalog(ran.site)["providers"]["github"]) == ["fleet"]
    assert "organization" in ran.notes["catalog.providers.github.broken"]["message"]
    assert ran.notes["catalog.providers.ldapOrg"]["state"] == "no equivalent"


def test_an_option_that_the_catalog_does_not_know(imports):
    """Only that key is left out; the provider stays."""
    text = "catalog:\n  providers:\n    github:\n      main: {organization: example, shoeSize: 43}\n"
    ran = imports({"a.yaml": text}, "a.yaml", "--format", "json")
    assert "organization" in catalog(ran.site)["providers"]["github"]["main"]
    assert "shoeSize" not in ran.text
    assert ran.notes["catalog.providers.github.main.shoeSize"]["line"] == 4


def test_a_host_that_no_integration_describes(imports, tmp_path):
    """The catalog must know its kind, so one is added; a broken provider of any form is left out, and the site passes check."""
    text = """\
catalog:
  providers:
    github: {main: {organization: example, host: git.example.com}}
    githubOrg: [{id: org, githubUrl: "https://git.example.com", orgs: [example]}, {githubUrl: 5}]
    gitlab: {main: {host: gitlab.example.com, group: "${GROUP:-a}"}, other: 7}
"""
    ran = imports({"a.yaml": text}, "a.yaml", "--format", "json")
    assert catalog(ran.site)["integrations"] == {
        "github": [{"host": "git.example.com", "token": "${GIT_EXAMPLE_TOKEN:-}"}],
        "gitlab": [{"host": "gitlab.example.com", "token": "${GITLAB_EXAMPLE_TOKEN:-}"}],
    }
    assert catalog(ran.site)["providers"]["gitlab"] == {"main": {"host": "gitlab.example.com", "group": "${GROUP:-a}"}}
    assert "id" in ran.notes["catalog.providers.githubOrg"]["message"]
    assert [problem.text for problem in check(tmp_path).problems] == []


def test_a_fault_in_a_location_is_named_by_its_number(imports):
    """Also where one before it was left out."""
    text = """\
catalog:
  locations:
    - {type: github-org, target: "https://github.com/example"}
    - {type: url, target: "https://example.com/a.yaml", rules: [{allow: 5}]}
    - {type: url, target: "https://user:secret@example.com/b.yaml"}
    - {type: url, target: "https://example.com/c.yaml"}
"""
    ran = imports({"a.yaml": text}, "a.yaml", "--format", "json")
    assert catalog(ran.site)["locations"] == [{"type": "url", "target": "https://example.com/c.yaml"}]
    assert ran.notes["catalog.locations[1]"]["state"] == "to do"
    assert ran.notes["catalog.locations[2].target"]["state"] == "to do"
    assert "secret@" not in ran.text + ran.out


def test_without_rules_backstage_allows_three_kinds(imports):
    """The site says so, since Callboard's catalog may allow more by itself; `rules: []` is kept as well."""
    ran = imports({"a.yaml": "catalog: {readonly: true}"}, "a.yaml")
    assert catalog(ran.site)["rules"] == [{"allow": ["Component", "API", "Location"]}]
    assert "# what Backstage allows" in ran.text
    ran = imports({"b.yaml": "catalog: {rules: []}"}, "b.yaml", "--output", "none")
    assert catalog(ran.site) == {"rules": []}


def test_includes_and_variables(imports, tmp_path):
    """$env, $file and $include; a default is kept, an escape too; what lies outside of the site's folder is not read."""
    files = {
        "config/a.yaml": """\
app:
  title: {$env: TITLE}
  baseUrl: {$file: url.txt}
organization: {$include: "parts.yaml#org"}
integrations:
  github:
    - {host: github.com, token: {$file: /run/secrets/token}}
catalog:
  locations:
    - {type: url, target: "https://${ HOST :-example.com}/$${x}.yaml"}
    - {type: url, target: "https://${a b}/x.yaml"}
""",
        "config/parts.yaml": "org: {name: 'Inc $${luded}'}\n",
        "config/url.txt": "https://example.com/\n",
    }
    ran = imports(files, "config/a.yaml", "--output", "config", "--format", "json")
    assert ran.site["site"] == {
        "title": "${TITLE:-Developer portal}",
        "url": "${file:url.txt}",
        "description": "The developer portal of Inc $${luded}.",
    }
    assert catalog(ran.site)["locations"] == [{"type": "url", "target": "https://${HOST:-example.com}/$${x}.yaml"}]
    assert "token" not in catalog(ran.site)["integrations"]["github"][0]
    assert ran.notes["integrations.github[0].token"]["state"] == "to do"
    assert "names no variable" in ran.notes["catalog.locations[1].target"]["message"]
    assert ran.told["variables"] == {"HOST": False, "TITLE": False}


def test_a_site_that_is_there_is_not_touched(imports):
    """Neither a file nor a link."""
    ran = imports({"a.yaml": "app: {title: A}", "site.yaml": "mine"}, "a.yaml")
    assert ran.code == 1
    assert "is there already" in ran.err
    assert ran.text == "mine"


@pytest.mark.parametrize(
    ("files", "exit_code", "words"),
    [
        ({}, 2, "There is no file"),
        ({"a.yaml": "app: [\n"}, 1, "a.yaml:"),
        ({"a.yaml": "- 1"}, 1, "a.yaml:1:1  wanted a mapping"),
        ({"a.yaml": "a: 1\n---\nb: 2\n"}, 1, "a.yaml:3:1  a second document"),
    ],
)
def test_files_that_cannot_be_read(imports, files, exit_code, words):
    """The file and the line are named, and nothing is written."""
    ran = imports(files, "a.yaml")
    assert ran.code == exit_code
    assert words in ran.err
    assert not ran.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "app: 5",
        "app: {title: A}\norganization: {name: '${COMPANY}'}",
        "app: {support: [1], title: [2]}",
        "app: {baseUrl: '${A:-b}'}",
        "app: {baseUrl: {$file: none}}",
        "catalog: []",
        "catalog: {providers: {github: {a: '${A:-b}'}}}",
        "integrations: x",
        "techRadar: {}",
    ],
)
def test_odd_forms_still_give_a_site(imports, tmp_path, text):
    """Whatever has another form than it should is said, and the site passes check."""
    ran = imports({"a.yaml": text}, "a.yaml")
    assert ran.code == 0
    assert [problem.text for problem in check(tmp_path).problems] == []


def test_texts_that_yaml_would_read_otherwise(imports):
    """What is written reads back as it was."""
    title = "No: #1 'quoted' \\ ü 012, yes"
    ran = imports({"a.yaml": json.dumps({"app": {"title": title}, "organization": {"name": "on"}})}, "a.yaml")
    assert ran.site["site"]["title"] == title


@pytest.mark.skipif(not DATA.is_dir(), reason="the real catalogs lie beside the project, and are not here")
def test_the_demo_of_backstage(imports, tmp_path):
    """The real files of Backstage's demo with a configuration as it has it: a portal with all of its entities."""
    shutil.copytree(DATA / "backstage-demo", tmp_path, dirs_exist_ok=True)
    for folder, _, names in os.walk(tmp_path):
        for path in (Path(folder), *(Path(folder, name) for name in names)):
            path.chmod(0o755)
    (tmp_path / "packages" / "backend").mkdir(parents=True)
    config = """\
app: {title: Backstage Demo, baseUrl: "http://localhost:3000"}
organization: {name: Backstage}
backend: {reading: {allow: [{host: demo.backstage.io, paths: [/api/graphql/schema]}]}}
integrations: {github: [{host: github.com, token: "${GITHUB_TOKEN}"}]}
catalog:
  readonly: true
  rules:
    - allow: [Component, API, System, Domain, Resource, Location, User, Group, AiResource]
  locations:
    - {type: file, target: ../../catalog-info.yaml}
    - {type: file, target: "../../examples/*.yaml"}
    - {type: file, target: ../../demo-template/template/template.yaml, rules: [{allow: [Template]}]}
"""
    ran = imports({"app-config.yaml": config}, "app-config.yaml")
    assert ran.code == 0
    assert check(tmp_path).errors == ()
    built = build_site(tmp_path)
    assert built.report.written
    assert "Backstage Demo" in built.page("/catalog/default/component/backstage-demo/")
    assert built.page("/catalog/default/template/demo-template/")
    assert built.page("/catalog/default/api/github-mcp-server/")
    assert built.page("/catalog/default/airesource/mui-to-bui-migration/")
