"""Excerpts of the source, by symbol: a chapter never holds a copy of code.

    :::{excerpt} sdxl/unet/resnet_block.cpp
    :symbol: ResnetBlock::forward
    :::

`:symbol:` is a function ("ResnetBlock::forward", "softmax_row"; of several with one name "NAME(" and how its arguments
begin), or "class NAME", "struct NAME", "enum class NAME"; in Python a function or a class. Options: `:with-comment:` with the comment above it; `:comment-only:` that alone; `:from:` and `:to:` the texts of
the first and the last line, each on one line of the file or of the symbol. A symbol that is not there, or there twice, ends
the build.
"""

import ast
import re
import textwrap
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from source_pages import link
from sphinx.util.docutils import SphinxDirective

LANGUAGES = {".cpp": "cpp", ".h": "cpp", ".py": "python", ".js": "javascript", ".json": "json", ".patch": "diff"}


def lines_of_cpp(lines, symbol):
    """(first, last), counted from 0, of each definition of the symbol. It begins in the first column, as all do here."""
    if symbol.startswith(("class ", "struct ", "enum ")):
        start = re.compile(rf"{re.escape(symbol)}\b(?!;)")
    else:
        start = re.compile(rf"(?:[A-Za-z][\w:<>&*, ]*(?<![\w:]))?{re.escape(symbol)}" + ("" if "(" in symbol else r"\("))
    found = []
    for first in (i for i, line in enumerate(lines) if start.match(line)):
        depth, begun = 0, False
        for last in range(first, len(lines)):
            depth += lines[last].count("{") - lines[last].count("}")
            begun = begun or "{" in lines[last]
            if not begun and lines[last].rstrip().endswith(";"):
                break  # a declaration
            if begun and depth == 0 and (lines[last].startswith("}") or lines[last].rstrip().endswith("{}")):
                found.append((first, last))
                break
    return found


def lines_of_python(text, symbol):
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == symbol:
            found.append((node.lineno - 1, node.end_lineno - 1))
    return found


def the_line(lines, text, first, last, what):
    found = [i for i in range(first, last + 1) if text in lines[i]]
    if len(found) != 1:
        raise ValueError(f"{what}: {len(found)} lines have the text {text!r}; expected one")
    return found[0]


def region(path, options):
    """(first, last) of an excerpt, counted from 0."""
    text = path.read_text()
    lines = text.splitlines()
    first, last = 0, len(lines) - 1
    symbol = options.get("symbol")
    if symbol:
        found = lines_of_python(text, symbol) if path.suffix == ".py" else lines_of_cpp(lines, symbol)
        if len(found) != 1:
            raise ValueError(f"{path.name} has {len(found)} definitions of {symbol}; expected one")
        first, last = found[0]
        above = first
        while above > 0 and lines[above - 1].startswith("//"):
            above -= 1
        if "comment-only" in options:
            first, last = above, first - 1
        elif "with-comment" in options:
            first = above
    if "from" in options:
        first = the_line(lines, options["from"], first, last, "from")
    if "to" in options:
        last = the_line(lines, options["to"], first, last, "to")
    return first, last


class Excerpt(SphinxDirective):
    required_arguments = 1
    option_spec = {"symbol": directives.unchanged, "with-comment": directives.flag, "comment-only": directives.flag,
                   "from": directives.unchanged, "to": directives.unchanged}

    def run(self):
        name = self.arguments[0]
        path = Path(self.env.srcdir) / name
        self.env.note_dependency(str(path))
        try:
            first, last = region(path, self.options)
        except (OSError, ValueError) as error:
            raise self.error(f"excerpt {name}: {error}") from error
        code = textwrap.dedent("\n".join(path.read_text().splitlines()[first:last + 1])).rstrip()
        block = nodes.literal_block(code, code, language=LANGUAGES.get(path.suffix, "text"))
        caption = nodes.paragraph("", "", link(self.env, name, first + 1), classes=["excerpt-place"])
        self.env.metadata[self.env.docname]["has-excerpt"] = "yes"
        return [nodes.container("", caption, block, classes=["excerpt"])]


def setup(app):
    app.add_directive("excerpt", Excerpt)
    return {"parallel_read_safe": False}
