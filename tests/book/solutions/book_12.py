import glassbox
import numpy as np


def run_stack(events):
    stack, found = [], {}
    for kind, who in events:
        if kind == "push":
            stack.append(who)
        elif stack:
            found[who] = stack.pop()
        else:
            raise ValueError(f"{who} pops a skip, but none is left")
    if stack:
        raise ValueError(f"{len(stack)} skips were never used")
    return found


def resnet_inputs(channels=(320, 640, 1280)):
    skips = [channels[0]]
    for level, c in enumerate(channels):
        skips += [c, c] + ([c] if level < len(channels) - 1 else [])
    found, h = [], channels[-1]
    for c in reversed(channels):
        for _ in range(3):
            found.append(h + skips.pop())
            h = c
    return found


def least(glass):
    def draw(*muted):
        with glassbox.mute_skips(glass.unet, list(muted)):
            return glass("a large yellow star on a blue background", seed=7, num_inference_steps=25, guidance_scale=4,
                         output_type="latent").latents

    whole = draw()
    return int(np.argmin([np.linalg.norm(draw(k) - whole) for k in range(9)]))
