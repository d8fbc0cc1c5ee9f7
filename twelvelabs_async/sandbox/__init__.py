"""A local server that answers as the TwelveLabs API does, on real media and with no network.

Needs the ``sandbox`` extra (PyAV, numpy, jsonschema and pypdf).

Example: ``async with Sandbox() as sandbox, AsyncTwelveLabs(sandbox.api_key,
base_url=sandbox.base_url) as client: ...``
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .clock import Clock
    from .connections import Connections
    from .faults import Fault, Faults
    from .indexing import Indexing
    from .job_faults import JobFault
    from .limits import Limit, Limits
    from .preset_answers import Answers
    from .recorder import FormFile, Record, Requests
    from .records import Upload
    from .seeding import Seeded, SeededFilm
    from .server import Sandbox
    from .settings import Settings, SettingsError, Timings
    from .storage import Storage
    from .webhook_faults import WebhookFault
    from .webhook_records import Webhook
    from .webhooks import Delivery, Webhooks

__all__ = [
    "Answers",
    "Clock",
    "Connections",
    "Delivery",
    "Fault",
    "Faults",
    "FormFile",
    "Indexing",
    "JobFault",
    "Limit",
    "Limits",
    "Record",
    "Requests",
    "Sandbox",
    "Seeded",
    "SeededFilm",
    "Settings",
    "SettingsError",
    "Storage",
    "Timings",
    "Upload",
    "Webhook",
    "WebhookFault",
    "Webhooks",
]

_MODULES = {
    "Answers": "preset_answers",
    "Clock": "clock",
    "Connections": "connections",
    "Delivery": "webhooks",
    "Fault": "faults",
    "Faults": "faults",
    "FormFile": "recorder",
    "Indexing": "indexing",
    "JobFault": "job_faults",
    "Limit": "limits",
    "Limits": "limits",
    "Record": "recorder",
    "Requests": "recorder",
    "Sandbox": "server",
    "Seeded": "seeding",
    "SeededFilm": "seeding",
    "Settings": "settings",
    "SettingsError": "settings",
    "Storage": "storage",
    "Timings": "settings",
    "Upload": "records",
    "Webhook": "webhook_records",
    "WebhookFault": "webhook_faults",
    "Webhooks": "webhooks",
}

# What the extra brings, by the names of the modules.
EXTRA = ("av", "jsonschema", "numpy", "pypdf", "referencing")


# The pytest plugin lives in this package: pytest must start without the extra, and fast.
def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f".{_MODULES[name]}", __name__)
    except ModuleNotFoundError as error:
        if error.name not in EXTRA:
            raise
        raise ModuleNotFoundError(
            "the sandbox needs an extra: python -m pip install 'twelvelabs-async[sandbox]'",
            name=error.name,
        ) from None
    return getattr(module, name)
