"""Excerpts of the source, read when a notebook runs: no copies of code."""

import ast
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = {".cpp": "cpp", ".h": "cpp", ".py": "python", ".patch": "diff"}


class Excerpt:
    """A part of a file, with its first line's number. In Jupyter it is coloured and has a link to the file."""

    def __init__(self, file, line, text):
        self.file, self.line, self.text = file, line, textwrap.dedent(text)

    def __repr__(self):
        return f"{self.file}:{self.line}\n\n{self.text}"

    def _repr_markdown_(self):
        language = LANGUAGES[Path(self.file).suffix]
        return f"[{self.file}:{self.line}](../{self.file})\n\n```{language}\n{self.text}\n```"


def python_lines(text, symbol):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == symbol:
            yield node.lineno - 1, node.end_lineno - 1


def cpp_lines(lines, symbol):
    """A definition begins in the first column, and ends at a line that begins with "}", or in one line."""
    for first, line in enumerate(lines):
        if not line[:1].isalpha() or f" {symbol}(" not in f" {line}".replace("&", " "):
            continue
        for last in range(first, len(lines)):
            if lines[last].endswith(";"):
                break  # a declaration
            if lines[last].endswith("{"):
                last = next(i for i in range(last + 1, len(lines)) if lines[i].startswith("}"))
            if lines[last].endswith("}"):
                yield first, last
                break


def code(file, symbol=None, number=0):
    """The function of this name in a file below the project's folder, or the whole file.

    number: which one, where several have the name. Errors: ValueError for a name that the file does not define.
    """
    text = (ROOT / file).read_text()
    lines = text.splitlines()
    if symbol is None:
        return Excerpt(file, 1, "\n".join(lines))
    found = list(python_lines(text, symbol) if file.endswith(".py") else cpp_lines(lines, symbol))
    if len(found) <= number:
        raise ValueError(f"{file}: expected a definition of {symbol} (number {number}), found {len(found)}")
    first, last = found[number]
    return Excerpt(file, first + 1, "\n".join(lines[first : last + 1]))
