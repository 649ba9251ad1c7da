"""Where a document is edited, seen and reported: as its ``mkdocs.yml`` says, else by the repository that it came from."""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple
from urllib.parse import quote, urlencode, urljoin, urlsplit

from callboard.plugin import scm

from ..reading.config import Config
from ..reading.documents import Doc

_USUAL = {"github.com": "edit/master/docs/", "gitlab.com": "edit/master/docs/", "bitbucket.org": "src/default/docs/"}
"""``edit_uri`` where only ``repo_url`` is said, as in MkDocs."""
_PLACEHOLDER = re.compile(r"\{(path|path_noext)(!q)?\}")


class Links(NamedTuple):
    """Addresses of one document; "" for none."""

    edit: str = ""
    source: str = ""
    report: str = ""


def links(doc: Doc, address: str, folder: str, integrations: scm.Integrations) -> Links:
    """``address`` is the page of the folder that the files of ``folder`` were read from; "" where that is not known."""
    source = _beside(address, posixpath.relpath(doc.file, folder or "."), integrations) if address else ""
    edit = _said(doc) or (scm.edit(source, integrations) if source else "") or _usual(doc)
    return Links(edit, source, _report(doc, source or edit, doc.config.repo, integrations))


def _beside(address: str, name: str, integrations: scm.Integrations) -> str:
    return scm.beside(f"{address.rstrip('/')}/" if "?" not in address else address, name, integrations)


def _path(doc: Doc) -> str:
    """The name below ``docs_dir``."""
    return posixpath.relpath(doc.file, doc.root)


def _said(doc: Doc) -> str:
    """What ``edit_uri_template`` or ``edit_uri`` gives."""
    config = doc.config
    if config.edit_template:
        return _joined(config, _PLACEHOLDER.sub(lambda found: _filled(found, _path(doc)), config.edit_template))
    base = _joined(config, config.edit) if config.edit else ""
    return base + quote(_path(doc)) if base else ""


def _filled(found: re.Match[str], path: str) -> str:
    value = posixpath.splitext(path)[0] if found[1] == "path_noext" else path
    return quote(value, safe="") if found[2] else quote(value)


def _usual(doc: Doc) -> str:
    config = doc.config
    if config.edit is not None or not config.repo:
        return ""
    usual = _USUAL.get(urlsplit(config.repo).netloc, "")
    return urljoin(f"{config.repo.rstrip('/')}/", usual) + quote(_path(doc)) if usual else ""


def _joined(config: Config, said: str) -> str:
    bare = said.startswith(("?", "#")) or not config.repo
    found = config.repo + said if bare else urljoin(f"{config.repo.rstrip('/')}/", said)
    return found if found.startswith(("https://", "http://")) else ""


def _report(doc: Doc, source: str, repo: str, integrations: scm.Integrations) -> str:
    """A new issue of the repository with a title and the page's source, as Backstage's feedback link fills them in."""
    of = source if scm.parse(source, integrations) else repo
    integration, found = scm.of(of, integrations), scm.parse(of, integrations)
    if integration is None or found is None:
        return ""
    title = f"Documentation Feedback: {doc.title}"
    body = f"Page source:\n{source or doc.file}\n\nFeedback:"
    base = f"{integration.base}/{found.slug}"
    forms = {
        "github": (f"{base}/issues/new", {"title": title, "body": body}),
        "gitlab": (f"{base}/issues/new", {"issue[title]": title, "issue[description]": body}),
        "gitea": (f"{base}/issues/new", {"title": title, "body": body}),
        "bitbucketCloud": (f"{base}/issues/new", {"title": title}),
    }
    if integration.type not in forms:
        return ""
    address, query = forms[integration.type]
    return f"{address}?{urlencode(query, quote_via=quote)}"
