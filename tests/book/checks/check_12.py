import importlib.util
from pathlib import Path

import glassbox


def check_run_stack(answers, glass):
    skips = glassbox.skips(glass.unet)
    events = [("push", a) for a, _, _ in skips] + [("pop", b) for _, b, _ in reversed(skips)]
    assert answers.run_stack(events) == {b: a for a, b, _ in skips}, "the events of the UNet: the newest is popped first"
    for wrong in ([("pop", "up")], [("push", "down")]):
        try:
            answers.run_stack(wrong)
        except ValueError:
            continue
        raise AssertionError(f"{wrong}: expected a ValueError")


def check_resnet_inputs(answers, glass):
    for channels, unet in (((48, 80, 128), glass.unet), ((320, 640, 1280), None)):
        found = list(answers.resnet_inputs(channels))
        if unet:
            expected = [unet.up_blocks[i].resnets[j].conv1.state_dict()["weight"].shape[1] for i in range(3) for j in range(3)]
        else:
            expected = [2560, 2560, 1920, 1920, 1280, 960, 960, 640, 640]
        assert found == expected, f"channels {channels}: expected {expected}, got {found}"


def check_least(answers, glass):
    spec = importlib.util.spec_from_file_location("solution_12", Path(__file__).parents[1] / "solutions" / "book_12.py")
    solution = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(solution)
    found = answers.least(glass)
    assert isinstance(found, int) and found == solution.least(glass), f"another skip changes the latents less than {found}"
