"""Brand profiles and templates in, on-brand image prompts and pictures out.

    >>> from promptkit import Kit
    >>> kit = Kit()
    >>> prompt = kit.compose("packshot", brand="tidewell", inputs={"product": "slim 330 ml can"})
    >>> prompt.sections[1].text
    'A slim 330 ml can, complete and undamaged.'

Names are loaded when they are first used, so that the import itself stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str

    from promptkit.blocking import Kit
    from promptkit.client.partials import Partial
    from promptkit.errors import (
        BrandError,
        BriefError,
        BudgetError,
        Finding,
        InDoubtError,
        InputError,
        ModelError,
        PromptkitError,
        ProviderError,
        QuotaError,
        RefusedError,
        SettingsError,
        TemplateError,
    )
    from promptkit.kit import AsyncKit
    from promptkit.workflow.composed import Composed
    from promptkit.workflow.shown import Image, Run

_HOMES = {
    "AsyncKit": "promptkit.kit",
    "BrandError": "promptkit.errors",
    "BriefError": "promptkit.errors",
    "BudgetError": "promptkit.errors",
    "Composed": "promptkit.workflow.composed",
    "Finding": "promptkit.errors",
    "Image": "promptkit.workflow.shown",
    "InDoubtError": "promptkit.errors",
    "InputError": "promptkit.errors",
    "Kit": "promptkit.blocking",
    "ModelError": "promptkit.errors",
    "Partial": "promptkit.client.partials",
    "PromptkitError": "promptkit.errors",
    "ProviderError": "promptkit.errors",
    "QuotaError": "promptkit.errors",
    "RefusedError": "promptkit.errors",
    "Run": "promptkit.workflow.shown",
    "SettingsError": "promptkit.errors",
    "TemplateError": "promptkit.errors",
}

__all__ = [
    "AsyncKit",
    "BrandError",
    "BriefError",
    "BudgetError",
    "Composed",
    "Finding",
    "Image",
    "InDoubtError",
    "InputError",
    "Kit",
    "ModelError",
    "Partial",
    "PromptkitError",
    "ProviderError",
    "QuotaError",
    "RefusedError",
    "Run",
    "SettingsError",
    "TemplateError",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("brand-promptkit")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "0"
