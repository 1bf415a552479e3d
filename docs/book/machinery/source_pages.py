"""A page for each source file that a page of the book links to, with a target for each line."""

import html
from pathlib import Path
from urllib.parse import unquote

from docutils import nodes
from language import FOLDERS, _
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.util import ClassNotFound
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

LARGEST = 400_000  # bytes


def address(env, path, line=None):
    """The address of a file's page, relative to that of the current document. `path` is relative to the project."""
    env.book_sources.setdefault(env.docname, set()).add(str(path))
    top = "../" * FOLDERS[env.config.language].count("/")  # the English site has them
    page = top + env.app.builder.get_relative_uri(env.docname, f"source/{path}")
    return f"{page}#line-{line}" if line else page


def link(env, path, line=None, text=None):
    shown = text or (_("{}, line {}").format(path, line) if line else str(path))
    return nodes.reference("", shown, refuri=address(env, path, line), internal=True, classes=["source-link"])


def is_shown(path):
    if path.is_dir():
        return True
    if not path.is_file() or path.stat().st_size > LARGEST:
        return False
    return b"\0" not in path.read_bytes()


class LinksToFiles(SphinxTransform):
    """A Markdown link to a file that is no page of the book leads to the file's source page."""

    default_priority = 300

    def apply(self, **kwargs):
        root = Path(self.env.srcdir)
        here = (root / self.env.docname).parent
        kinds = (addnodes.download_reference, addnodes.pending_xref)
        for node in list(self.document.findall(lambda node: isinstance(node, kinds))):
            target = unquote(node.get("reftarget") or "").partition("#")[0]
            if node.get("refdomain") == "doc" and target not in self.env.found_docs:
                path = root / f"{target}.md"
            elif target and not node.get("refdomain"):
                path = ((root if target.startswith("/") else here) / target.lstrip("/")).resolve()
            else:
                continue
            if not path.is_relative_to(root) or not is_shown(path):
                continue
            if path.is_file() and self.env.path2doc(str(path)) in self.env.found_docs:
                continue
            reference = nodes.reference("", "", refuri=address(self.env, path.relative_to(root)), internal=True)
            reference += node.children
            node.replace_self(reference)


def body_of(root, path):
    file = root / path
    if file.is_dir():
        names = sorted(f"{child.name}/" if child.is_dir() else child.name for child in file.iterdir()
                       if not child.name.startswith((".", "__pycache__")))
        return "<ul>" + "".join(f"<li><code>{html.escape(name)}</code></li>" for name in names) + "</ul>"
    try:
        lexer = get_lexer_for_filename(file.name, stripnl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False)
    text = file.read_text(errors="replace")
    return highlight(text, lexer, HtmlFormatter(linenos="inline", linespans="line", wrapcode=True))


def collect(app):
    root = Path(app.srcdir)
    if app.config.language != "en":
        return
    for path in sorted(set().union(*app.env.book_sources.values()) if app.env.book_sources else ()):
        head = f"<h1><code>{html.escape(path)}</code></h1>"
        yield f"source/{path}", {"title": path, "body": f'<div class="source-page">{head}{body_of(root, path)}</div>'}, "page.html"


def begin(app, env, docnames):
    if not hasattr(env, "book_sources"):
        env.book_sources = {}


def purge(app, env, docname):
    getattr(env, "book_sources", {}).pop(docname, None)


def setup(app):
    app.add_transform(LinksToFiles)
    app.connect("env-before-read-docs", begin)
    app.connect("env-purge-doc", purge)
    app.connect("html-collect-pages", collect)
    return {"parallel_read_safe": False}
