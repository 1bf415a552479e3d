import glassbox
from pathlib import Path


def of_solution():
    import importlib.util

    path = Path(__file__).parents[1] / "solutions" / "book_09.py"
    spec = importlib.util.spec_from_file_location("solution_09", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_parameters(answers, glass):
    tiny = {"channels": (48, 80, 128), "depths": (0, 1, 2), "text": 160, "added": 288}
    built = sum(array.size for array in glass.unet.state_dict().values())
    for what, given, expected in (("SDXL base", {}, 2_567_463_684), ("the tiny model", tiny, built)):
        found = answers.parameters(**given)
        assert found == expected, f"{what}: expected {expected:,}, got {found if found is None else format(found, ',')}"


def check_half(answers, glass):
    depths = tuple(answers.half())
    assert len(depths) == 3 and all(isinstance(d, int) and d >= 0 for d in depths), f"expected three depths, got {depths}"
    count = of_solution().parameters(depths=depths)
    assert 0.9e9 <= count <= 1.1e9, f"depths {depths} give {count:,} parameters"


def check_skip_shapes(answers, glass):
    rows = {row.path: row for row in glassbox.summary("sdxl-base", 768, 1280)}
    pushed = [skip[0] for skip in glassbox.skips(glass.unet)]
    expected = [tuple(rows[path].output[1:]) for path in pushed]
    found = [tuple(shape) for shape in answers.skip_shapes(96, 160)]
    assert found == expected, f"for latents of 96 x 160 expected {expected}, got {found}"
