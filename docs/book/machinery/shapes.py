"""Shapes of SDXL's and of the tiny model's modules, side by side, computed by `sdxl tree`.

    :::{shapes} unet
    temb | time_embedding
    after conv1 | down_blocks.1.resnets.0.conv1
    :::

The argument is a component: a key of MODELS. A row is a name and a module, whose output is shown, with its parameters. A
row may name another module for the tiny model behind a second bar.
"""

import json

import worker
from docutils import nodes
from language import _, translatable
from sphinx.util.docutils import SphinxDirective

MODELS = {"unet": (("SDXL base, 1024 x 1024", "sdxl tree sdxl-base --json"),
                   ("tiny model, 128 x 128", "sdxl tree --json")),
          "refiner": (("SDXL refiner, 1024 x 1024", "sdxl tree sdxl-refiner --json"),
                      ("tiny refiner, 128 x 128", "sdxl tree examples/tiny_sdxl/model/refiner --json")),
          "vae": (("SDXL, 1024 x 1024", "sdxl tree vae --json"),
                  ("tiny model, 128 x 128", "sdxl tree --component vae --json")),
          "text_encoder": (("CLIP ViT-L", "sdxl tree clip-l --json"),
                           ("tiny model", "sdxl tree --component text_encoder --json")),
          "text_encoder_2": (("OpenCLIP ViT-bigG", "sdxl tree openclip-bigg --json"),
                             ("tiny model", "sdxl tree --component text_encoder_2 --json"))}
_trees = {}


def tree(docname, command):
    if (docname, command) not in _trees:
        status, out = worker.of(docname).command(command)
        if status:
            raise ValueError(out)
        _trees[docname, command] = {row["path"].partition(".")[2]: row for row in json.loads(out)}
    return _trees[docname, command]


def times(shape):
    return " × ".join(str(side) for side in shape)


class Shapes(SphinxDirective):
    required_arguments, has_content = 1, True

    def run(self):
        models = MODELS[self.arguments[0]]
        rows = []
        for line in self.content:
            name, module, *other = [part.strip() for part in line.split("|")]
            cells = []
            for (title, command), path in zip(models, (module, (other or [module])[0])):
                try:
                    row = tree(self.env.docname, command)[path]
                except (KeyError, ValueError) as error:
                    raise self.error(f"shapes: {line}: {error}") from error
                cells.append((times(row["output"][1:]) or _("none"),
                              f"{row['parameters']:,}".replace(",", " ") if row["parameters"] else _("none")))
            rows.append((name, module, cells))
        return [self.table(models, rows)]

    def table(self, models, rows):
        head = [""] + [text for title, command in models for text in (_(title), _("parameters"))]
        table = nodes.table(classes=["shapes"])
        group = nodes.tgroup(cols=len(head))
        table += group
        group += [nodes.colspec(colwidth=1) for _ in head]
        group += nodes.thead("", self.row([[nodes.Text(text)] for text in head]))
        body = nodes.tbody()
        for name, module, cells in rows:
            inline, messages = self.state.inline_text(name, self.lineno)
            first = nodes.entry("", translatable(self, nodes.paragraph("", "", *inline, *messages), name))
            if module:
                first += nodes.paragraph("", "", nodes.literal("", module))
            row = self.row([[nodes.Text(text)] for pair in cells for text in pair])
            row.insert(0, first)
            body += row
        group += body
        return nodes.container("", table, classes=["wide"])

    @staticmethod
    def row(cells):
        row = nodes.row()
        for cell in cells:
            row += nodes.entry("", nodes.paragraph("", "", *cell))
        return row


def setup(app):
    app.add_directive("shapes", Shapes)
    return {"parallel_read_safe": False}
