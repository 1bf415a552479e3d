"""Goldens of the simple layers: torch's Linear, Conv2d, GroupNorm, LayerNorm and Embedding."""

import torch

from golden import randomise, record, write

SEED = 5


def layer(name, module, x):
    randomise(module, SEED)
    outputs = record(module, lambda: module(x))
    write(name, __file__, weights=module.state_dict(), inputs={"x": x}, outputs=outputs, seed=SEED)


if __name__ == "__main__":
    torch.manual_seed(SEED)
    faint = 0.01 * torch.randn(2, 12, 5, 7)  # variance 1e-4: a wrong epsilon moves the second digit
    layer("linear", torch.nn.Linear(7, 5), torch.randn(2, 3, 7))
    layer("linear_without_bias", torch.nn.Linear(7, 5, bias=False), torch.randn(2, 3, 7))
    layer("conv2d_1x1", torch.nn.Conv2d(12, 5, 1), faint)
    layer("conv2d_3x3", torch.nn.Conv2d(12, 5, 3, padding=1), faint)
    layer("conv2d_3x3_stride_2", torch.nn.Conv2d(12, 5, 3, stride=2, padding=1), faint)
    right_and_bottom = torch.nn.functional.pad(faint, (0, 1, 0, 1))
    layer("conv2d_3x3_stride_2_padded", torch.nn.Conv2d(12, 5, 3, stride=2), right_and_bottom)
    layer("group_norm_1e-5", torch.nn.GroupNorm(3, 12, eps=1e-5), faint)
    layer("group_norm_1e-6", torch.nn.GroupNorm(3, 12, eps=1e-6), faint)
    layer("layer_norm", torch.nn.LayerNorm(7, eps=1e-5), faint)
    layer("embedding", torch.nn.Embedding(11, 6), torch.tensor([[0, 10, 3], [5, 5, 1]]))
