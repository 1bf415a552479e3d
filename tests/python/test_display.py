"""What a notebook shows: progress, models that fold, arrays as tiles, reports."""

import base64
import io
import re
from html.parser import HTMLParser

import glassbox
import numpy as np
import pytest
from conftest import PROMPT
from PIL import Image


class Tags(HTMLParser):
    """The names of the tags in order. Fails for a tag that is closed and was not the last one opened."""

    def __init__(self, html):
        super().__init__()
        self.opened, self.seen, self.attributes, self.text = [], [], [], ""
        self.feed(html)
        assert self.opened == []

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.attributes.append(dict(attributes))
        if tag not in ("br", "img"):
            self.opened.append(tag)

    def handle_endtag(self, tag):
        assert self.opened.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def bars(monkeypatch):
    """The progress bars that were made, as tqdm has them."""
    import tqdm.auto

    made = []

    class Bar(tqdm.auto.tqdm):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, file=io.StringIO(), **kwargs)
            self.is_closed = False
            made.append(self)

        def close(self):
            super().close()
            self.is_closed = True

    monkeypatch.setattr(tqdm.auto, "tqdm", Bar)
    return made


def test_progress_counts_the_steps(glass, bars):
    glass(PROMPT, steps=4, seed=1, progress=True, output_type="latent")
    image = Image.new("RGB", (128, 128))
    glass.image_to_image(PROMPT, image=image, strength=0.5, steps=4, seed=1, progress=True, output_type="latent")
    assert [(bar.n, bar.total, bar.is_closed) for bar in bars] == [(4, 4, True), (2, 2, True)]
    glass(PROMPT, steps=1, seed=1, output_type="latent")
    assert len(bars) == 2


def test_progress_of_a_run_that_stops(glass, bars):
    def stop(pipe, i, t, given):
        if i == 2:
            raise KeyError("stop")

    with pytest.raises(KeyError):
        glass(PROMPT, steps=5, seed=1, progress=True, callback_on_step_end=stop)
    assert [(bar.n, bar.total, bar.is_closed) for bar in bars] == [(2, 5, True)]


def test_progress_without_tqdm(glass, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match="progress: expected the package tqdm"):
        glass(PROMPT, steps=1, progress=True)


def test_previews_are_pictures_of_each_step(glass):
    previews = []
    glass(PROMPT, steps=3, seed=1, preview=lambda step, image: previews.append((step, image)), output_type="latent")
    assert [step for step, _ in previews] == [0, 1, 2]
    assert all(isinstance(image, Image.Image) and image.size == (16, 16) for _, image in previews)


def test_a_model_folds(glass):
    tags = Tags(glass.unet._repr_html_())
    modules = dict(glass.unet.named_modules())
    assert tags.seen.count("details") == sum(1 for module in modules.values() if module.children)
    assert tags.seen.count("div") == sum(1 for module in modules.values() if not module.children)
    is_open = ["open" in given for tag, given in zip(tags.seen, tags.attributes) if tag == "details"]
    assert is_open[0] and not any(is_open[1:])
    assert "unet: UNet2DConditionModel" in tags.text and "conv_in: Conv2d(in_channels=4" in tags.text
    assert "weight (48, 4, 3, 3)" in tags.text
    assert Tags(glass._repr_html_()).text.count("CLIPTextModel") == 2


def picture_in(html):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^']*)'", html)[1]))))


def test_an_array_shows_statistics_and_channels():
    x = np.zeros((2, 10, 4, 6), np.float32)
    x[0, 0, 0, 0], x[0, 9, 3, 5] = 2, -1
    html = glassbox.show(x)._repr_html_()
    tags = Tags(html)
    assert tags.seen == ["code", "br", "img"]
    assert tags.text == "(2, 10, 4, 6)  mean 0.002083  std 0.102  min -1  max 2"
    pixels = picture_in(html)
    factor = 96 // 6
    assert pixels.shape == (2 * (4 * factor + 2), 8 * (6 * factor + 2), 4)  # two rows of eight, and of two channels
    assert pixels[0, 0].tolist() == [255, 0, 0, 255]  # the largest: red
    assert pixels[factor, factor].tolist() == [255, 255, 255, 255]  # 0
    last = pixels[4 * factor + 2 + 4 * factor - 1, 6 * factor + 2 + 6 * factor - 1]
    assert last.tolist() == [128, 128, 255, 255]  # half of the largest, below 0: half blue
    assert pixels[4 * factor, 0, 3] == 0 and pixels[-3, -3, 3] == 0  # the frame, and no channel


@pytest.mark.parametrize("x, text", [
    (np.full((2, 2), np.nan), "(2, 2)  mean nan"), (np.zeros((0, 3, 4)), "(0, 3, 4), empty"),
    (np.arange(3.0), "(3,)  mean 1"), (np.float32(7), "()  mean 7"),
])  # fmt: skip
def test_an_array_without_a_picture(x, text):
    tags = Tags(np.asarray(x).view(glassbox.Tensor)._repr_html_())
    assert tags.seen == ["code"] and tags.text.startswith(text)


def test_zeros_and_large_arrays_have_pictures():
    assert (picture_in(glassbox.show(np.zeros((3, 5)))._repr_html_())[0, 0] == 255).all()
    assert picture_in(glassbox.show(np.ones((1, 64, 128, 128)))._repr_html_()).shape == (2 * 130, 8 * 130, 4)


def test_a_report_as_a_table(fresh, glass):
    unet = fresh("unet")
    unet.mid_block.resnets[0].norm1.eps = 1e-2
    report = glassbox.replay(unet, glass.unet)
    tags = Tags(report._repr_html_())
    assert tags.seen.count("tr") == 51  # a head and the worst fifty
    assert "first divergence at unet.mid_block.resnets.0.norm1: wrong constant" in tags.text
    pytest.importorskip("pandas")
    table = report.to_dataframe()
    assert len(table) == len(report.rows) == len(set(table.path))
    assert table.loc[table.relative.idxmax(), "path"] == "unet.mid_block.resnets.0.norm1"
