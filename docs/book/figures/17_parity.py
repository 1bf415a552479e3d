"""The figures of chapter 17."""

import glassbox
import matplotlib.pyplot as plt
import numpy as np

WRONG = "unet.mid_block.resnets.0.norm1"


def run(glass, *watches):
    with glassbox.record("unet*") as seen:
        glass("a red ring", seed=7, num_inference_steps=1, guidance_scale=4, output_type="latent")
    for watch in watches:
        watch.remove()
    return {path: outputs[0].astype(float) for path, outputs in seen.items()}


def relative(y, r):
    return np.linalg.norm(y - r) / np.linalg.norm(r)


def axes_of(ink, paths):
    figure, axis = plt.subplots(figsize=(8, 3.2))
    axis.axhline(1e-5, color=ink.skips, lw=1, label="limit")
    ends = [i for i, path in enumerate(paths) if path.count(".") == 2 and "blocks" in path or path == "unet.mid_block"]
    axis.set_xticks(ends, [paths[i].removeprefix("unet.") for i in ends], rotation=45, ha="right", fontsize=8)
    axis.set_ylabel("relative error")
    axis.set_yscale("log")
    return figure, axis


def rounding(glass, ink):
    glassbox.set_backend("textbook")
    textbook = run(glass)
    glassbox.set_backend("fast")
    fast = run(glass)
    figure, axis = axes_of(ink, list(textbook))
    axis.plot([relative(fast[path], r) + 1e-9 for path, r in textbook.items()], ".", ms=4, color=ink.picture, label="accumulated")
    axis.set_ylim(1e-9, 1e-1)
    axis.legend(ncols=2)
    return figure


def planted(glass, ink):
    right = run(glass)

    def spoil(path, output):
        return output * np.float32(1.01)

    wrong = run(glass, glassbox.hook(WRONG, spoil))
    local = {}

    def force(path, output):  # the reference's output, in place of each one's own
        own = output * np.float32(1.01) if path == WRONG else output
        local[path] = relative(own.astype(float), right[path])
        return right[path].astype(np.float32)

    run(glass, glassbox.hook("unet*", force))
    paths = list(right)
    figure, axis = axes_of(ink, paths)
    axis.plot([relative(wrong[path], right[path]) + 1e-9 for path in paths], ".", ms=4, color=ink.time, label="accumulated")
    axis.plot([local[path] + 1e-9 for path in paths], ".", ms=4, color=ink.picture, label="local")
    axis.plot(paths.index(WRONG), local[WRONG], "o", ms=9, mfc="none", mec=ink.picture)
    axis.set_ylim(3e-10, 1e-1)
    axis.legend(ncols=3)
    return figure
