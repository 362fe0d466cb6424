"""Claims as tests: the statements of the files in the setting ``whp_claims``, and the fixture ``whp_check``.

pytest loads this module for everybody who has whp installed, so it imports nothing of whp until a claim is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ...theory.language.statements import Statement
    from ..paper import Paper
    from ..verdict import Result

_SETTING, _STRICT, _TRIALS = "whp_claims", "whp_strict", "whp_trials"
_MOST = 20_000


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the settings."""
    parser.addini(_SETTING, "Python files whose statements whp checks, each as a test", type="paths", default=[])
    parser.addini(_STRICT, "whether a statement that is not established fails too", type="bool", default=False)
    parser.addini(_TRIALS, f"the most draws of a cell, where draws decide (default: {_MOST})", default=str(_MOST))


def pytest_configure(config: pytest.Config) -> None:
    """Collect the files where pytest runs the whole project: from its root, without a path on the command line."""
    files = _files(config)
    missing = [path for path in files if not path.is_file()]
    if missing:
        raise pytest.UsageError(f"{_SETTING}: there is no file {missing[0]}")
    if files:
        _trials(config)
    if config.args_source is pytest.Config.ArgsSource.ARGS or config.invocation_params.dir != config.rootpath:
        return
    folders = [Path(config.invocation_params.dir, arg).resolve() for arg in config.args]
    config.args += [str(path) for path in files if not any(path.is_relative_to(folder) for folder in folders)]


def _files(config: pytest.Config) -> list[Path]:
    return [Path(path).resolve() for path in config.getini(_SETTING)]


def _trials(config: pytest.Config) -> int:
    text = str(config.getini(_TRIALS))
    if not text.isdecimal() or int(text) < 1:
        raise pytest.UsageError(f"{_TRIALS}: found {text!r}; a number from 1 is needed")
    return int(text)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The statements of a file that the setting names."""
    files = _files(parent.config)
    return ClaimsFile.from_parent(parent, path=file_path) if files and file_path.resolve() in files else None


class ClaimsFile(pytest.File):
    """A file of statements."""

    def collect(self) -> Iterator[ClaimItem]:
        """One item for each statement that claims something, named by its key."""
        from ..paper import load_paper  # keeps pytest light

        try:
            paper = load_paper(self.path)
        except ValueError as error:
            raise self.CollectError(f"whp: {error}") from None
        taken: set[str] = set()
        for statement in paper.ledger.statements:
            if statement.form == "definition":
                continue
            name = statement.key if statement.key not in taken else f"{statement.key}.{statement.form}"
            taken.add(statement.key)
            yield ClaimItem.from_parent(self, name=name, paper=paper, statement=statement)


class ClaimItem(pytest.Item):
    """A statement as a test: it fails when it is refuted, with the reason in a line."""

    def __init__(self, *, paper: Paper, statement: Statement, **options: Any) -> None:
        super().__init__(**options)
        self.paper, self.statement = paper, statement

    def runtest(self) -> None:
        """Check the statement at the sizes that its paper asks."""
        from ..verify.check import check_all  # keeps pytest light
        from .options import Chosen, sweep_of  # keeps pytest light

        random = self.paper.data.random
        (result,) = check_all(
            [self.statement],
            sweep_of(
                Chosen(self.paper, (self.statement,)),
                {},
                [] if random is None else [random.name],
                normalize=False,
                quick=False,
            ),
            engines=self.paper.engines,
            book=self.paper.ledger,
            trials=_trials(self.config),
        )
        reason = _against(result, bool(self.config.getini(_STRICT)))
        if reason:
            # No line of Python has anything to add to a verdict.
            pytest.fail(reason, pytrace=False)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where it is."""
        return self.path, None, self.name


def _against(result: Result, strict: bool) -> str:
    """Why a test may not pass, in a line: refuted, not checked for an error, or not established where that is asked."""
    from ..verdict import Verdict  # keeps pytest light
    from ..verify.explain import headline, why  # keeps pytest light
    from ..verify.tasks import erred  # keeps pytest light

    wrong = result.verdict is Verdict.REFUTED or any(erred(o) for link in result.links for o in link.outcomes)
    if not wrong and (not strict or result.verdict is Verdict.HOLDS):
        return ""
    words = f"{result.statement.key}: {headline(result)}; {why(result)}"
    return " ".join(words.split()).rstrip("; ")


@pytest.fixture
def whp_check(request: pytest.FixtureRequest) -> Callable[..., Result]:
    """`whp.checks.check` whose refutation fails the test; ``strict=True``: what is not established fails it too."""
    whole = bool(request.config.getini(_STRICT))

    def checked(claim: Any, *, strict: bool = whole, **options: Any) -> Result:
        __tracebackhide__ = True
        from .notebook import check  # keeps pytest light

        result = check(claim, **options)
        reason = _against(result, strict)
        if reason:
            pytest.fail(reason)
        return result

    return checked
