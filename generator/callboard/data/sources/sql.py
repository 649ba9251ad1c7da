"""The source ``sql``: a query of an SQLite or PostgreSQL database, which is only read."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from callboard.data import filling
from callboard.data.asking import answers, database
from callboard.data.asking.answers import Body, Failed, Terms
from callboard.data.asking.database import Asked, Database, File, Server
from callboard.data.asking.paging import Listed
from callboard.data.sources.asked import Asking
from callboard.data.sources.source import Fault, Loaded
from callboard.data.store import statements
from callboard.model.database import server_address
from callboard.model.dataset import Origin
from callboard.model.secret import Secret
from callboard.plugin import StoreError

_SQLITE: Final = "sqlite:///"
_FIRST: Final = frozenset({"select", "table", "values", "with"})


class _Question(NamedTuple):
    database: Database
    label: str
    """For people, without an account."""
    asked: Asked

    @property
    def words(self) -> str:
        """What the answer depends on."""
        return json.dumps([self.label, self.database.account, *self.asked], default=str, sort_keys=True)


class Sql(Asking):
    """A query of a database."""

    __slots__ = ()

    def one(self, item: Any) -> Loaded:
        """The rows of the query."""
        question = self._question(self.scope(item))
        if self.check:
            return self.skipped("sql", question.label)
        try:
            found = self.client.made(
                Origin(self.name, "sql", question.label),
                question.words,
                functools.partial(database.rows, question.database, question.asked),
                accept=self._accepted,
                terms=Terms(**self.terms()),
                secrets=(*self.secrets, *question.database.secrets),
                mark=question.database.mark,
                alias=json.dumps(question.asked, default=str, sort_keys=True),
            )
        except Failed as failed:
            return self.failed(failed)
        loaded = self.taken(found, found.value.items, item)
        if found.value.complete:
            return loaded
        what = f"has more than {self.spec.rows:,} rows; only the first were taken."
        return self.cut(
            loaded, what, "Raise rows:, or ask for less.", "rows" if "rows" in self.spec.model_fields_set else "query"
        )

    def _accepted(self, body: Body) -> Listed:
        value = answers.json(body)
        return Listed(self.records(value["rows"]), value["complete"])

    def _question(self, scope: Mapping[str, Any]) -> _Question:
        found, label = self._database(scope)
        for package in ("sqlalchemy", *(("psycopg",) if isinstance(found, Server) else ())):
            if find_spec(package) is None:
                extra = "postgres" if isinstance(found, Server) else "sql"
                what = f'the source "{self.name}" reads a database, for which a package is not installed.'
                raise Fault("missing-package", what, f'Run: pip install "callboard[{extra}]"', "sql")
        said = filling.values(self.spec.parameters, scope)
        asked = Asked(self._statement(), {name: said.get(name) for name in self.spec.parameters}, self.spec.rows)
        return _Question(found, label, asked)

    def _statement(self) -> str:
        text = self.query()
        try:
            first = statements.formatted(text).split(maxsplit=1)[:1]
        except StoreError as error:
            what = f'the query of the source "{self.name}" cannot be asked: {error}'
            raise Fault("wrong-value", what, "Write one select.", "query") from None
        if not first or first[0].lower().lstrip("(") not in _FIRST | {""}:
            what = f'the query of the source "{self.name}" is no select: a database is only read.'
            raise Fault("wrong-value", what, "Write a query that begins with select, with, values or table.", "query")
        return text.strip().rstrip(";")

    def _database(self, scope: Mapping[str, Any]) -> tuple[Database, str]:
        """Where the rows are, and what people are told of it. Nothing of the address is shown: all of it may be secret."""
        address = self._address(scope)
        if address.startswith(_SQLITE):
            name = address.removeprefix(_SQLITE)
            path = (self.root / name).resolve()
            if not name or not path.is_relative_to(self.root.resolve()):
                what = f'the database of the source "{self.name}" lies outside of the folder of site.yaml.'
                raise Fault("refused-file", what, "Put it inside, and name it from there: sqlite:///data/spend.db", "sql")
            return File(path), name
        try:
            server = server_address(address.replace("postgresql+psycopg:", "postgresql:", 1))
        except ValueError:
            what = f'the database of the source "{self.name}" cannot be used (its address is not shown, since it may hold a password).'
            mend = "Write sqlite:///data/spend.db or postgresql://user:password@db.example.com/finance."
            raise Fault("bad-url", what, mend, "sql") from None
        return Server(server), f"{server.shown}/{server.database}" if server.database else server.shown

    def _address(self, scope: Mapping[str, Any]) -> str:
        whole = filling.values(self.spec.sql, scope)
        if self.spec.sql.startswith("{") and self.spec.sql.endswith("}") and self.spec.sql.count("{") == 1:
            return str(whole)
        if self.spec.sql.startswith(_SQLITE):
            return str(whole)
        safe = {
            name: quote(value.reveal() if isinstance(value, Secret) else str(value), safe="") for name, value in scope.items()
        }
        missing = {name for name, value in scope.items() if value is None}
        return str(filling.values(self.spec.sql, {name: value for name, value in safe.items() if name not in missing}))
