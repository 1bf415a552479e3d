"""A mistake of the lab, out of docs/common_mistakes.md and its patch: what it is, what it does to the picture, what finds it.

    :::{mistake} guidance_sign
    Why it happens, in words of the chapter.
    :::
"""

import re
from pathlib import Path

import worker
from docutils import nodes
from language import _, html_with, translatable, up
from source_pages import link
from sphinx.util.docutils import SphinxDirective

SIDE, GAP, LABEL, COLUMNS = 96, 8, 16, 4  # of the sheet: examples/common_mistakes/report.py
PAGE, SHEET = "docs/common_mistakes.md", "docs/images/common_mistakes.png"


def rows_of(root):
    """{name: (sentence, caught by, image, latents, first part)}, in the order of the sheet"""
    rows = {}
    for line in (root / PAGE).read_text().splitlines():
        match = re.match(r"\| \[(\w+)\]\([^)]*\): (.*)", line)
        if match:
            cells = [cell.strip() for cell in match[2].split(" | ")]
            rows[match[1]] = cells[:5]
    return rows


def changed_lines(patch):
    return [line for line in patch.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def cut_pair(root, name, number, folder):
    if worker.replays():
        return
    from PIL import Image

    x, y = number % COLUMNS * (2 * SIDE + 2 * GAP), number // COLUMNS * (SIDE + LABEL + GAP) + LABEL
    sheet = Image.open(root / SHEET).convert("RGB")
    folder.mkdir(parents=True, exist_ok=True)
    sheet.crop((x, y, x + 2 * SIDE + 2, y + SIDE)).save(folder / f"{name}.png", optimize=True)


class Mistake(SphinxDirective):
    required_arguments, has_content = 1, True

    def run(self):
        root, name = Path(self.env.srcdir), self.arguments[0]
        patch = Path("examples/common_mistakes") / f"{name}.patch"
        rows = rows_of(root)
        if name not in rows:
            raise self.error(f"mistake {name}: {PAGE} has no such row")
        for file in (PAGE, SHEET, patch):
            self.env.note_dependency(str(root / file))
        sentence, caught_by, image, latents, first = rows[name]
        cut_pair(root, name, list(rows).index(name), Path(self.env.app.outdir) / "_static" / "mistakes")
        box = nodes.container(classes=["mistake"])
        sentence = sentence.partition(" Drawn with")[0]
        title = translatable(self, nodes.paragraph("", "", nodes.strong("", sentence), classes=["mistake-title"]), f"**{sentence}**")
        picture = nodes.raw("", f'<img src="{up(self.env)}_static/mistakes/{name}.png" width="194" height="96" alt="'
                            + _("The image as it should be, and with the mistake {}").format(name) + '">', format="html")
        diff = "\n".join(changed_lines((root / patch).read_text()))
        measured, messages = self.state.inline_text(
            _("Image {image} of 255, latents {latents} (relative). First module that differs: {first}. Caught by the test "
              "“{caught_by}”. ").format(image=image, latents=latents, first=first, caught_by=caught_by), self.lineno)
        facts = nodes.paragraph("", "", *measured, link(self.env, patch, text=f"{name}.patch"), classes=["mistake-facts"])
        box += [title, picture, nodes.literal_block(diff, diff, language="diff"), facts, *messages]
        self.state.nested_parse(self.content, self.content_offset, box)
        self.env.metadata[self.env.docname]["has-mistake"] = "yes"
        return [box]


class Quiz(SphinxDirective):
    """Pairs of pictures, each with its answer in a box that opens."""

    required_arguments, final_argument_whitespace = 1, True

    def run(self):
        root, rows = Path(self.env.srcdir), rows_of(Path(self.env.srcdir))
        quiz = nodes.container(classes=["quiz"])
        for number, name in enumerate(self.arguments[0].split(), 1):
            if name not in rows:
                raise self.error(f"quiz: {PAGE} has no row {name}")
            cut_pair(root, name, list(rows).index(name), Path(self.env.app.outdir) / "_static" / "mistakes")
            pair = _("Pair {}").format(number)
            quiz += html_with(self, f'<figure><img src="{up(self.env)}_static/mistakes/{name}.png" width="194" height="96" '
                              f'alt="{pair}"><details><summary>{pair}{_(": the answer")}</summary>{{}}</details></figure>', rows[name][0])
        return [quiz]


def setup(app):
    app.add_directive("mistake", Mistake)
    app.add_directive("quiz", Quiz)
    return {"parallel_read_safe": False}
