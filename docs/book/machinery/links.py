"""Each link of the built site has a target, and no page loads anything from another host."""

from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urlparse

LOADED = {("img", "src"), ("script", "src"), ("link", "href"), ("iframe", "src"), ("source", "src")}


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.ids = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.append((tag, name, value))
            elif name in ("id", "name") and value:
                self.ids.add(value)

    handle_startendtag = handle_starttag


def check(site):
    """-> (problems, how many links)"""
    pages = {path: Page(path.read_text(errors="replace")) for path in site.rglob("*.html")
             if "page" not in path.relative_to(site).parts[:1]}
    problems, count = [], 0
    for path, page in pages.items():
        for tag, name, value in page.links:
            scheme = urlparse(value).scheme
            if scheme in ("http", "https") or value.startswith("//"):
                if (tag, name) in LOADED:
                    problems.append(f"{path.relative_to(site)}: loads {value}")
                continue
            if scheme or value.startswith("#") and value in ("#", "#top"):
                continue
            count += 1
            target, anchor = urldefrag(value)
            target = target.partition("?")[0]
            file = (path.parent / unquote(target)).resolve() if target else path
            if file.is_dir():
                file = file / "index.html"
            if not file.exists():
                problems.append(f"{path.relative_to(site)}: {value} does not exist")
            elif anchor and file in pages and unquote(anchor) not in pages[file].ids:
                problems.append(f"{path.relative_to(site)}: {value}: no such place in the page")
    return problems, count
