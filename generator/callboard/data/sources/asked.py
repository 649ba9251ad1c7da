"""What the sources have in common that ask somebody, and keep the answer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from callboard import paths
from callboard.data import filling
from callboard.data.asking.answers import Body, Failed, Fetched
from callboard.data.asking.paging import Listed, Page, posted
from callboard.data.sources.source import Fault, Loaded, Source
from callboard.model import duration
from callboard.model.dataset import Origin, SourceRun, State
from callboard.model.problem import Severity
from callboard.model.secret import Secret
from callboard.model.source import Paging, query_file

_FILE_LIMIT = 200_000


class Question(NamedTuple):
    """What is sent to an address."""

    url: str
    value: Any = None
    """What is posted as JSON; GET without it."""
    alias: str = ""
    """The address that stands for ``url`` in the cache and in recordings, if a part of it changes with time."""
    also: str = ""
    """What the answer depends on beside the alias."""


class Asking(Source):
    """A source that somebody else answers: the answer is kept, and the last good one stands for one that does not come."""

    __slots__ = ()

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What may be inside of a question, and is struck out of all that people see."""
        return filling.secrets(self.plugin.options)

    def terms(self) -> dict[str, Any]:
        """What the source says of its answers' age and time; seconds."""
        said = {word: getattr(self.spec, word) for word in ("ttl", "stale", "timeout")}
        return {word: duration.seconds(text) if text else None for word, text in said.items()}

    def skipped(self, kind: str, label: str) -> Loaded:
        """Nothing: ``check`` asks nobody."""
        origin = Origin(self.name, kind, label, State.SKIPPED)
        return Loaded([], origins=(origin,), runs=(SourceRun(self.plugin.id, origin, "skipped"),))

    def failed(self, failed: Failed) -> Loaded:
        """Nothing, since nobody answered."""
        return Loaded([], origins=(failed.run.origin,), runs=(failed.run,))

    def taken(self, found: Fetched[Any], records: list[Any], item: Any) -> Loaded:
        """The records of an answer."""
        made = self.itemed(records, item)
        return Loaded(made, origins=(found.origin,), runs=(replace(found.run, records=len(made)),))

    def cut(self, loaded: Loaded, what: str, mend: str, key: str) -> Loaded:
        """With a warning: there is more than was taken."""
        fault = Fault("cut-list", f'the source "{self.name}" {what}', mend, key)
        return replace(loaded, problems=(*loaded.problems, self.problem(fault, severity=Severity.WARNING)))

    def query(self) -> str:
        """The question in its own language, from the manifest or a file of the plugin. Raises Fault."""
        file = query_file(self.spec)
        if not file:
            return str(self.spec.query)
        try:
            return paths.read(self.plugin.folder, self.plugin.folder / file, limit=_FILE_LIMIT).decode("utf-8-sig")
        except (paths.Refused, OSError, UnicodeDecodeError) as error:
            what = f'the query "{file}" of the source "{self.name}" cannot be read: {error}.'
            raise Fault("refused-file", what, "Mend the file or its name.", "query") from None


class Web(Asking):
    """A source that is asked over HTTP."""

    __slots__ = ()

    @abstractmethod
    def question(self, url: str, scope: Mapping[str, Any]) -> Question:
        """What is sent to the address, options filled in."""

    @abstractmethod
    def page(self, body: Body, url: str) -> Page:
        """An answer as parsed, and its records. Raises ValueError with a sentence: it is unusable, and never replaces a good one."""

    def explain(self, body: bytes) -> str:  # noqa: ARG002  # most services say it with their status
        """Why the service refused a question, as it says itself; "" if it says nothing that is understood."""
        return ""

    def paging(self) -> Paging | None:
        """How its list comes in parts."""
        return self.spec.paginate

    def path(self) -> str:
        """What is added to the address."""
        return ""

    def one(self, item: Any) -> Loaded:
        """The records of the address, or of all its parts."""
        scope = self.scope(item)
        template = self.spec.address
        try:
            url = filling.url(
                template.rstrip("/") + self.path() if self.path() else template, scope, filling.addresses(self.plugin)
            )
        except ValueError as error:
            what = f'the address of the source "{self.name}" cannot be used: {error}'
            raise Fault("bad-url", what, "Mend the address or the option.", self.spec.kind) from None
        question = self.question(url, scope)
        if self.check:
            return self.skipped("http", urlsplit(url).netloc.rpartition("@")[2])
        try:
            return self._listed(question, item) if self.spec.paginate else self._fetched(question, item)
        except Failed as failed:
            return self.failed(failed)

    def _sent(self) -> dict[str, Any]:
        headers = filling.headers(self.spec, self.plugin.options)
        return {"headers": headers, "name": self.name, "secrets": self.secrets, "explain": self.explain, **self.terms()}

    def _fetched(self, question: Question, item: Any) -> Loaded:
        def accept(body: Body) -> list[Any]:
            return self.page(body, question.url).items

        content = b"" if question.value is None else posted(question.value)
        found = self.client.fetch(
            question.url, accept=accept, content=content, alias=question.alias, also=question.also, **self._sent()
        )
        return self.taken(found, found.value, item)

    def _listed(self, question: Question, item: Any) -> Loaded:
        by, most = self.paging(), self.spec.paginate.most if self.spec.paginate else 1
        assert by is not None

        def read(body: Body) -> Page:
            return self.page(body, question.url)

        found: Fetched[Listed | None] = self.client.listed(
            question.url, by=by, read=read, most=most, value=question.value, **self._sent()
        )
        assert found.value is not None  # only with ``absent``
        loaded = self.taken(found, found.value.items, item)
        if found.value.complete:
            return loaded
        what = f"has more than {most} parts; only the first {most} were taken."
        return self.cut(loaded, what, "Raise most: of paginate, or ask for less.", "paginate")
