"""Other settings and timings for a sandbox that runs: some by their names, the others as before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import evolve

from .checks import as_object
from .settings import Settings, SettingsError, Timings
from .settings_reader import values_of_mapping

if TYPE_CHECKING:
    from .context import SandboxContext

__all__ = ["changed_settings"]

_TIMINGS = "timings"


def changed_settings(
    sandbox: SandboxContext, values: Mapping[str, object]
) -> tuple[Settings, Timings]:
    """The settings and timings with these values; ``SettingsError`` where one is not allowed."""
    given = {name: value for name, value in values.items() if name != _TIMINGS}
    settings = evolve(sandbox.settings, **values_of_mapping(Settings, given))
    timings = values.get(_TIMINGS)
    if timings is None:
        return settings, sandbox.timings
    if isinstance(timings, Timings):
        return settings, timings
    times = as_object(timings)
    if times is None:
        raise SettingsError(f"timings is {timings!r}; it must be a table of timings")
    return settings, evolve(sandbox.timings, **values_of_mapping(Timings, times))
