"""The live page (docs/web.md) at the state that the text speaks of, if it has been built; else a picture and a link.

    :::{live} at=unet.mid_block.resnets.0&step=10
    :picture: docs/images/web/inside.png

    What to look at and to try.
    :::

The argument is the page's address behind `#v=1&`: see examples/web/page/state.js. The page begins to load when its button is
pressed: it has 25 MB.
"""

import html
import os
import shutil
from pathlib import Path

import worker
from docutils import nodes
from docutils.parsers.rst import directives
from language import _, up
from sphinx.util.docutils import SphinxDirective


def site(root):
    return Path(os.environ.get("BOOK_PAGE", Path(root) / "build" / "web" / "site"))


class Live(SphinxDirective):
    required_arguments, has_content, final_argument_whitespace = 1, True, True
    option_spec = {"picture": directives.unchanged}

    def run(self):
        root, top = Path(self.env.srcdir), up(self.env)
        picture = self.options.get("picture", "docs/images/web/first.png")
        if not worker.replays():
            folder = Path(self.env.app.outdir) / "_static" / "live"
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / picture, folder / Path(picture).name)
        image = f'<img src="{top}_static/live/{Path(picture).name}" alt="{_("The live page")}" loading="lazy">'
        box = nodes.container(classes=["live"])
        if (site(root) / "index.html").exists():
            address = html.escape(f"{top}page/index.html#v=1&{self.arguments[0].replace(' ', '+')}")
            text = (f'<div class="live-frame" data-address="{address}">{image}<p><button type="button">'
                    f'{_("Start the model here")}</button> <a href="{address}">{_("or in a page of its own")}</a></p></div>')
            box += nodes.raw("", text, format="html")
        else:
            self.env.note_reread()
            note = nodes.paragraph(classes=["live-note"])
            inline, messages = self.state.inline_text(
                _("This is a picture of the [live page](/docs/web.md), which was not built with this book: `scripts/web "
                  "--build-only`, then `scripts/book` again. Its state here: `{}`.").format(f"#v=1&{self.arguments[0]}"), self.lineno)
            note += [*inline, *messages]
            box += [nodes.raw("", image, format="html"), note]
        self.state.nested_parse(self.content, self.content_offset, box)
        self.env.metadata[self.env.docname]["has-figure"] = "yes"
        return [box]


def copy_page(app, error):
    if error or worker.replays() or app.builder.format != "html" or not (site(app.srcdir) / "index.html").exists():
        return
    target = Path(app.outdir) / "page"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(site(app.srcdir), target)


def setup(app):
    app.add_directive("live", Live)
    app.connect("build-finished", copy_page)
    return {"parallel_read_safe": False}
