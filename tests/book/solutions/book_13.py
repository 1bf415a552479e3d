import numpy as np


def sinusoid(t, d):
    w = 10000.0 ** (-np.arange(d // 2) / (d // 2))
    return np.concatenate([np.cos(w * t), np.sin(w * t)])


def vector(pooled, original, crop, target):
    return np.concatenate([pooled, *(sinusoid(size, 32) for size in (*original, *crop, *target))])


def moves(glass):
    found = {}
    for left in (0, 16, 32, 48, 64):
        image = glass("a large yellow star on a blue background", seed=1, num_inference_steps=25, guidance_scale=4,
                      original_size=(128, 128 + left), crops_coords_top_left=(0, left)).images[0]
        image = np.asarray(image).astype(float)
        star = np.linalg.norm(image - np.median(image[0], 0), axis=-1) > 60
        found[left] = float((np.nonzero(star)[1].mean() + 0.5) / 128)
    return found
