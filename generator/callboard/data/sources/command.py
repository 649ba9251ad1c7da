"""The source ``command``: what a command prints, if ``site.yaml`` allows it."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from callboard.data import filling, formats
from callboard.data.asking import running
from callboard.data.asking.answers import Body, Failed, Terms
from callboard.data.asking.running import Command as Run
from callboard.data.sources.asked import Asking
from callboard.data.sources.source import Fault, Loaded
from callboard.model.dataset import Origin
from callboard.model.lookup import placeholders, words

_SHOWN: Final = 100
_ENDS: Final = "--"
"""Behind this word nothing is taken for a switch."""


def _chooses(template: str, word: str) -> bool:
    """Whether data makes a word a switch, or says which: ``-{count}`` may be a number, ``--since={date}`` anything."""
    before = template.partition("{")[0]
    if before == template or before.strip("-"):
        return False
    return not word[len(before) :].isdigit() if before else word.startswith("-")


class Command(Asking):
    """A command of the machine that builds."""

    __slots__ = ()

    def one(self, item: Any) -> Loaded:
        """What the command prints."""
        scope = self.scope(item)
        self._permit()
        command = Run(tuple(self._words(scope)), self._environment(scope), self.root)
        label = " ".join(command.words)[:_SHOWN]
        if self.check:
            return self.skipped("command", label)
        try:
            found = self.client.made(
                Origin(self.name, "command", label),
                json.dumps([command.words, command.environment, self.spec.format]),
                functools.partial(running.run, command),
                accept=self._accepted,
                terms=Terms(**self.terms()),
                secrets=self.secrets,
            )
        except Failed as failed:
            return self.failed(failed)
        return self.taken(found, found.value, item)

    def _permit(self) -> None:
        """Nothing is run that the site does not name: a plugin that somebody wrote cannot choose it. Raises Fault."""
        name = str(self.spec.command[0])
        if name in self.allowed.commands:
            return
        listed = ", ".join(json.dumps(word) if " " in word else word for word in (*self.allowed.commands, name))
        what = f'the source "{self.name}" of the plugin {self.plugin.name} runs the command "{name}", which is not allowed.'
        mend = f"If it may run wherever the site is built, write: allow: {{commands: [{listed}]}}"
        raise Fault("not-allowed", what, mend, "command", place=self.allowed.place)

    def _words(self, scope: Mapping[str, Any]) -> Iterator[str]:
        """The words, what is filled in as one word each. Data is never a switch. Raises Fault."""
        ended = False
        for template in map(str, self.spec.command):
            found = filling.values(template, scope)
            several = found if isinstance(found, list) else [found]
            for word in map(words, several):
                if "\0" in word:
                    raise self._refused(template, word, "holds a NUL character, which no word of a command can hold")
                if not ended and _chooses(template, word):
                    raise self._refused(template, word, "would be taken for a switch of the command")
                yield word
            ended = ended or template == _ENDS

    def _refused(self, template: str, word: str, why: str) -> Fault:
        option = placeholders(template)[0].split(".")[0] if placeholders(template) else ""
        what = f'what is filled into "{template}" of the command {why}: {json.dumps(word[:_SHOWN])}.'
        mend = 'Change the option, or write the word "--" before it in the manifest.'
        return Fault("wrong-value", what, mend, "command", option)

    def _environment(self, scope: Mapping[str, Any]) -> dict[str, str]:
        return {name: words(value) for name, value in filling.values(self.spec.env, scope).items()}

    def _accepted(self, body: Body) -> list[Any]:
        form = self.spec.format or "json"
        if form == "markdown":
            raise ValueError("Markdown is read from files only")
        parsed = formats.parse(body.content, form)
        for fault in parsed.faults:
            raise ValueError(f"{fault.what.rstrip('.')} (line {fault.line})")
        return [record for document in parsed.documents for record in self.records(document.value)]
