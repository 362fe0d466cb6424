"""The one decorator of every jitted kernel: it fixes the compiler options, and where compiled code is kept.

Numba keeps compiled code in the package's folder or the user's cache folder. Where neither can be written it is kept in
a temporary folder for this process and those it starts, or nowhere; a cached file that cannot be read is written anew.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar, overload

import numba

# The BLAS that the JIT calls is SciPy's; loaded here, a thread limit set after this import reaches it.
import scipy.linalg.cython_blas as _blas  # noqa: F401

F = TypeVar("F", bound=Callable[..., Any])
# Set where a process that started this one has said that nothing can be kept.
_SAID = "WHP_COMPILED_NOWHERE"


class _Forgiving:
    """A disk cache of Numba's that treats what it cannot read as missing and goes without what it cannot write."""

    def __init__(self, kept: Any) -> None:
        self._kept = kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept, name)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return self._kept.load_overload(sig, target_context)
        except Exception:
            # A file cut short raises whatever its bytes amount to, EOFError among it.
            self._forget()
            return None

    def _forget(self) -> None:
        try:
            self._kept.flush()
        except OSError:
            self._kept.disable()

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            self._kept.save_overload(sig, data)
        except OSError as error:
            self._kept.disable()
            _say(f"compiled kernels are not kept in {self._kept.cache_path} ({error.strerror})")


def _say(what: str) -> None:
    """Say on the error stream what is done instead of keeping compiled code, once in a process and those it starts."""
    if _SAID not in os.environ:
        os.environ[_SAID] = "1"
        print(f"whp: {what}; NUMBA_CACHE_DIR may name a folder that can be written", file=sys.stderr)


@cache
def _elsewhere() -> bool:
    """Let compiled code be kept in a temporary folder while this process runs; False where there is none."""
    try:
        folder = tempfile.mkdtemp(prefix="whp-kernels-")
    except OSError:
        _say("compiled kernels can be kept nowhere: each process compiles them anew")
        return False
    process = os.getpid()
    atexit.register(lambda: shutil.rmtree(folder, ignore_errors=True) if os.getpid() == process else None)
    # The processes that this one starts find it there.
    config: Any = numba.config
    os.environ["NUMBA_CACHE_DIR"] = config.CACHE_DIR = folder
    _say("compiled kernels are kept only while this process runs")
    return True


def _keep(compiled: Any) -> None:
    """Keep what a dispatcher compiles, where that can be done."""
    for look_elsewhere in (False, True):
        if look_elsewhere and not _elsewhere():
            return
        with suppress(RuntimeError):
            compiled.enable_caching()
            compiled._cache = _Forgiving(compiled._cache)
            return


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
        "nogil": True,
        "error_model": "numpy",
        "fastmath": {"reassoc", "contract"} if reassociate else False,
        "parallel": parallel,
    }

    def decorate(plain: Any) -> Any:
        compiled = numba.njit(**options)(plain)
        _keep(compiled)
        return compiled

    return decorate if function is None else decorate(function)
