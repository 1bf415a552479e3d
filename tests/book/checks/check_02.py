import glassbox
import numpy as np


def check_pixel(answers, glass):
    image = np.random.default_rng(2).standard_normal((4, 9, 7)).astype(np.float32)
    parameters = glass.unet.conv_in.state_dict()
    out = glass.unet.conv_in(image[None])[0]
    for place, o, y, x in (("the middle", 3, 4, 3), ("a corner", 0, 0, 0), ("the last row", 47, 8, 6)):
        found = answers.pixel(image, parameters["weight"], parameters["bias"], o, y, x)
        difference = abs(float(found) - float(out[o, y, x]))
        assert difference < 1e-6, f"{place}, channel {o}: expected {out[o, y, x]:.7f}, got {float(found):.7f}"


def check_softmax(answers, glass):
    for scores in ([2.0, 1.0, 0.0, -1.0], [1000.0, 999.0], [-1000.0, -1001.0, -1000.0]):
        scores = np.array(scores)
        e = np.exp(scores - scores.max())
        with np.errstate(all="ignore"):
            found = np.asarray(answers.softmax(scores.copy()))
        assert found.shape == scores.shape, f"expected {scores.shape}, got {found.shape}"
        assert np.allclose(found, e / e.sum(), atol=1e-9), f"{scores}: expected {e / e.sum()}, got {found}"


def check_group_norm(answers, glass):
    random = np.random.default_rng(3)
    norm = glassbox.GroupNorm(4, 12, eps=1e-5)
    weight, bias = random.standard_normal((2, 12)).astype(np.float32)
    norm.load_state_dict({"weight": weight, "bias": bias})
    for scale, what in ((3.0, "large numbers"), (1e-3, "numbers so small that eps matters")):
        x = (scale * random.standard_normal((12, 5, 3)) + scale).astype(np.float32)
        found = np.asarray(answers.group_norm(x, 4, weight, bias, 1e-5))
        assert found.shape == x.shape, f"expected {x.shape}, got {found.shape}"
        worst = np.abs(found - norm(x[None])[0]).max()
        assert worst < 1e-5, f"{what}: the largest difference is {worst:.2g}; is the variance divided by the count?"
