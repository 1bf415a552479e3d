"""Writes the comment above each class of the headers as C++: docstrings.py FILE.inc HEADER..."""

import re
import sys
from pathlib import Path


def comments(header):
    """(class, comment) of each class and struct that has a `///` comment in front of it."""
    found = re.finditer(r"^((?:///.*\n)+)(?:template <.*>\n)?(?:class|struct) (\w+)[^;]*\{", header, re.MULTILINE)
    for match in found:
        lines = [line.removeprefix("///").removeprefix(" ") for line in match[1].splitlines()]
        yield match[2], "\n".join(lines)


def main():
    entries = {}
    for header in sys.argv[2:]:
        entries.update(comments(Path(header).read_text()))
    rows = [f'{{"{name}", R"doc({text})doc"}},\n' for name, text in sorted(entries.items())]
    Path(sys.argv[1]).write_text("".join(rows))


main()
