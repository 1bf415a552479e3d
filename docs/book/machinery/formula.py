"""Formulas as MathML, made at build time: no script and no other host. The font is STIX Two Math, out of the package ziamath."""

from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging

logger = logging.getLogger(__name__)


def mathml(translator, node, display):
    try:
        return convert(node.astext().replace("{aligned}", "{align*}"), display=display)  # it has no aligned
    except Exception as error:  # the package has no class of its own for all of them
        logger.warning("formula %r: %s", node.astext(), error, location=node)
        return translator.encode(node.astext())


def inline(translator, node):
    translator.body.append(mathml(translator, node, "inline"))
    raise nodes.SkipNode


def block(translator, node):
    translator.body.append(f'<div class="formula" tabindex="0">{mathml(translator, node, "block")}</div>\n')
    raise nodes.SkipNode


def write_font(app, error):
    """The font's letters, Greek and operators alone: a tenth of the file."""
    if error or app.builder.format != "html":
        return
    import ziamath
    from fontTools import subset

    options = subset.Options(flavor="woff", layout_features=["*"], notdef_outline=True, drop_tables=[])
    font = subset.load_font(str(Path(ziamath.__file__).parent / "fonts" / "STIXTwoMath-Regular.ttf"), options)
    chosen = subset.Subsetter(options)
    ranges = ((0x20, 0x17F), (0x300, 0x36F), (0x391, 0x3F5), (0x2010, 0x2057), (0x20D0, 0x20D7), (0x2100, 0x214F),
              (0x2190, 0x21FF), (0x2200, 0x22FF), (0x27E6, 0x27EF), (0x1D400, 0x1D7CB))
    chosen.populate(unicodes=[code for first, last in ranges for code in range(first, last + 1)])
    chosen.subset(font)
    folder = Path(app.outdir) / "_static" / "fonts"
    folder.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, str(folder / "stix-two-math.woff"), options)


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    app.config.html_math_renderer = "mathml"
    app.connect("build-finished", write_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
