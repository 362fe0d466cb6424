"""The referee as one file that imports the standard library and python-flint only."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from .reduced import LEFT_OUT, lines_run, without

__all__ = ["modules", "referee_text"]

_LAST = "referee_claims"

_HEAD = '''"""Re-check proofs of `whp prove`: python recheck_proof.py proof.json ...

Needs python-flint. For each proof it prints whether it is accepted, the reason if it is not, and the claim; the exit
code is 0 when all are accepted. It searches nothing and shares nothing with what found the proofs.
"""
'''

_MAIN = '''

def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are all different."""
    need(len({name for name, _ in pairs}) == len(pairs), "a name twice in one object")
    return dict(pairs)


def show(text: Any) -> None:
    """Print a text without characters that move what stands before it."""
    print("".join(c if c.isprintable() or c == "\\n" else "?" for c in str(text)).replace("\\n", "\\n  "))


def main(paths: list[str]) -> int:
    """Re-check every proof of every file."""
    if not paths:
        print("usage: python recheck_proof.py proof.json ...")
        return 2
    code = 0
    for path in paths:
        try:
            with open(path, encoding="utf-8") as file:
                found = json.load(file, object_pairs_hook=once)
        except (OSError, ValueError, RecursionError, Rejected) as error:
            show(f"rejected: {path}: {error}")
            code = 1
            continue
        for obj in found if isinstance(found, list) and found else [found]:
            try:
                why = claims_rejection(obj) if isinstance(obj, dict) and "sha256" in obj else "no proof of a statement"
            except LeftOut as error:
                why = str(error)
            code = code if why is None else 1
            show("accepted" if why is None else f"rejected: {why}")
            if isinstance(obj, dict):
                about = obj.get("statement")
                show("  " + str(about.get("text", "") if isinstance(about, dict) else ""))
                show("  proved: " + json.dumps(obj.get("claim"), ensure_ascii=False))
                for entry in obj.get("trusted", []) if why is None else []:
                    show(f"  given: {entry}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
'''


def referee_text(proofs: Iterable[Any] | None = None) -> str:
    """The text of ``recheck_proof.py``.

    Parameters
    ----------
    proofs : iterable of proof objects, optional
        The text holds what these need, and refuses to judge another that needs more; by default it holds all.

    Raises
    ------
    ValueError
        A proof is not accepted.

    Examples
    --------
    >>> text = referee_text()
    >>> "whp" in text.split("def ")[1], text.count("from ."), text.rstrip().splitlines()[-1].strip()
    (False, 0, 'sys.exit(main(sys.argv[1:]))')
    """
    sources = {name: _source(name) for name in modules()}
    if proofs is not None:
        ran = lines_run(proofs, modules())
        sources = {name: without(text, ran[name]) for name, text in sources.items()}
    trees = {name: ast.parse(text) for name, text in sources.items()}
    defined = {name: _defined(tree) for name, tree in trees.items()}
    final: dict[tuple[str, str], str] = {}
    for name, own in defined.items():
        for word in own:
            shared = sum(word in other for other in defined.values()) > 1
            final[name, word] = f"{name.removeprefix('referee_')}_{word.lstrip('_')}" if shared else word
    imports: set[str] = {"import json", "import sys"}
    bodies = []
    for name, tree in trees.items():
        new = {word: final[name, word] for word in defined[name]}
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.level:
                for alias in node.names:
                    new[alias.asname or alias.name] = final[str(node.module), alias.name]
            elif isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", "") != "__future__":
                imports |= _single(node)
        bodies.append(_renamed(_body(sources[name], tree), new))
    body = "\n".join([LEFT_OUT, *bodies, _MAIN])
    words = {*re.findall(r"\w+", body)}
    head = [_HEAD, "from __future__ import annotations\n", *sorted(i for i in imports if i.split()[-1] in words)]
    return "\n".join(head) + "\n\n" + body


def modules() -> tuple[str, ...]:
    """The modules of the referee, each after those that it imports.

    Examples
    --------
    >>> modules()[0], modules()[-1]
    ('referee_ends', 'referee_claims')
    """
    found: list[str] = []

    def visit(name: str) -> None:
        for node in ast.parse(_source(name)).body:
            if isinstance(node, ast.ImportFrom) and node.level and node.module not in found:
                visit(str(node.module))
        found.append(name)

    visit(_LAST)
    return tuple(dict.fromkeys(found))


def _source(name: str) -> str:
    return (files(__package__) / f"{name}.py").read_text(encoding="utf-8")


def _defined(tree: ast.Module) -> set[str]:
    found = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            names = [n for t in node.targets for n in (t.elts if isinstance(t, ast.Tuple) else [t])]
            found |= {t.id for t in names if isinstance(t, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found - {"__all__"}


def _single(node: ast.Import | ast.ImportFrom) -> set[str]:
    """An import as one line for each name."""
    if isinstance(node, ast.Import):
        return {f"import {a.name}" + (f" as {a.asname}" if a.asname else "") for a in node.names}
    return {f"from {node.module} import {a.name}" + (f" as {a.asname}" if a.asname else "") for a in node.names}


def _body(text: str, tree: ast.Module) -> str:
    """The text of a module without its imports, its list of public names, and what docstrings say beside one line."""
    lines = text.splitlines()
    dropped: set[int] = set()
    for node in tree.body:
        named = isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets
        )
        if isinstance(node, ast.Import | ast.ImportFrom) or named:
            dropped |= {*range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    for holder in ast.walk(tree):
        if isinstance(holder, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(holder) is not None:
            first = holder.body[0]
            last = first.end_lineno or first.lineno
            if last > first.lineno:
                dropped |= {*range(first.lineno + 1, last + 1)}
                lines[first.lineno - 1] += '"""'
    kept = [line for i, line in enumerate(lines, start=1) if i not in dropped]
    out: list[str] = []
    for line in kept:
        if line.strip() or (out and out[-1].strip()):
            out.append(line)
    return "\n".join(out)


def _renamed(text: str, new: Mapping[str, str]) -> str:
    """The text of a module with other names for what modules share: names, but no attributes and no keywords."""
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    lines = text.splitlines(keepends=True)
    changes: list[tuple[int, int, int, str]] = []
    depth: list[str] = []
    for i, token in enumerate(tokens):
        if token.type == tokenize.OP and token.string in "([{":
            depth.append(token.string)
        elif token.type == tokenize.OP and token.string in ")]}":
            depth.pop()
        if token.type == tokenize.STRING and "f" in token.string.split(token.string[-1])[0].lower():
            # Before Python 3.12 an f-string is one token.
            inner = re.sub(r"(?<!{){([^{}]+)}", lambda m: "{" + _renamed(m[1], new) + "}", token.string)
            changes.append((token.start[0] - 1, token.start[1], token.end[1], inner))
        if token.type != tokenize.NAME or new.get(token.string, token.string) == token.string:
            continue
        before = tokens[i - 1].string if i else ""
        after = tokens[i + 1].string
        keyword = after == "=" and bool(depth) and depth[-1] == "(" and before in ("(", ",")
        if before != "." and not keyword:
            changes.append((token.start[0] - 1, token.start[1], token.end[1], new[token.string]))
    for line, start, end, word in reversed(changes):
        lines[line] = lines[line][:start] + word + lines[line][end:]
    return "".join(lines)
