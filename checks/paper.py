"""A user's own statements from a Python file: the file is run as a module, on the user's explicit word."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from ..theory.language.statements import Statement

__all__ = ["load_statements"]


def load_statements(path: Path) -> tuple[Statement, ...]:
    """Run a Python file and return the statements it defines at top level or in ``STATEMENTS``.

    Parameters
    ----------
    path : Path
        A Python file; it registers its models' engines with `whp.checks.register_model` as it runs.

    Returns
    -------
    tuple of Statement
        In the order of ``STATEMENTS``, or of definition.

    Raises
    ------
    ValueError
        When there is no such file or it defines no statement.
    """
    import cloudpickle

    if not path.is_file():
        raise ValueError(f"no file {path}; a Python file that defines statements is needed")
    name = f"whp_user_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ValueError(f"{path} cannot be loaded as a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    # Workers cannot import the file by name, so what it defines travels by value.
    cloudpickle.register_pickle_by_value(module)
    spec.loader.exec_module(module)
    listed = getattr(module, "STATEMENTS", None)
    found = tuple(listed) if listed is not None else tuple(v for v in vars(module).values() if isinstance(v, Statement))
    if not found or not all(isinstance(s, Statement) for s in found):
        raise ValueError(f"{path} defines no whp.theory.Statement; define some at top level or list them in STATEMENTS")
    return found
