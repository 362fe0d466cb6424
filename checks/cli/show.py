"""``whp statements`` and ``whp show``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...theory.language.ledger import Ledger
from ..report.dag import ProofDag
from ..verdict import Result
from .main import app
from .options import JsonOption, _book
from .terminal import _STYLE, _print

if TYPE_CHECKING:
    from rich.tree import Tree

__all__ = ["tree_with_verdicts"]


@app.command()
def statements(as_json: JsonOption = False) -> None:
    """List every statement of the ledger: key, form, kinds of claims, source."""
    book = _book()
    if as_json:
        rows = [
            {
                "key": s.key,
                "aliases": list(s.aliases),
                "form": s.form,
                "kinds": list(s.kinds),
                "source": str(s.source),
                "latex": s.latex,
            }
            for s in book.statements
        ]
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    wide = Console().width >= 120
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("key", "form", "statement", *(("claims", "source") if wide else ())):
        table.add_column(column, no_wrap=column in ("key", "form"))
    for s in book.statements:
        kinds = "" if s.form == "definition" else ", ".join(s.kinds)
        title = s.title + (f" ({', '.join(s.aliases)})" if s.aliases else "")
        table.add_row(s.key, s.form, title, *((kinds, str(s.source)) if wide else ()))
    Console().print(table)


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="Statement key.")],
    tree: Annotated[bool, typer.Option("--tree", help="Print what the statement uses, as a tree.")] = False,
    out: Annotated[Path | None, typer.Option(help="With --tree: a finished run whose verdicts to print.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show one statement in all its forms: claims, hypotheses, LaTeX, what it uses."""
    book = _book()
    forms = book[key]
    if as_json:
        rows = [
            {
                "key": s.key,
                "form": s.form,
                "title": s.title,
                "source": str(s.source),
                "hypotheses": [h.words for h in s.hypotheses],
                "claims": [str(link) for link in s.links],
                "latex": s.latex,
                "uses": list(s.uses),
                "repairs": s.repairs,
                "implied_by": [i.by for i in s.implied_by],
            }
            for s in forms
        ]
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    from rich.console import Group
    from rich.markup import escape
    from rich.panel import Panel

    if tree:
        from ..verify.run import open_run

        results = open_run(out, book)[1] if out is not None else ()
        _print(tree_with_verdicts(book, key, results))
        return
    for s in forms:
        lines = [f"[bold]{escape(s.title)}[/bold]", f"[dim]{escape(str(s.source))}[/dim]", ""]
        lines += [f"if    {escape(h.words)}" for h in s.hypotheses]
        for claim in s.claims:
            exists = f"   (exists {', '.join(map(str, claim.exists))})" if claim.exists else ""
            regime = f"   as {claim.regime}" if claim.regime else ""
            lines += [f"claim {escape(str(link))}{exists}{regime}" for link in claim.links]
        lines += ["", f"LaTeX {escape(s.latex)}"]
        if s.uses:
            lines.append(f"uses  {', '.join(s.uses)}")
        if s.implied_by:
            lines.append(f"implied by {', '.join(i.by for i in s.implied_by)}")
        _print(Panel(Group(*lines), title=f"{s.key} · {s.form}", title_align="left"))


def tree_with_verdicts(book: Ledger, key: str, results: Iterable[Result] = ()) -> Tree:
    """The tree of what a statement uses or is implied by, each with its verdict; a key is opened once.

    Parameters
    ----------
    book : Ledger
    key : str
        A key or an alias.
    results : iterable of Result
        Verdicts to print; statements without one are printed bare.

    Returns
    -------
    rich.tree.Tree
    """
    from rich.markup import escape
    from rich.tree import Tree

    dag = ProofDag(book, results)

    def label(at: str) -> str:
        text = f"[bold]{at}[/bold]"
        for statement in dag.book[at]:
            result = dag.results.get((at, statement.form))
            if result is not None:
                name = "" if statement is dag.main(at) else f"{statement.form} "
                level = f", {result.evidence}" if result.evidence else ""
                text += f" [{_STYLE[str(result.verdict)]}]{name}{result.verdict}{level}[/]"
        return f"{text} {escape(dag.main(at).title)}"

    opened: set[str] = set()

    def grow(node: Any, at: str) -> None:
        opened.add(at)
        below = [book.resolve(k) for s in book[at] for k in (*s.uses, *(i.by for i in s.implied_by))]
        implied = {i.by for s in book[at] for i in s.implied_by}
        for child in dict.fromkeys(below):
            words = ("implied by " if child in implied else "") + label(child)
            if child in opened:
                more = any(s.uses or s.implied_by for s in book[child])
                node.add(f"{words} [dim](opened above)[/dim]" if more else words)
            else:
                grow(node.add(words), child)

    resolved = book.resolve(key)
    root = Tree(label(resolved))
    grow(root, resolved)
    return root
