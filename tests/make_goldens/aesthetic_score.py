"""Golden of the aesthetic score: a tiny predictor behind the tiny image encoder of ip_adapter.py.

    python aesthetic_score.py

The predictor is linear layers with dropout between them, written from the names of the published file's tensors. Writes
tests/goldens/aesthetic_score.safetensors: its weights, an embedding and its outputs, and the scores of two images.
"""

import torch
from torch import nn

from golden import randomise, record, write
from ip_adapter import HIGH, WIDE, bytes_of, open_encoder, processor


class Predictor(nn.Module):
    def __init__(self):
        super().__init__()
        widths = (10, 7, 5, 4, 1)
        linear = [nn.Linear(i, o) for i, o in zip(widths, widths[1:])]
        self.layers = nn.Sequential(linear[0], nn.Dropout(0.2), linear[1], nn.Dropout(0.1), linear[2], linear[3])

    def forward(self, x):
        lengths = x.norm(dim=-1, keepdim=True)
        return self.layers(x / torch.where(lengths == 0, 1.0, lengths))


@torch.no_grad()
def main():
    predictor = randomise(Predictor(), 61)
    torch.manual_seed(62)
    x = torch.cat([3 * torch.randn(3, 10), torch.zeros(1, 10)])
    outputs = record(predictor, lambda: predictor(x))
    embeds = open_encoder()(processor()(images=[WIDE, HIGH], return_tensors="pt").pixel_values).image_embeds
    inputs = {"x": x, "wide": bytes_of(WIDE), "high": bytes_of(HIGH), "scores": predictor(embeds)}
    write("aesthetic_score", __file__, weights=predictor.state_dict(), inputs=inputs, outputs=outputs)


if __name__ == "__main__":
    main()
