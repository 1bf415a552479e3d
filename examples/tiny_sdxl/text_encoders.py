"""Both text encoders, pretrained with images by contrastive learning as CLIP, then frozen, as in SDXL.

A small convolutional tower encodes the images' latents; in a batch, the loss pairs each caption with its image. The
tower is not kept.
"""

import torch
from torch import nn
from torch.nn import functional as F
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from data.tokenizer import train_tokenizer
from latents import load_latents
from presets import SQUARE, Stage
from training import Run, make_optimisers


def make_text_encoder(kind, tokenizer, width, preset, act):
    return kind(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=4 * width,
            projection_dim=width,
            num_hidden_layers=preset.text_layers,
            num_attention_heads=width // 32,
            hidden_act=act,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def text_transformer(encoder):
    return getattr(encoder, "text_model", encoder)


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(
            nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1),
            nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1),
        )  # fmt: skip

    def forward(self, x):
        return x + self.body(x)


class ImageTower(nn.Module):
    """Latents (N, 4, 16, 16) → one vector for each encoder; positions are kept to the last layer."""

    def __init__(self, widths, inner=96):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(4, inner, 4, stride=2, padding=1), Residual(inner), Residual(inner),
            nn.Conv2d(inner, inner, 4, stride=2, padding=1), Residual(inner),
            nn.GroupNorm(8, inner), nn.SiLU(), nn.Flatten(),
        )  # fmt: skip
        self.heads = nn.ModuleList(nn.Linear(16 * inner, width) for width in widths)

    def forward(self, x):
        h = self.body(x)
        return [F.normalize(head(h), dim=-1) for head in self.heads]


class TextTower(nn.Module):
    """The two encoders and, for the first, a projection that only this training needs."""

    def __init__(self, tokenizer, preset):
        super().__init__()
        first, second = preset.text_widths
        self.encoder = make_text_encoder(CLIPTextModel, tokenizer, first, preset, "quick_gelu")
        self.encoder_2 = make_text_encoder(CLIPTextModelWithProjection, tokenizer, second, preset, "gelu")
        self.projection = nn.Linear(first, first, bias=False)
        self.log_scale = nn.Parameter(torch.tensor([2.6, 2.6]))

    def forward(self, ids):
        first = self.projection(self.encoder(ids).pooler_output)
        return [F.normalize(x, dim=-1) for x in (first, self.encoder_2(ids).text_embeds)]


def contrastive_loss(text, image, scale):
    """InfoNCE both ways."""
    scores = scale * text @ image.T
    right = torch.arange(len(scores), device=scores.device)
    return (F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)) / 2


@torch.no_grad()
def first_hits(texts, tower, ids, latents, batch):
    """The share of captions that are nearest to their own image among `batch`, for each encoder."""
    ids, latents = ids[:batch], latents[:batch]
    hits = [(t @ p.T).argmax(1) == torch.arange(len(t), device=t.device) for t, p in zip(texts(ids), tower(latents))]
    return [hit.float().mean().item() for hit in hits]


@torch.no_grad()
def scale_residual_stream(encoder, ids):
    """Brings the penultimate hidden states, the UNet's context, to deviation 1 without changing what comes out.

    Every layer begins with a norm, so the stream's scale is free: whatever adds to it is scaled alike. A context of
    deviation 10 would drive the UNet's cross-attention to one token from the first step on, where nothing is learned.
    """
    factor = 1 / encoder(ids, output_hidden_states=True).hidden_states[-2].std()
    transformer = text_transformer(encoder)
    transformer.embeddings.token_embedding.weight.mul_(factor)
    transformer.embeddings.position_embedding.weight.mul_(factor)
    for layer in transformer.encoder.layers:
        for linear in (layer.self_attn.out_proj, layer.mlp.fc2):
            linear.weight.mul_(factor)
            linear.bias.mul_(factor)


def token_ids(tokenizer, captions, tokens=77):
    return tokenizer(captions, padding="max_length", max_length=tokens, truncation=True, return_tensors="pt").input_ids


def load_text(folder, device):
    """(tokenizer, encoder, encoder 2) as train_text_encoders left them, frozen."""
    encoder = CLIPTextModel.from_pretrained(folder / "text_encoder").eval().requires_grad_(False).to(device)
    encoder_2 = CLIPTextModelWithProjection.from_pretrained(folder / "text_encoder_2")
    encoder_2 = encoder_2.eval().requires_grad_(False).to(device)
    return CLIPTokenizer.from_pretrained(folder / "tokenizer"), encoder, encoder_2


def train_text_encoders(preset, folder, device, minutes=None):
    """Writes folder/tokenizer, text_encoder and text_encoder_2, float32."""
    tokenizer = train_tokenizer(folder / "tokenizer")
    data = load_latents(preset, folder, device, Stage("square", (SQUARE,), 0, 0), preset.unet_images)
    bucket, captions = data.buckets[0], data.captions[0]
    ids = token_ids(tokenizer, captions, tokens=32).to(device)
    torch.manual_seed(1)
    texts = TextTower(tokenizer, preset).to(device)
    tower = ImageTower(preset.text_widths).to(device)
    parts, optimisers = {"texts": texts, "tower": tower}, make_optimisers([texts, tower], 0.02)
    run = Run(folder, "text_encoders", preset.text_steps, parts, optimisers, minutes, device=device)
    held_out = min(512, len(ids) // 4)
    for step, generator in run:
        pick = held_out + torch.randint(len(ids) - held_out, (preset.text_batch,), generator=generator, device=device)
        with torch.autocast(device, torch.bfloat16, enabled=preset.bf16):
            pairs = zip(texts(ids[pick]), tower(bucket.sample(pick, generator)), texts.log_scale.exp())
            loss = sum(contrastive_loss(text, image, scale) for text, image, scale in pairs)
        run.learn(loss)
    texts.eval()
    every = torch.arange(held_out, device=device)
    hits = first_hits(texts, tower, ids[:held_out], bucket.sample(every, torch.Generator(device)), 256)
    print(f"text encoders: {hits[0]:.2f} and {hits[1]:.2f} of held-out captions find their image of 256", flush=True)
    for name, encoder in (("text_encoder", texts.encoder), ("text_encoder_2", texts.encoder_2)):
        scale_residual_stream(encoder, ids[:64])
        encoder.save_pretrained(folder / name)
