import glassbox
import numpy as np

PROMPT = "a large yellow star on a blue background"


def check_sinusoid(answers, glass):
    for t, d in ((0, 8), (1, 320), (561, 48), (1024, 256)):
        w = np.exp(-np.log(10000.0) * np.arange(d // 2) / (d // 2))
        expected = np.concatenate([np.cos(w * t), np.sin(w * t)])
        found = np.asarray(answers.sinusoid(t, d), float)
        assert found.shape == (d,), f"sinusoid({t}, {d}): expected {d} numbers, got {found.shape}"
        assert np.abs(found - expected).max() < 1e-4, f"sinusoid({t}, {d}) begins with {expected[:3]}, got {found[:3]}; cosines come first"


def check_vector(answers, glass):
    with glassbox.record("unet.add_embedding.linear_1", inputs=True) as seen:
        glass(PROMPT, seed=1, num_inference_steps=1, guidance_scale=4, output_type="latent", original_size=(96, 200),
              crops_coords_top_left=(8, 40), target_size=(128, 160))
    expected = seen.inputs["unet.add_embedding.linear_1"][0]["x"][1]
    found = np.asarray(answers.vector(expected[:96], (96, 200), (8, 40), (128, 160)), float)
    assert found.shape == (288,), f"expected 288 numbers, got {found.shape}"
    wrong = np.nonzero(np.abs(found - expected) > 1e-4)[0]
    assert len(wrong) == 0, f"the first number that differs is number {wrong[0]}, in size {(wrong[0] - 96) // 32 + 1} of 6"


def check_moves(answers, glass):
    found = answers.moves(glass)
    assert isinstance(found, dict) and set(found) == {0, 16, 32, 48, 64}, f"expected a dict with the keys 0, 16, 32, 48, 64, got {found!r}"
    for left in (0, 32, 64):
        image = glass(PROMPT, seed=1, num_inference_steps=25, guidance_scale=4, original_size=(128, 128 + left),
                      crops_coords_top_left=(0, left)).images[0]
        image = np.asarray(image).astype(float)
        x = np.nonzero(np.linalg.norm(image - np.median(image[0], 0), axis=-1) > 60)[1]
        expected = (x.mean() + 0.5) / 128
        assert abs(found[left] - expected) < 0.003, f"{left} columns: expected {expected:.3f}, got {found[left]:.3f}"
