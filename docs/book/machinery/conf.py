"""The book's settings for Sphinx. Its sources are the Markdown files of the whole project: their links to each other hold."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE))

project = "Glassbox SDXL"
author = "the authors of Glassbox SDXL"
html_title = "Glassbox SDXL, the book"
root_doc = "docs/book/index"
include_patterns = ["README*.md", "docs/**.md", "examples/*/README.md", "examples/tiny_sdxl/model/README.md", "notebooks/README.md"]
exclude_patterns = ["build", ".git", ".venv", "docs/book/exercises"]

extensions = ["myst_parser", "formula", "source_pages", "excerpt", "claim", "drawn", "shapes", "mistake", "exercise", "live", "language"]
locale_dirs = [os.environ.get("BOOK_LOCALE", str(HERE.parent / "locale"))]
gettext_compact = False
gettext_uuid = False
source_suffix = {".md": "markdown"}
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
suppress_warnings = ["misc.highlighting_failure", "myst.header", "toc.not_included"]

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["book.css"]
html_js_files = ["book.js"]
html_favicon = str(ROOT / "examples" / "web" / "page" / "icon.svg")
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_use_index = False
html_additional_pages = {"index": "door.html"}
templates_path = ["templates"]
pygments_style = "friendly"
pygments_dark_style = "github-dark"
html_theme_options = {
    "sidebar_hide_name": False,
    "navigation_with_keys": True,
    "light_css_variables": {"color-brand-primary": "#205a9c", "color-brand-content": "#205a9c"},
    "dark_css_variables": {"color-brand-primary": "#7db4f0", "color-brand-content": "#7db4f0"},
}
