"""What the tests share: the tiny model here and as a pipeline of diffusers."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import glassbox
import numpy as np
import pytest
import torch

diffusers = pytest.importorskip("diffusers")
PROMPT = "a large yellow star on a blue background"
torch.set_num_threads(2)


@pytest.fixture(scope="session")
def glass():
    return glassbox.open()


def _pipeline(**parts):
    pipe = diffusers.StableDiffusionXLPipeline.from_pretrained(glassbox.tiny_model(), torch_dtype=torch.float32,
                                                               add_watermarker=False, **parts)
    pipe.scheduler = diffusers.EulerDiscreteScheduler.from_config(pipe.scheduler.config)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.fixture(scope="session")
def pipe():
    return _pipeline()


@pytest.fixture
def draw(pipe):
    """Draws with diffusers: bytes (H, W, 3)."""

    def run(steps=3):
        generator = torch.Generator().manual_seed(1)
        image = pipe(PROMPT, num_inference_steps=steps, guidance_scale=4.0, generator=generator).images[0]
        return np.asarray(image).astype(int)

    return run


@pytest.fixture(scope="session")
def torch_picture(pipe):
    generator = torch.Generator().manual_seed(1)
    image = pipe(PROMPT, num_inference_steps=3, guidance_scale=4.0, generator=generator).images[0]
    return np.asarray(image).astype(int)


def relative(ours, theirs):
    """||ours - theirs|| / ||theirs||."""
    ours, theirs = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    return np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)


@pytest.fixture
def fresh(pipe):
    """A copy of a component of the pipeline, to plant a mistake in."""
    import copy

    return lambda component: copy.deepcopy(getattr(pipe, component)).eval()
