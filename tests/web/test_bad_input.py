"""What goes wrong says so in one sentence, and the page stays usable."""

import unittest

from site_of_page import PageTest, patience


class BadInput(PageTest):
    def message(self, page, text):
        page.wait_for_function("text => document.querySelector('#message').textContent.includes(text)", arg=text)
        sentence = page.inner_text("#message span")
        self.assertLess(len(sentence), 300)
        return sentence

    def draw(self, page, prompt):
        number = page.evaluate("glassbox.run.number")
        page.fill("#prompt", prompt)
        page.click("#draw")
        self.wait_until_drawn(page, after=number)

    def test_prompt_of_10000_words_and_odd_signs(self):
        page = self.open("steps=3")
        self.draw(page, "star " * 10_000)
        self.message(page, "more of this prompt are cut off")
        for prompt in ["", "🌟🎨 👩‍👩‍👧", "ﷺ ﬃ İstanbul ΣΑΣ e\u0301", "<|endoftext|><|startoftext|>", "\"'\\`$(x)<b>&amp;", "\u0000\u0007\u200b", "a" * 5000]:
            with self.subTest(prompt[:20]):
                self.draw(page, prompt)
                self.assertIn("step 3 of 3", page.inner_text("#caption"))
        self.draw(page, "a red ring")
        self.assertEqual(page.inner_text("#message").strip(), "")

    def test_half_of_a_surrogate_pair(self):
        page = self.open("steps=2")
        page.evaluate("glassbox.set({prompt: 'a \\ud83d star'}, {draw: true}) && 0")
        page.wait_for_function("!glassbox.drawing")
        self.assertIn("step 2 of 2", page.inner_text("#caption"))

    def test_no_simd(self):
        page = self.window()
        # A worker has no init script: the sentence is that of the page's own check, in front of the worker's file.
        self.change_worker(page, "WebAssembly.validate = () => false;")
        page.goto(self.address)
        self.assertIn("SIMD", self.message(page, "This browser"))
        self.assertTrue(page.is_disabled("#draw"))
        # What needs no model is there.
        self.assertTrue(page.is_visible("text=Look inside"))

    def change_worker(self, page, code):
        def answer(route):
            response = route.fetch()
            route.fulfill(response=response, body=code + "\n" + response.text())
        page.route("**/worker.js", answer)

    def test_weights_that_do_not_arrive(self):
        self.allowed = ("Failed to load resource",)
        page = self.window()
        page.route("**/unet/diffusion_pytorch_model.safetensors", lambda route: route.abort())
        page.goto(self.address)
        self.message(page, "model/unet/diffusion_pytorch_model.safetensors did not arrive")
        page.unroute("**/unet/diffusion_pytorch_model.safetensors")
        page.click("#message button")
        self.wait_until_drawn(page)

    def test_weights_that_are_cut(self):
        page = self.window()

        def cut(route):
            route.fulfill(body=b"x" * 1000)
        page.route("**/vae/diffusion_pytorch_model.safetensors", cut)
        page.goto(self.address)
        sentence = self.message(page, "arrived with 1,000 of 3,457,710 bytes")
        self.assertIn("model/vae", sentence)
        page.unroute("**/vae/diffusion_pytorch_model.safetensors")
        page.click("#message button")
        self.wait_until_drawn(page)

    def test_weights_that_are_damaged(self):
        page = self.window()

        def damage(route):
            response = route.fetch()
            route.fulfill(response=response, body=b"\xff" * 64 + response.body()[64:])
        page.route("**/text_encoder/model.safetensors", damage)
        page.goto(self.address)
        self.message(page, "text_encoder/model.safetensors")

    def test_missing_program_and_list(self):
        self.allowed = ("Failed to load resource",)
        for name, words in [("files.json", "The list of files did not arrive"), ("glassbox.wasm", "glassbox.wasm did not arrive")]:
            with self.subTest(name):
                page = self.window()
                page.route(f"**/{name}", lambda route: route.fulfill(status=404))
                page.goto(self.address)
                self.message(page, words)
                self.context.close()

    def test_memory_that_runs_out(self):
        page = self.window()
        self.change_worker(page, "WebAssembly.Memory.prototype.grow = () => { throw new RangeError('no memory'); };")
        page.goto(self.address + "#v=1&steps=2")
        self.wait_until_drawn(page)
        page.evaluate("glassbox.set({height: 512, width: 512}, {draw: true}) && 0")
        self.message(page, "The memory that the browser gives this page is used up")
        number = page.evaluate("glassbox.run.number")
        page.evaluate("glassbox.set({height: 128, width: 128}, {draw: true}) && 0")
        self.wait_until_drawn(page, after=number)

    def test_links(self):
        cases = {
            "v=0&steps=2": "made for version 0", "v=7&steps=2": "made for version 7", "v=1&steps=2&colour=red": "a part of the link: colour",
            "v=1&steps=2&seed=many": "a part of the link: seed", "v=1&steps=2&sampler=magic": "magic", "v=1&steps=2&height=100": "multiples of 8",
            "v=1&steps=2&height=4096&width=4096": "at most 512", "v=1&steps=0": "steps", "v=1&steps=2&mute=unet.midblock": "unet.midblock",
            "v=1&steps=2&skips=99": "expected 0 to 8", "v=1&steps=2&heads=unet.conv_in:0": "heads", "v=1&steps=2&refiner=image:0.01": "strength",
        }
        page = self.open("steps=2")
        for link, words in cases.items():
            with self.subTest(link):
                page.goto(self.address + "?" + str(hash(link)) + "#" + link)
                page.wait_for_function("words => document.querySelector('#message').textContent.includes(words)", arg=words, timeout=patience)
                number = page.evaluate("glassbox.run.number ?? 0")
                page.evaluate("""glassbox.set({steps: 2, sampler: 'euler', height: 128, width: 128, mute: [], heads: [], skips: [], refiner: null},
                                              {draw: true}) && 0""")
                self.wait_until_drawn(page, after=number)

    def test_module_that_is_not_there(self):
        page = self.open("steps=2&at=unet.mid_block.resnets.7")
        page.wait_for_selector("#panel .problem")
        self.assertIn("unet.mid_block.resnets", page.inner_text("#panel .problem"))
        page.evaluate("glassbox.set({at: 'unet.mid_block.resnets.1'}) && 0")
        page.wait_for_selector("canvas.tensor")


if __name__ == "__main__":
    unittest.main()
