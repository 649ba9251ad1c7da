"""What is left to do of a plugin's migrations, and doing one of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from callboard.model.store import Migration
from callboard.plugin import Migrations, Store, StoreError


def declared(found: Any, reference: str) -> Migrations:
    """What a manifest names under ``database``. Raises StoreError if it is something else."""
    if not isinstance(found, Migrations):
        kind = "class" if isinstance(found, type) else type(found).__name__
        what = f'"{reference}" is a {kind}, and its manifest must name a callboard.plugin.Migrations'
        raise StoreError(f"{what}. Write for example: migrations = Migrations()")
    return found


def unapplied(plugin: str, applied: Collection[str], migrations: Migrations) -> list[Migration]:
    """The steps that a database has not seen, in order. Raises StoreError if it has seen some that the code does not know."""
    newer = sorted(set(applied) - {step.name for step in migrations})
    if newer:
        raise StoreError(
            f'its database was made by a newer release of the plugin "{plugin}": this one knows no migration "{newer[0]}". '
            "Upgrade it, or give it another database."
        )
    return [step for step in migrations if step.name not in applied]


def run(step: Migration, store: Store) -> None:
    """Do one step. Raises StoreError naming it, whatever it raised."""
    try:
        step.run(store)
    except Exception as error:  # a plugin's own code: whatever it raises is said with the step's name, and undone
        reason = str(error) if isinstance(error, StoreError) else f"{type(error).__name__}: {error}."
        raise StoreError(f'the migration "{step.name}" of its database failed, and nothing of it was kept: {reason}') from error
