"""``whp papers``, ``whp statements`` and ``whp show``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import JsonOption, PaperOption, TargetArgument, all_papers, paper_of_run, target
from .tables import print_table
from .terminal import STYLE, console, in_a_pipe, print_rich

if TYPE_CHECKING:
    from rich.tree import Tree

    from ...theory.language.ledger import Ledger
    from ...theory.language.models import RV
    from ...theory.language.statements import Statement
    from ..paper import Paper
    from ..verdict import Result

__all__ = ["papers", "show", "statements", "tree_with_verdicts"]


def papers(as_json: JsonOption = False) -> None:
    """List the installed papers: key, statements, sizes and their own options, reference.

    Examples: `whp papers`, `whp papers --json`.
    """
    found = all_papers()
    if as_json:
        rows = [
            {
                "key": paper.key,
                "statements": len(paper.ledger.statements),
                "sizes": list(paper.grid.sizes),
                "options": {f"--{option}": name for option, name in paper.spellings.items()},
                "data": list(paper.data.names),
                "reference": paper.reference.text,
            }
            for paper in found
        ]
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    from rich.markup import escape  # keeps --help light

    if not found:
        print_rich("no paper is installed")
    for paper in found:
        print_rich(f"[bold]{escape(paper.key)}[/bold]: {len(paper.ledger.statements)} statements")
        print_rich(f"  {escape(paper.reference.text)}")
        for option, name in paper.spellings.items():
            print_rich(f"  --{escape(option)} VALUES stands for --size {escape(name)}=VALUES")
        if paper.data.names:
            print_rich(f"  --data {escape(', '.join(paper.data.names))}")


def statements(paper: PaperOption = None, as_json: JsonOption = False) -> None:
    """List every statement of the installed papers: key, form, kinds of claims, source.

    Examples: `whp statements`, `whp statements | grep -i lemma`.
    """
    found = [s for known in all_papers(paper) for s in known.ledger.statements]
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
            for s in found
        ]
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    wide = in_a_pipe() or console().width >= 120
    listed: list[tuple[str, ...]] = []
    for s in found:
        kinds = "" if s.form == "definition" else ", ".join(s.kinds)
        title = s.title + (f" ({', '.join(s.aliases)})" if s.aliases else "")
        listed.append((s.key, s.form, title, *((kinds, str(s.source)) if wide else ())))
    print_table(("key", "form", "statement", *(("claims", "source") if wide else ())), listed)


def show(
    key: TargetArgument,
    paper: PaperOption = None,
    tree: Annotated[bool, typer.Option("--tree", help="Print what the statement uses, as a tree.")] = False,
    proof: Annotated[bool, typer.Option("--proof", help="Print its proofs on the whole domain.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="With --tree or --proof: a finished run whose verdicts or proofs to print.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show one statement in all its forms, or those of a file: claims, hypotheses, variables, LaTeX, what they use.

    Examples: `whp show eq9`, `whp show thm3.1 --tree --out run1`, `whp show S4 --proof`, `whp show mine.py`.
    """
    if out is not None and not key.partition(":")[0].endswith(".py"):
        paper_of_run("show", out)
    chosen, keys = target(key, paper)
    book = chosen.ledger
    forms = [s for one in keys for s in book[one]]
    if proof:
        _show_proofs(forms, chosen, out, as_json)
        return
    if as_json:
        rows = [
            {
                "key": s.key,
                "form": s.form,
                "title": s.title,
                "source": str(s.source),
                "parameters": [f"{p} is {p.domain}" for p in s.parameters],
                "hypotheses": [h.words for h in s.hypotheses],
                "variables": [
                    {
                        "name": rv.name,
                        "latex": rv.tex,
                        "model": rv.model.name,
                        "law": None if rv.law is None else str(rv.law),
                    }
                    for rv in _variables(s)
                ],
                "models": [{"name": model.name, "latex": model.tex} for model in s.models],
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
    from rich.console import Group  # keeps --help light
    from rich.markup import escape  # keeps --help light
    from rich.panel import Panel  # keeps --help light
    from rich.text import Text  # keeps --help light

    if tree:
        from ..verify.run import open_run  # keeps --help light

        results = open_run(out, chosen)[1] if out is not None else ()
        for one in keys:
            print_rich(tree_with_verdicts(book, one, results))
        return
    for s in forms:
        lines = [f"[bold]{escape(s.title)}[/bold]", f"[dim]{escape(str(s.source))}[/dim]", ""]
        domains = [f"{p} is {p.domain}" for p in s.parameters] if s.form != "definition" else []
        lines += [f"for   {escape(', '.join(domains))}"] if domains else []
        lines += [f"if    {escape(h.words)}" for h in s.hypotheses]
        for claim in s.claims:
            exists = f"   (exists {escape(', '.join(map(str, claim.exists)))})" if claim.exists else ""
            regime = f"   as {escape(str(claim.regime))}" if claim.regime else ""
            lines += [f"claim {escape(str(link))}{exists}{regime}" for link in claim.links]
        lines += [f"with  {escape(words)}" for words in _defined(s)]
        lines += ["", f"LaTeX {escape(s.latex)}"]
        if s.uses:
            lines.append(f"uses  {escape(', '.join(s.uses))}")
        if s.implied_by:
            lines.append(f"implied by {escape(', '.join(i.by for i in s.implied_by))}")
        if in_a_pipe():
            told = [f"{escape(s.key)} · {s.form}", *(f"  {line}" if line else "" for line in lines), ""]
            print("\n".join(Text.from_markup(line).plain for line in told))
        else:
            print_rich(Panel(Group(*lines), title=f"{escape(s.key)} · {s.form}", title_align="left"))


def _variables(statement: Statement) -> list[RV]:
    """The random variables of a statement, each once, by name."""
    return sorted(dict.fromkeys(rv for link in statement.links for rv in link.rvs), key=lambda rv: rv.name)


def _defined(statement: Statement) -> Iterable[str]:
    """What its random variables and its models are."""
    for rv in _variables(statement):
        law = "" if rv.law is None else f", with the law {rv.law}"
        yield f"{rv.name} = {rv.tex}{law}, of the model {rv.model.name}"
    for model in statement.models:
        if model.tex:
            yield f"the model {model.name}: {model.tex}"


def _show_proofs(forms: Sequence[Statement], paper: Paper, out: Path | None, as_json: bool) -> None:
    """The proofs of statements, as a person writes them: those of a run, or found now."""
    from ...theory.proofs.prose import in_words  # keeps --help light
    from ..verify.kept import no_longer_accepted  # keeps --help light
    from ..verify.proofs import prove_all  # keeps --help light
    from ..verify.run import open_run  # keeps --help light

    wanted = [s for s in forms if s.form != "definition"]
    if out is not None:
        keys = {s.key for s in wanted}
        results = open_run(out, paper, keys=keys)[1]
        found = [p for r in results for p in r.proofs]
        left = [*no_longer_accepted(results)]
    else:
        proven = prove_all(wanted)
        found = [proof for p in proven for proof in (p.proof, *p.constants) if proof is not None]
        left = [(p.statement, p.number, p.why) for p in proven if p.proof is None]
    if as_json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
        return
    for p in found:
        about = p["statement"]
        moved = f", with the constant {about['constant']}" if "constant" in about else ""
        print(f"{about['key']} ({about['form']}), link {about['link']}{moved}")
        print("\n".join(f"  {line}" for line in in_words(p)))
        for entry in p["trusted"]:
            print(f"  given: {entry}")
    for s, number, why in left:
        print(f"{s.key} ({s.form}), link {number}: not proved: {why}")


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
    from rich.markup import escape  # keeps --help light
    from rich.tree import Tree  # keeps --help light

    from ...theory.calculus.rounding import in_short  # keeps --help light
    from ..report.dag import ProofDag  # keeps --help light

    dag = ProofDag(book, results)

    def label(at: str) -> str:
        text = f"[bold]{escape(at)}[/bold]"
        for statement in dag.book[at]:
            result = dag.results.get((at, statement.form))
            if result is not None:
                name = "" if statement is dag.main(at) else f"{statement.form} "
                level = f", {result.evidence}" if result.evidence else ""
                reading = f" ({escape(in_short(result.reading))})" if result.reading else ""
                text += f" [{STYLE[str(result.verdict)]}]{name}{result.verdict.words}{level}[/]{reading}"
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
