"""torch's float8 numbers: all 256 codes of each format as float32, and float64 numbers rounded to float32.

Writes tests/goldens/float8.safetensors: e4m3 and e5m2, f64, and each NAME as NAME_as_float32.
"""

import torch
from safetensors.torch import save_file

from golden import GOLDENS

codes = torch.arange(256, dtype=torch.uint8)
tensors = {
    "e4m3": codes.clone().view(torch.float8_e4m3fn),
    "e5m2": codes.clone().view(torch.float8_e5m2),
    "f64": torch.tensor([0.1, -1 / 3, 1e300, -1e-300, 1 + 2**-24, 1 + 3 * 2**-24, 1e-40, 0.0, -0.0], dtype=torch.float64),
}
tensors |= {f"{name}_as_float32": x.to(torch.float32) for name, x in tensors.items()}
save_file(tensors, GOLDENS / "float8.safetensors", metadata={"torch": torch.__version__, "script": "float8.py"})
