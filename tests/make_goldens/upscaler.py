"""Goldens of ESRGAN's RRDBNet: tiny ones, their outputs, and the names of one of them in two other namings.

    python upscaler.py

The reference is written here from the papers' formulas (arXiv 1809.00219, section 3.1; 2107.10833, section 3.5).
Writes tests/goldens/upscalers/<name>.safetensors by the published files' names, and upscaler_x4.safetensors and
upscaler_x2.safetensors: an image, and the outputs of all modules; in the metadata the names that ESRGAN and BSRGAN have
for the tensors.
"""

import json

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from golden import GOLDENS, randomise, record, write

FEATURES, GROWTH, BLOCKS = 4, 3, 2


def conv(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1)


def lrelu(x):
    return functional.leaky_relu(x, 0.2)


class DenseBlock(nn.Module):
    def __init__(self):
        super().__init__()
        for k in range(1, 6):
            self.add_module(f"conv{k}", conv(FEATURES + (k - 1) * GROWTH, GROWTH if k < 5 else FEATURES))

    def forward(self, x):
        seen = [x]
        for k in range(1, 5):
            seen.append(lrelu(self.get_submodule(f"conv{k}")(torch.cat(seen, 1))))
        return x + 0.2 * self.conv5(torch.cat(seen, 1))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = DenseBlock(), DenseBlock(), DenseBlock()

    def forward(self, x):
        return x + 0.2 * self.rdb3(self.rdb2(self.rdb1(x)))


class Net(nn.Module):
    def __init__(self, shuffle=1):
        super().__init__()
        self.shuffle = shuffle
        self.conv_first = conv(3 * shuffle**2, FEATURES)
        self.body = nn.ModuleList(Block() for _ in range(BLOCKS))
        self.conv_body = conv(FEATURES, FEATURES)
        self.conv_up1, self.conv_up2 = conv(FEATURES, FEATURES), conv(FEATURES, FEATURES)
        self.conv_hr, self.conv_last = conv(FEATURES, FEATURES), conv(FEATURES, 3)

    def forward(self, x):
        h = self.conv_first(functional.pixel_unshuffle(x, self.shuffle))
        y = h
        for block in self.body:
            y = block(y)
        h = h + self.conv_body(y)
        for conv_up in (self.conv_up1, self.conv_up2):
            h = lrelu(conv_up(h.repeat_interleave(2, 2).repeat_interleave(2, 3)))
        return self.conv_last(lrelu(self.conv_hr(h)))


def esrgan_name(name):
    """The oldest naming: places in a list of layers."""
    layer, end = name.rsplit(".", 1)
    last = 6  # the second doubling
    places = {"conv_first": "0", "conv_body": f"1.sub.{BLOCKS}", "conv_hr": f"{last + 2}", "conv_last": f"{last + 4}"}
    places |= {"conv_up1": "3", "conv_up2": "6"}
    if layer.startswith("body."):
        _, block, dense, inner = layer.split(".")
        places[layer] = f"1.sub.{block}.{dense.upper()}.{inner}.0"
    return f"model.{places[layer]}.{end}"


def bsrgan_name(name):
    ends = {"conv_body": "trunk_conv", "conv_up1": "upconv1", "conv_up2": "upconv2", "conv_hr": "HRconv"}
    layer, end = name.rsplit(".", 1)
    return f"{ends.get(layer, layer).replace('body', 'RRDB_trunk').replace('rdb', 'RDB')}.{end}"


def save(name, net, named=lambda key: key):
    folder = GOLDENS / "upscalers"
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.safetensors"
    save_file({named(key): value.half() for key, value in net.state_dict().items()}, path)
    path.chmod(0o644)
    print(f"upscalers/{path.name}: {path.stat().st_size / 1024:.0f} KB")


def golden(name, net, height, width, **metadata):
    x = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(72))
    x = (x * 255).round() / 255
    write(f"upscaler_{name}", __file__, inputs={"x": x}, outputs=record(net, lambda: net(x)), **metadata)


def main():
    x4 = randomise(Net(), 71)
    save("real_esrgan_x4", x4, lambda key: f"params_ema.{key}")
    names = list(x4.state_dict())
    namings = {"esrgan": {name: esrgan_name(name) for name in names}, "bsrgan": {name: bsrgan_name(name) for name in names}}
    golden("x4", x4, 5, 7, namings=json.dumps(namings))
    x2 = randomise(Net(shuffle=2), 73)
    save("real_esrgan_x2", x2)
    golden("x2", x2, 6, 8)


if __name__ == "__main__":
    main()
