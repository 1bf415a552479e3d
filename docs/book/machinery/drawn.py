"""Figures that are made when the book is built.

    :::{drawn} 02_arithmetic.softmax_row
    :alt: what the figure shows, for those who do not see it

    The caption.
    :::

The function `softmax_row` of docs/book/figures/02_arithmetic.py draws it: see figures.py.
"""

from pathlib import Path

import worker
from docutils import nodes
from docutils.parsers.rst import directives
from language import _, html_with, up
from source_pages import link
from sphinx.util.docutils import SphinxDirective


class Drawn(SphinxDirective):
    required_arguments, has_content = 1, True
    option_spec = {"alt": directives.unchanged_required, "width": directives.unchanged}

    def run(self):
        file, dot, name = self.arguments[0].partition(".")
        source = Path("docs/book/figures") / f"{file}.py"
        self.env.note_dependency(str(Path(self.env.srcdir) / source))
        folder = Path(self.env.app.outdir) / "_static" / "drawn" / file
        if not worker.replays():
            folder.mkdir(parents=True, exist_ok=True)
        if "alt" not in self.options:
            raise self.error(f"drawn {self.arguments[0]}: expected :alt:")
        try:
            files = worker.of(self.env.docname).ask(draw=str(Path(self.env.srcdir) / source), name=name, to=str(folder))["files"]
        except RuntimeError as error:
            raise self.error(f"drawn {self.arguments[0]}: {error}") from error
        figure = nodes.container(classes=["drawn"])
        for made, theme in zip(files, ("only-light", "only-dark") if len(files) == 2 else ("",)):
            width = f' style="width:{self.options["width"]}"' if "width" in self.options else ""
            image = f'<img class="{theme}" src="{up(self.env)}_static/drawn/{file}/{made}" alt="{{}}" loading="lazy"{width}>'
            figure += html_with(self, image, self.options["alt"])
        caption = nodes.container(classes=["drawn-caption"])
        self.state.nested_parse(self.content, self.content_offset, caption)
        caption += nodes.paragraph("", "", nodes.Text(_("Drawn by ")), link(self.env, source, text=f"{source.name}"),
                                   nodes.Text(_(".")), classes=["drawn-by"])
        self.env.metadata[self.env.docname]["has-figure"] = "yes"
        return [figure, caption]


def setup(app):
    app.add_directive("drawn", Drawn)
    return {"parallel_read_safe": False}
