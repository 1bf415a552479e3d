"""What a visitor does: draws, steps, clicks, hovers, cuts, compares, follows a link."""

import json
import unittest

from site_of_page import PageTest, largest_difference

# One of every kind of module.
kinds = {
    "unet.conv_in": "Conv2d", "unet.down_blocks.0.resnets.0": "ResnetBlock", "unet.down_blocks.1.attentions.0": "Transformer2D",
    "unet.down_blocks.0.downsamplers.0": "Downsample2D", "unet.up_blocks.0.upsamplers.0": "Upsample2D",
    "unet.mid_block.attentions.0.transformer_blocks.0": "BasicTransformerBlock",
    "unet.mid_block.attentions.0.transformer_blocks.0.attn2": "Attention", "unet.mid_block.attentions.0.transformer_blocks.0.ff": "FeedForward",
    "unet.mid_block.attentions.0.transformer_blocks.0.ff.net.0": "GEGLU", "unet.mid_block.resnets.0.norm1": "GroupNorm",
    "unet.mid_block.attentions.0.transformer_blocks.0.norm1": "LayerNorm", "unet.add_embedding.linear_1": "Linear",
    "unet.time_embedding": "TimestepEmbedding", "text_encoder.text_model.encoder.layers.0": "CLIPEncoderLayer", "vae.decoder.conv_in": "Conv2d",
}

# The bytes of a small picture of the answer, once it is drawn.
small = """i => {
  const canvas = document.querySelectorAll('#answer canvas')[i];
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return data[3] > 0 && Array.from(data).filter((_, k) => k % 4 < 3);
}"""


class Visit(PageTest):
    def test_first_screen(self):
        page = self.open()
        self.assertEqual(page.locator("#steps li").count(), 25)
        self.assertEqual(page.locator(".u .block").count(), 34)
        self.assertEqual(page.locator(".u .skip").count(), 9)
        self.assertIn("step 25 of 25", page.inner_text("#caption"))
        # Live maps: the canvas under the U is not empty.
        painted = page.evaluate("(() => { const c = document.querySelector('.maps'); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; })()")
        self.assertGreater(painted, 5000)
        # A skip is as thick as its rms says.
        widths = page.evaluate("glassbox.network.layout.arcs.map(arc => [glassbox.run.steps.at(-1).tiles.get(arc.from).rms, Number(document.querySelector(`[data-skip='${arc.number}']`).style.getPropertyValue('--thickness'))])")
        self.assertEqual([i for _, i in sorted((rms, i) for i, (rms, _) in enumerate(widths))],
                         [i for _, i in sorted((width, i) for i, (_, width) in enumerate(widths))])

    def test_draws_another_prompt_and_steps(self):
        page = self.open()
        first = self.picture(page)
        number = page.evaluate("glassbox.run.number")
        page.fill("#prompt", "a red circle to the left of a blue square")
        page.press("#prompt", "Enter")
        self.wait_until_drawn(page, after=number)
        self.assertGreater(largest_difference(first, self.picture(page)), 50)
        page.click("[aria-label='One step back']")
        self.assertIn("step 24 of 25", page.inner_text("#caption"))
        page.locator("#steps button").nth(3).click()
        self.assertIn("step 4 of 25", page.inner_text("#caption"))
        self.assertIn("step=3", page.url)
        page.click("[aria-label='Play the steps']")
        page.wait_for_function("glassbox.step > 5")
        page.click("[aria-label='Stop']")

    def test_looks_inside_every_kind(self):
        page = self.open("steps=5")
        for path, kind in kinds.items():
            with self.subTest(path):
                page.evaluate("path => glassbox.set({at: path, show: null, pixel: null})", path)
                page.wait_for_function("path => document.querySelector('.head .path')?.textContent === path", arg=path)
                self.assertEqual(page.inner_text(".head .kind"), kind)
                self.assertGreater(page.locator("canvas.tensor").count(), 0)
                self.assertGreater(page.locator(".source .here").count(), 3)
                self.assertIn("::forward(", page.locator(".source .here").first.inner_text())
                if kind not in ("CLIPEncoderLayer",):
                    self.assertGreater(page.locator(".formula math").count(), 0)

    def test_clicks_a_block_and_its_steps(self):
        page = self.open("steps=5")
        page.click("[data-path='unet.down_blocks.0.resnets.1']")
        page.wait_for_function("document.querySelector('.head .path')?.textContent === 'unet.down_blocks.0.resnets.1'")
        names = page.locator(".inside li button:first-child").all_inner_texts()
        self.assertEqual(names, ["norm1", "silu", "conv1", "time", "+ time", "norm2", "silu", "conv2", "sum"])
        for name, line in [("norm1", "norm1.forward"), ("time", "time_emb_proj->forward"), ("+ time", "h = h + t"), ("conv2", "conv2.forward")]:
            page.locator(".inside button", has_text=name).filter(has_text=name).first.click()
            page.wait_for_function("line => [...document.querySelectorAll('.source .lit')].some(row => row.textContent.includes(line))", arg=line)
        page.click("[aria-label='Open unet.down_blocks.0.resnets.1.conv1']")
        page.wait_for_function("document.querySelector('.head .path')?.textContent.endsWith('conv1')")

    def test_sum_behind_a_pixel(self):
        page = self.open("steps=5")
        for path, pixel in [("unet.conv_in", "7,0,15"), ("unet.down_blocks.0.downsamplers.0.conv", "3,2,5"), ("unet.up_blocks.0.resnets.0.conv_shortcut", "9,1,1"),
                            ("unet.mid_block.attentions.0.proj_in", "5,2,3"), ("unet.time_embedding.linear_1", "0,0,11"), ("vae.decoder.conv_in", "2,8,8")]:
            with self.subTest(path):
                page.evaluate("([path, pixel]) => glassbox.set({at: path, show: null, pixel: pixel.split(',').map(Number)})", [path, pixel])
                page.wait_for_function("path => document.querySelector('.head .path')?.textContent === path && document.querySelector('.sum tfoot')", arg=path)
                rows = [float(text.replace("−", "-")) for text in page.locator(".sum tfoot .value").all_inner_texts()]
                total, textbook, fast = rows
                scale = max(1.0, abs(total))
                self.assertAlmostEqual(total, textbook, delta=2e-6 * scale)
                self.assertAlmostEqual(total, fast, delta=2e-5 * scale)

    def test_hovers_a_number(self):
        page = self.open("steps=5&at=unet.conv_in")
        page.wait_for_selector("canvas.tensor")
        page.locator("canvas.tensor").scroll_into_view_if_needed()
        page.hover("canvas.tensor", position={"x": 12, "y": 12})
        self.assertRegex(page.inner_text(".readout"), r"channel 0, row \d+, column \d+")
        page.click("canvas.tensor", position={"x": 12, "y": 12})
        page.wait_for_selector(".sum")
        self.assertIn("pixel=0", page.url)

    def test_attention_both_ways(self):
        page = self.open("panel=attention&steps=8&prompt=a+red+circle+to+the+left+of+a+blue+square")
        page.wait_for_selector("#words button")
        words = page.locator("#words button").all_inner_texts()
        self.assertEqual(words[1:-1], ["a", "red", "circle", "to", "the", "left", "of", "a", "blue", "square"])
        page.locator("#words button", has_text="circle").hover()
        self.assertTrue(page.locator("#heat").is_visible())
        page.hover("#canvas", position={"x": 60, "y": 140})
        shares = page.evaluate("[...document.querySelectorAll('#words button')].map(b => Number(b.style.getPropertyValue('--share')))")
        self.assertGreater(max(shares[1:-1]), 0.9)
        # All weights of one place sum to 1.
        total = page.evaluate("""async () => {
          const t = await glassbox.model.call('tensor', 'attention/unet.mid_block.attentions.0.transformer_blocks.0.attn2');
          return Array.from(t.data.subarray(0, 77)).reduce((a, b) => a + b, 0);
        }""")
        self.assertAlmostEqual(total, 1, places=5)
        page.get_by_role("button", name="to other places").click()
        page.wait_for_selector("text=Self-attention: hover")
        page.hover("#canvas", position={"x": 200, "y": 100})
        self.assertTrue(page.locator("#heat").is_visible())

    def test_cuts_a_skip_and_mends_it(self):
        page = self.open()
        whole = self.picture(page)
        number = page.evaluate("glassbox.run.number")
        page.locator("[data-skip='6']").focus()
        page.keyboard.press("Enter")
        number = self.wait_until_drawn(page, after=number)
        self.assertGreater(largest_difference(whole, self.picture(page)), 20)
        self.assertTrue(page.locator("[data-skip='6']").evaluate("e => e.classList.contains('muted')"))
        self.assertIn("skips=6", page.url)
        page.locator("[data-skip='6']").focus()
        page.keyboard.press("Enter")
        self.wait_until_drawn(page, after=number)
        self.assertEqual(self.picture(page), whole)

    def test_questions(self):
        page = self.open("steps=8")
        whole = self.picture(page)
        page.get_by_role("button", name="What is this U?").click()
        self.assertIn("left arm", page.inner_text("#answer"))
        page.get_by_role("button", name="Where does the text come in?").click()
        self.assertIn("blue dots", page.inner_text("#answer"))
        number = page.evaluate("glassbox.run.number")
        page.get_by_role("button", name="What happens without the skips?").click()
        number = self.wait_until_drawn(page, after=number)
        self.assertGreater(largest_difference(whole, self.picture(page)), 50)
        # Both pictures stand beside the answer, and the skips come back.
        page.wait_for_function(small, arg=1)
        self.assertEqual(bytes(page.evaluate(f"({small})(0)")), whole)
        self.assertEqual(bytes(page.evaluate(f"({small})(1)")), self.picture(page))
        page.get_by_role("button", name="Put the skips back").click()
        number = self.wait_until_drawn(page, after=number)
        self.assertEqual(self.picture(page), whole)
        self.assertEqual(page.inner_text("#answer"), "")

    def test_all_skips_are_cut_where_one_was(self):
        page = self.open("steps=4&skips=6")
        number = page.evaluate("glassbox.run.number")
        page.get_by_role("button", name="What happens without the skips?").click()
        # One run with all skips, one without them.
        number = self.wait_until_drawn(page, after=number + 1)
        self.assertEqual(page.evaluate("glassbox.run.options.knobs.mute_skip.length"), 9)
        # The next question puts them back.
        page.get_by_role("button", name="Where does the text come in?").click()
        number = self.wait_until_drawn(page, after=number)
        self.assertEqual(page.evaluate("glassbox.run.options.knobs.mute_skip.length"), 0)
        # Another prompt: the pair was of the old one.
        page.get_by_role("button", name="What happens without the skips?").click()
        number = self.wait_until_drawn(page, after=number)
        self.assertEqual(page.locator("#answer .pair").count(), 1)
        page.fill("#prompt", "a green heart on a white background")
        page.press("#prompt", "Enter")
        self.wait_until_drawn(page, after=number)
        self.assertEqual(page.locator("#answer .pair").count(), 0)

    def test_mistakes_and_the_quiz(self):
        page = self.open("panel=break&steps=8")
        whole = self.picture(page)
        for name in page.evaluate("import('./mistakes.js').then(m => m.visible)"):
            with self.subTest(name):
                number = page.evaluate("glassbox.run.number")
                page.evaluate("name => { glassbox.set({mistake: name}, {draw: true}); }", name)
                self.wait_until_drawn(page, after=number)
                self.assertGreater(largest_difference(whole, self.picture(page)), 10)
        number = page.evaluate("glassbox.run.number")
        page.evaluate("glassbox.set({mistake: null}, {draw: true}) && 0")
        self.wait_until_drawn(page, after=number)
        self.assertEqual(self.picture(page), whole)
        page.get_by_role("button", name="Draw with a hidden mistake").click()
        page.wait_for_selector(".answers button")
        page.locator(".answers button").first.click()
        self.assertEqual(page.locator(".answers .right").count(), 1)

    def test_compares_two_runs(self):
        page = self.open("panel=compare&steps=6")
        page.click("#keep")
        page.wait_for_selector("text=Both runs have the same options")
        number = page.evaluate("glassbox.run.number")
        page.evaluate("glassbox.set({skips: [4]}, {draw: true}) && 0")
        self.wait_until_drawn(page, after=number)
        page.wait_for_selector(".list tr")
        # In the last step everything differs: the samples do. In the first, only what is behind the cut.
        page.evaluate("glassbox.set({step: 0}) && 0")
        page.wait_for_selector("text=in step 1,")
        rows = {row.split("\t")[0]: float(row.split("\t")[1]) for row in page.locator(".list tr").all_inner_texts()}
        self.assertEqual(rows["up_blocks.1.attentions.0"], 0)
        self.assertGreater(rows["up_blocks.1.resnets.1"], 0)
        self.assertIn("the first is unet.up_blocks.1.resnets.1", page.inner_text("#panel"))

    def test_deep_link(self):
        page = self.open("prompt=a+green+heart+on+a+white+background&seed=3&steps=6&step=2&at=unet.conv_out&pixel=1,4,5")
        page.wait_for_selector(".sum")
        self.assertEqual(page.input_value("#prompt"), "a green heart on a white background")
        self.assertIn("step 3 of 6", page.inner_text("#caption"))
        self.assertIn("channel 1, row 4, column 5", page.inner_text(".sum h4"))

    def test_published_model_to_the_same_scale(self):
        page = self.open("steps=3")
        page.get_by_role("radio", name="SDXL").click()
        page.wait_for_function("glassbox.network.parts[0].channels === 320")
        page.hover("[data-path='unet.mid_block.attentions.0']")
        self.assertIn("1280 channels of 32 × 32", page.inner_text("#hint"))
        page.click("[data-path='unet.mid_block.attentions.0']")
        page.wait_for_selector("text=million multiply-adds")
        page.get_by_role("radio", name="its refiner").click()
        page.wait_for_function("glassbox.network.layout.rows.length === 4")

    def test_takes_it_along(self):
        page = self.open("panel=along&steps=6&skips=1&seed=9")
        texts = page.locator("pre.copy").all_inner_texts()
        self.assertIn("--mute-skip 1", texts[0])
        self.assertIn("--seed 9", texts[0])
        self.assertRegex(texts[1], r"^at unet\S+ step 5$")
        self.assertIn("skips=1", texts[3])

    def test_timestep_of_one_step(self):
        page = self.open("steps=6&step=3&at=unet.time_embedding")
        page.wait_for_selector("canvas.tensor")
        read = "(async () => { await glassbox.look(); return Array.from((await glassbox.model.call('tensor', 'unet.time_embedding')).data.slice(0, 5)); })()"
        own = page.evaluate(read)
        page.evaluate("glassbox.set({timestep: 900}) && 0")
        self.assertNotEqual(page.evaluate(read), own)
        page.evaluate("glassbox.set({timestep: null}) && 0")
        self.assertEqual(json.dumps(page.evaluate(read)), json.dumps(own))


if __name__ == "__main__":
    unittest.main()
