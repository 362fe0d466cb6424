"""The one decorator of every jitted kernel: it fixes the compiler options in a single place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

import numba

F = TypeVar("F", bound=Callable[..., Any])


@overload
def kernel(function: F, /) -> F: ...
@overload
def kernel(*, reassociate: bool = False, parallel: bool = False) -> Callable[[F], F]: ...
def kernel(function: Any = None, /, *, reassociate: bool = False, parallel: bool = False) -> Any:
    """Compile a kernel with the project's options (disk cache, no GIL, NumPy's error model).

    Parameters
    ----------
    reassociate : bool
        Let the compiler reorder and contract sums. Only where no sign and no NaN decides anything.
    parallel : bool
        Allow ``prange`` over independent outputs; never for a reduction.

    Notes
    -----
    Numba's disk cache does not notice an edit to a jitted callee in another file, so the jitted
    callees of a kernel live in its own file.
    """
    options: dict[str, Any] = {
        "cache": True,
        "nogil": True,
        "error_model": "numpy",
        "fastmath": {"reassoc", "contract"} if reassociate else False,
        "parallel": parallel,
    }
    decorate = numba.njit(**options)
    return decorate if function is None else decorate(function)
