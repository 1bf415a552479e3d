"""The page for everyone: small screens, dark, the keyboard, a screen reader, no motion, no network."""

import unittest

from site_of_page import PageTest

try:
    from axe_core_python.sync_playwright import Axe
except ImportError:
    Axe = None

tabs = ["inside", "attention", "knobs", "break", "compare", "along"]


class Reach(PageTest):
    def test_nothing_is_wider_than_the_screen(self):
        for width in (360, 390, 768, 1024, 1440):
            for scheme in ("light", "dark"):
                with self.subTest(width=width, scheme=scheme):
                    page = self.open("steps=3", width=width, color_scheme=scheme)
                    for tab in tabs:
                        page.evaluate("tab => glassbox.set({panel: tab}) && 0", tab)
                        self.settle(page)
                        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width, tab)
                    self.context.close()

    @unittest.skipUnless(Axe, "no axe_core_python: pip install axe-core-python")
    def test_accessible(self):
        for scheme in ("light", "dark"):
            page = self.open("steps=3&at=unet.mid_block.resnets.0", color_scheme=scheme)
            for tab in tabs:
                with self.subTest(tab=tab, scheme=scheme):
                    page.evaluate("tab => glassbox.set({panel: tab}) && 0", tab)
                    self.settle(page)
                    page.wait_for_timeout(300)
                    found = Axe().run(page)["violations"]
                    self.assertEqual([(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in found], [])
            self.context.close()

    def test_keyboard_alone(self):
        page = self.open("steps=3")
        page.focus("#draw")
        seen = set()
        for _ in range(80):
            page.keyboard.press("Tab")
            seen.add(page.evaluate("(() => { const e = document.activeElement; return e.dataset.path ?? e.dataset.skip ?? e.id ?? e.textContent; })()"))
        self.assertIn("unet.mid_block.attentions.0", seen)
        self.assertIn("tab-inside", seen)
        page.locator("[data-path='unet.mid_block.resnets.0']").focus()
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('.head .path')?.textContent === 'unet.mid_block.resnets.0'")
        page.focus("canvas.tensor")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        self.assertIn("row 1, column 1", page.inner_text(".readout"))

    def test_stillness(self):
        page = self.open("steps=3", reduced_motion="reduce")
        moving = page.evaluate("[...document.querySelectorAll('*')].filter(e => parseFloat(getComputedStyle(e).transitionDuration) > 0).length")
        self.assertEqual(moving, 0)

    def test_without_a_network(self):
        page = self.open("steps=3", service_workers="allow")
        page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
        page.wait_for_function("navigator.serviceWorker.controller")
        self.server.shutdown()
        self.server.server_close()
        try:
            page.reload()
            self.wait_until_drawn(page)
            page.wait_for_selector(".source .lit, .source .here")
        finally:
            type(self).server, type(self).address = __import__("site_of_page").serve()

    def test_weights_are_fetched_once(self):
        page = self.open("steps=2")
        requests = []
        page.on("request", lambda request: requests.append(request.url))
        page.reload()
        self.wait_until_drawn(page)
        self.assertEqual([url for url in requests if url.endswith(".safetensors")], [])


if __name__ == "__main__":
    unittest.main()
