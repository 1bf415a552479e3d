"""The golden of `sdxl parity`: what examples/parity/dump_diffusers.py keeps of a tiny model's one step.

    python parity.py

Writes tests/goldens/parity_dump.safetensors.
"""

import sys

from golden import GOLDENS

sys.path.insert(0, str(GOLDENS.parents[1] / "examples" / "parity"))

import dump_diffusers  # noqa: E402

path = GOLDENS / "parity_dump.safetensors"
sys.argv[1:] = [str(GOLDENS / "models" / "every_level_bf16"), str(path), "--component", "unet"]
sys.argv += ["--component", "text_encoder", "--steps", "1", "--guidance-scale", "1", "--height", "16", "--width", "24"]
sys.argv += ["--prompt", "a large red star", "--quiet"]
dump_diffusers.main()
path.chmod(0o644)
