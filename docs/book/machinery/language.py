"""The book's other languages: their catalogues, the words of the directives, the switch, what is not translated yet.

A catalogue of gettext is docs/book/locale/LANGUAGE/LC_MESSAGES/PAGE.po; machinery.po there has the directives' own words, and
sphinx.po those of the theme. build.py compiles them. A translated page shows what the claims printed for the English page, and
its figures: see worker.Replay.
"""

import html
import os
import re
from pathlib import Path

import worker
from docutils import nodes
from sphinx import addnodes
from sphinx.locale import get_translation, translators
from sphinx.search import SearchLanguage
from sphinx.transforms import SphinxTransform

HERE = Path(__file__).resolve().parent
FOLDERS = {"en": "", "zh_CN": "zh/"}  # of the site
NAMES = {"en": "English", "zh_CN": "中文"}

_said = get_translation("machinery")
_lacking = set()


def _(text):
    """A directive's own words in the language of the page"""
    if text not in getattr(translators["general", "machinery"], "_catalog", ()):
        _lacking.add(text)
    return _said(text)


def locale_folder():
    return Path(os.environ.get("BOOK_LOCALE", HERE.parent / "locale"))


def up(env):
    """From a page to the folder of the English site, which has what all languages share."""
    return "../" * (env.docname.count("/") + FOLDERS[env.config.language].count("/"))


def translatable(directive, node, text):
    """The node, whose Markdown is `text`: the catalogue has it."""
    directive.set_source_info(node)
    node.rawsource = text
    return node


class Html(nodes.raw, addnodes.translatable):
    """HTML with one text that the catalogue has, such as a figure's alternative: see html_with."""

    def preserve_original_messages(self):
        pass

    def extract_original_messages(self):
        return [self["message"]]

    def apply_translated_message(self, original, translated):
        self.children = [nodes.Text(self["form"].replace("{}", html.escape(translated)))]
        self["translated"] = True


def html_with(directive, form, text):
    """The HTML `form` with a text of the page in place of `{}`"""
    node = Html("", form.replace("{}", html.escape(text)), format="html", form=form, message=text)
    directive.set_source_info(node)
    return node


class FormulasStay(SphinxTransform):
    """A displayed formula is the same in every language."""

    default_priority = 5  # before Sphinx translates

    def apply(self, **kwargs):
        for formula in self.document.findall(nodes.math_block):
            formula["translatable"] = False


class Chinese(SearchLanguage):
    """Words of Latin letters, and each two neighbours of a run of Chinese characters: no dictionary is needed. (Sphinx 9.0's own
    class writes a page that has no stemmer.)"""

    lang, language_name = "zh", "Chinese"
    js_splitter_code = """
function splitQuery(query) {
  const words = query.match(/[a-zA-Z0-9_]+/g) || [];
  for (const run of query.match(/[\\u3400-\\u9fff]+/g) || [])
    for (let i = 0; i + 1 < Math.max(run.length, 2); i++) words.push(run.slice(i, i + 2));
  return words;
}
"""

    def split(self, text):
        pairs = [run[i:i + 2] for run in re.findall("[\u3400-\u9fff]+", text) for i in range(max(len(run) - 1, 1))]
        return re.findall("[a-zA-Z0-9_]+", text) + pairs


def list_untranslated(app, doctree):
    """What the page's catalogue lacks, for build.py. A page without a catalogue is English as a whole."""
    language, page = app.config.language, app.env.docname
    if (locale_folder() / language / "LC_MESSAGES" / f"{page}.po").exists():
        lacks = [node for node in doctree.findall(nodes.Element)
                 if node.get("translated") is False and not isinstance(node, addnodes.toctree)]
        app.env.metadata[page]["untranslated"] = [
            (node.line or 0, node.get("message") or node.rawsource or node.astext()) for node in lacks]


def write_untranslated(app, error):
    if error or app.builder.name != "html" or app.config.language == "en":
        return
    lines = [f"{page}.md:{line}: not translated: {text[:80]!r}" for page, known in sorted(app.env.metadata.items())
             for line, text in dict.fromkeys(map(tuple, known.get("untranslated", ())))]
    lines += [f"the directives' words: not translated: {text!r}" for text in sorted(_lacking)]
    (Path(app.outdir) / ".untranslated").write_text("".join(f"{line}\n" for line in lines))


def add_switch(app, pagename, templatename, context, doctree):
    here = app.config.language
    if pagename in app.env.found_docs:
        root = "../" * (pagename.count("/") + FOLDERS[here].count("/"))
        context["other_languages"] = [(code.replace("_", "-"), NAMES[code], f"{root}{folder}{pagename}.html")
                                      for code, folder in FOLDERS.items() if code != here]


def begin(app, config):
    _lacking.clear()
    config.html_title = _(config.html_title)


def setup(app):
    app.add_message_catalog("machinery", str(locale_folder()))
    app.add_search_language(Chinese)
    app.add_transform(FormulasStay)
    app.connect("config-inited", begin)
    app.connect("doctree-read", list_untranslated)
    app.connect("html-page-context", add_switch)
    app.connect("build-finished", write_untranslated)
    return {"parallel_read_safe": False}
