"""The page in a real browser: a server for its folder, Chromium, and what every test asks of it.

SITE is the page's folder (scripts/web --build-only prints it), CHROMIUM the browser, SDXL_PROGRAM the native program.
"""

import functools
import http.server
import os
import threading
import unittest
from pathlib import Path

from playwright.sync_api import sync_playwright

root = Path(__file__).resolve().parents[2]
site = Path(os.environ.get("SITE", root / "build/web/site"))
program = os.environ.get("SDXL_PROGRAM", str(root / "build/release/sdxl"))
chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
patience = 120_000  # milliseconds, for one wait on a busy machine


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def serve():
    """-> (server, address)"""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}/"


class PageTest(unittest.TestCase):
    """A browser for the class, a window for each test. At the end of a test no error may be in the console and no
    request may have gone to another host, but for what the test names in `allowed`."""

    @classmethod
    def setUpClass(cls):
        cls.server, cls.address = serve()
        cls.playwright = sync_playwright().start()
        cls.browser = cls.playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.playwright.stop()
        cls.server.shutdown()
        cls.server.server_close()

    def setUp(self):
        self.allowed = ()
        self.errors, self.hosts = [], []
        self.context = None

    def tearDown(self):
        if self.context:
            self.context.close()
        errors = [error for error in self.errors if not any(part in error for part in self.allowed)]
        self.assertEqual(errors, [], "the console has errors")
        self.assertEqual(self.hosts, [], "requests went to other hosts")

    def window(self, width=1280, height=900, **options):
        options.setdefault("service_workers", "block")
        self.context = self.browser.new_context(viewport={"width": width, "height": height}, **options)
        self.context.set_default_timeout(patience)
        page = self.context.new_page()
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith((self.address, "data:", "blob:"))
                else self.hosts.append(request.url))
        return page

    def open(self, state="", **options):
        """A window in which the picture of a state has been drawn."""
        page = self.window(**options)
        page.goto(self.address + (f"#v=1&{state}" if state else ""))
        self.wait_until_drawn(page)
        return page

    def wait_until_drawn(self, page, after=0):
        """Waits for a run with a number above `after`, and returns its number."""
        page.wait_for_function("after => glassbox.run.result && glassbox.run.number > after && !glassbox.drawing", arg=after)
        return page.evaluate("glassbox.run.number")

    def picture(self, page):
        return bytes(page.evaluate("Array.from(glassbox.run.result.picture.rgb)"))

    def settle(self, page):
        """Waits until the panel shows the present state."""
        page.evaluate("() => glassbox.panel?.update?.()")
        page.wait_for_timeout(50)


def largest_difference(a, b):
    assert len(a) == len(b), f"{len(a)} and {len(b)} bytes"
    return max(abs(x - y) for x, y in zip(a, b))
