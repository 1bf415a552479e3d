"""A mistake of the lab, out of docs/common_mistakes.md and its patch: what it is, what it does to the picture, what finds it.

    :::{mistake} guidance_sign
    Why it happens, in words of the chapter.
    :::
"""

import html
import re
from pathlib import Path

from docutils import nodes
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
        up = "../" * self.env.docname.count("/")
        box = nodes.container(classes=["mistake"])
        title = nodes.paragraph("", "", nodes.strong("", sentence.partition(" Drawn with")[0]), classes=["mistake-title"])
        picture = nodes.raw("", f'<img src="{up}_static/mistakes/{name}.png" width="194" height="96" '
                            f'alt="The image as it should be, and with the mistake {name}">', format="html")
        diff = "\n".join(changed_lines((root / patch).read_text()))
        measured, _ = self.state.inline_text(
            f"Image {image} of 255, latents {latents} (relative). First module that differs: {first}. Caught by the test "
            f"“{caught_by}”. ", self.lineno)
        facts = nodes.paragraph("", "", *measured, link(self.env, patch, text=f"{name}.patch"), classes=["mistake-facts"])
        box += [title, picture, nodes.literal_block(diff, diff, language="diff"), facts]
        self.state.nested_parse(self.content, self.content_offset, box)
        self.env.metadata[self.env.docname]["has-mistake"] = "yes"
        return [box]


class Quiz(SphinxDirective):
    """Pairs of pictures, each with its answer in a box that opens."""

    required_arguments, final_argument_whitespace = 1, True

    def run(self):
        root, rows = Path(self.env.srcdir), rows_of(Path(self.env.srcdir))
        up, pairs = "../" * self.env.docname.count("/"), []
        for number, name in enumerate(self.arguments[0].split(), 1):
            if name not in rows:
                raise self.error(f"quiz: {PAGE} has no row {name}")
            cut_pair(root, name, list(rows).index(name), Path(self.env.app.outdir) / "_static" / "mistakes")
            pairs.append(f'<figure><img src="{up}_static/mistakes/{name}.png" width="194" height="96" alt="Pair {number}">'
                         f'<details><summary>Pair {number}: the answer</summary>{html.escape(rows[name][0])}</details></figure>')
        return [nodes.raw("", f'<div class="quiz">{"".join(pairs)}</div>', format="html")]


def setup(app):
    app.add_directive("mistake", Mistake)
    app.add_directive("quiz", Quiz)
    return {"parallel_read_safe": False}
