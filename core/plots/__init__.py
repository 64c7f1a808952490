"""Results as drawings: `drawings(result)`.

Each family of results has one module here that registers how it is drawn; every module of this folder is looked at,
so a new file is enough:

    @drawings.register
    def _(result: LogRank) -> tuple[Drawing, ...]: ...
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache, singledispatch
from typing import Any

from core.plots.drawing import SYNTHETIC, Drawing

__all__ = ["SYNTHETIC", "Drawing", "drawings"]


@singledispatch
def _registered(result: Any) -> tuple[Drawing, ...]:
    """A result that no module draws has no drawings; its numbers are shown as they are."""
    return ()


def drawings(result: Any, **context: Any) -> tuple[Drawing, ...]:
    """The drawings of a result, in the order in which they are shown."""
    _discover()
    return tuple(_registered(result, **context))


#: `@drawings.register` on a function whose first argument is annotated with the type of the result.
drawings.register = _registered.register


@cache
def _discover() -> None:
    """Import every module of this folder, which registers what it draws."""
    for module in pkgutil.iter_modules(__path__, "core.plots."):
        importlib.import_module(module.name)
