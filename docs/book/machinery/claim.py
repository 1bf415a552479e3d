"""Claims: a sentence, what runs to show it, and what must come out.

    :::{claim} The base UNet has 2 567 463 684 parameters.
    $ sdxl tree sdxl-base
    ...
    unet  UNet2DConditionModel  ...  2567463684 ...
    :::

Lines of Python begin with `>>>` and go on with `...`; a chapter has one session (session.py). The lines behind must be printed, in
this order: `...` within a line stands for anything, as a whole line for any lines; white space for any white
space. An integer must be equal. Another number may differ by half a unit of its last digit, or by `:within:`, a
relative difference (0.001). The page shows the command and the lines that it printed here.
"""

import re

import worker
from docutils import nodes
from language import translatable
from sphinx.util.docutils import SphinxDirective

NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
PARTS = re.compile(rf"(\.\.\.|(?<![\w.]){NUMBER}(?![\w]|\.\d)|\s+)")


def pattern(line):
    """-> an expression with a group for each number of an expected line, and these numbers"""
    expression, numbers = "", []
    for part in PARTS.split(line):
        if part == "...":
            expression += ".*?"
        elif part.isspace():
            expression += r"\s+"
        elif re.fullmatch(NUMBER, part):
            expression += f"({NUMBER})"
            numbers.append(part)
        else:
            expression += re.escape(part)
    return re.compile(r"\s*" + expression + r"\s*"), numbers


def last_digit(number):
    digits, _, exponent = number.partition("e")
    return 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))


def is_equal(expected, found, within):
    if re.fullmatch(r"[-+]?\d+", expected) and re.fullmatch(r"[-+]?\d+", found):
        return int(expected) == int(found)
    allowed = max(within * abs(float(expected)), 0.5001 * last_digit(expected))
    return abs(float(expected) - float(found)) <= allowed


def agrees(expected, line, within):
    expression, numbers = pattern(expected)
    match = expression.fullmatch(line)
    return bool(match) and all(is_equal(a, b, within) for a, b in zip(numbers, match.groups()))


def compare(expected, printed, within):
    """-> the lines to show; ValueError for the first expected line that is not there"""
    shown, rest, skips = [], [line for line in printed if line.strip()], False
    for want in expected:
        if want.strip() == "...":
            skips = True
            continue
        place = next((i for i, line in enumerate(rest) if agrees(want, line, within)), None)
        if place is None or (place > 0 and not skips):
            raise ValueError(f"expected the line\n    {want}\ngot\n    " + "\n    ".join(rest or ["nothing"]))
        shown += (["..."] if place > 0 else []) + [rest[place]]
        rest, skips = rest[place + 1:], False
    if rest and not skips:
        raise ValueError("printed beyond what is expected:\n    " + "\n    ".join(rest))
    return shown + (["..."] if rest else [])


def segments(lines):
    """-> [(the lines that run, the lines that must come out)], in their order"""
    found = []
    for line in lines:
        last, expected = found[-1] if found else ([], [])
        goes_on = last and not expected and (last[-1].endswith("\\") or (
            last[-1].startswith((">>> ", "... ")) and line.startswith("... ")))
        begins = line.startswith(("$ ", ">>> "))
        if begins and (expected or not last):
            found.append(([line], []))
        elif begins or goes_on:
            last.append(line)
        elif last:
            expected.append(line)
        else:
            raise ValueError("the first line begins neither with `$ ` nor with `>>> `")
    if not found:
        raise ValueError("no line begins with `$ ` or `>>> `")
    return found


class Claim(SphinxDirective):
    required_arguments, final_argument_whitespace, has_content = 1, True, True
    option_spec = {"within": float}

    def run(self):
        session = []
        try:
            for given, expected in segments(self.content):
                session += given + compare(expected, self.printed(given).splitlines(), self.options.get("within", 1e-3))
        except (ValueError, RuntimeError) as error:
            raise self.error(f"this claim does not hold: {self.arguments[0]}\n" + "\n".join(self.content) + f"\n{error}") from error
        sentence = translatable(self, nodes.paragraph(classes=["claim-sentence"]), self.arguments[0])
        children, messages = self.state.inline_text(self.arguments[0], self.lineno)
        sentence += children
        text = "\n".join(session)
        code = nodes.literal_block(text, text, language="console" if session[0].startswith("$") else "pycon")
        return [nodes.container("", sentence, code, classes=["claim"]), *messages]

    def printed(self, given):
        chapter = worker.of(self.env.docname)
        if given[0].startswith(">>> "):
            return chapter.ask(run="\n".join(line[4:] for line in given))["out"]
        status, out = chapter.command("\n".join(line.removeprefix("$ ") for line in given))
        if status:
            raise ValueError(f"status {status}: {out}")
        return out


def setup(app):
    app.add_directive("claim", Claim)
    app.connect("build-finished", worker.close)
    return {"parallel_read_safe": False}
