"""Exercises that a program checks, the questions at the end, and the box for the debugger.

    :::{exercise} pixel
    What to do.
    :::

is a function `pixel` in docs/book/exercises/book_NN.py, checked by `check_pixel` in tests/book/checks/check_NN.py
(`./test book.NN`). `:::{debugger}` is a box with commands, which tests/guards/debugger.sh repeats. `:::{questions}` holds
five numbered questions and, in lines that begin with `% `, the five answers, which are not shown.

A chapter without an excerpt, a figure, an exercise, a box for the debugger or questions ends the build.
"""

import re
from pathlib import Path

from docutils import nodes
from language import _
from source_pages import link
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)
PARTS = ("excerpt", "figure", "mistake", "exercise", "debugger", "questions")


def chapter_of(docname):
    match = re.fullmatch(r"docs/book/(\d\d)-[\w-]+", docname)
    return match and match[1]


class Exercise(SphinxDirective):
    required_arguments, has_content = 1, True

    def run(self):
        name, chapter = self.arguments[0], chapter_of(self.env.docname)
        form = Path("docs/book/exercises") / f"book_{chapter}.py"
        checks = Path("tests/book/checks") / f"check_{chapter}.py"
        for file, word in ((form, f"def {name}("), (checks, f"def check_{name}(")):
            self.env.note_dependency(str(Path(self.env.srcdir) / file))
            if word not in (Path(self.env.srcdir) / file).read_text():
                raise self.error(f"exercise {name}: {file} has no line {word}")
        known = self.env.metadata[self.env.docname]
        number = known["has-exercise"] = known.get("has-exercise", 0) + 1
        line = (Path(self.env.srcdir) / form).read_text().split(f"def {name}(")[0].count("\n") + 1
        head = nodes.paragraph("", "", nodes.strong("", _("Exercise {}. ").format(f"{int(chapter)}.{number}")), nodes.Text(_("Write ")),
                               link(self.env, form, line, _("{} in {}").format(name, form)), nodes.Text(_(", then run ")),
                               nodes.literal("", f"./test book.{chapter}"), nodes.Text(_(".")), classes=["exercise-head"])
        box = nodes.container("", head, classes=["exercise"])
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]


class Debugger(SphinxDirective):
    has_content = True

    def run(self):
        box = nodes.admonition("", nodes.title("", _("In the debugger"), translatable=False), classes=["debugger"])
        self.state.nested_parse(self.content, self.content_offset, box)
        self.env.metadata[self.env.docname]["has-debugger"] = "yes"
        return [box]


class Questions(SphinxDirective):
    has_content = True

    def run(self):
        questions = [line for line in self.content if re.match(r"\d\. ", line)]
        answers = [line for line in self.content if re.match(r"% \d\. ", line)]
        if len(questions) != 5 or len(answers) != 5:
            raise self.error(f"questions: expected five and their answers, got {len(questions)} and {len(answers)}")
        box = nodes.container(classes=["questions"])
        self.state.nested_parse(self.content, self.content_offset, box)
        self.env.metadata[self.env.docname]["has-questions"] = "yes"
        return [box]


def check_form(app, env):
    root = Path(env.srcdir)
    for docname in sorted(env.found_docs):
        chapter = chapter_of(docname)
        if not chapter:
            continue
        missing = [part for part in PARTS if f"has-{part}" not in env.metadata[docname]]
        if missing:
            logger.warning("%s has no %s", docname, ", no ".join(missing))
        checks = root / f"tests/book/checks/check_{chapter}.py"
        text = Path(env.doc2path(docname)).read_text()
        for name in re.findall(r"^def check_(\w+)\(", checks.read_text() if checks.exists() else "", re.M):
            if f":::{{exercise}} {name}\n" not in text:
                logger.warning("%s does not set the exercise %s", docname, name)


def setup(app):
    app.add_directive("exercise", Exercise)
    app.add_directive("debugger", Debugger)
    app.add_directive("questions", Questions)
    app.connect("env-updated", check_form)
    return {"parallel_read_safe": False}
