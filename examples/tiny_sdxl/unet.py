"""The base in the paper's stages, and the refiner for the first 200 noise levels (sections 2.2, 2.3 and 2.5)."""

import torch
from diffusers import DDPMScheduler, UNet2DConditionModel

from latents import load_latents
from text_encoders import load_text, token_ids
from training import MeanOfWeights, Run, make_optimisers

TIME_EMBEDDING = 32  # width of each number's sinusoidal embedding
REFINER_LEVELS = 200
DROPPED_CAPTIONS = 0.1
SCHEDULE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}


def make_unet(widths, heads, depths, context, added, attention):
    """attention: for each level, whether it has cross-attention"""
    kinds = [("CrossAttnDownBlock2D", "CrossAttnUpBlock2D") if a else ("DownBlock2D", "UpBlock2D") for a in attention]
    return UNet2DConditionModel(
        sample_size=16,
        block_out_channels=widths,
        down_block_types=tuple(down for down, _ in kinds),
        up_block_types=tuple(up for _, up in reversed(kinds)),
        layers_per_block=2,
        transformer_layers_per_block=depths,
        attention_head_dim=heads,
        cross_attention_dim=context,
        use_linear_projection=True,
        norm_num_groups=8,
        addition_embed_type="text_time",
        addition_time_embed_dim=TIME_EMBEDDING,
        projection_class_embeddings_input_dim=added,
    )


def make_base(preset):
    first, second = preset.text_widths
    added = second + 6 * TIME_EMBEDDING
    attention = (False, True, True)
    return make_unet(preset.unet_widths, preset.unet_heads, preset.unet_depths, first + second, added, attention)


def make_refiner(preset):
    second = preset.text_widths[1]
    added = second + 5 * TIME_EMBEDDING
    heads = tuple(max(1, width // 24) for width in preset.refiner_widths)
    return make_unet(preset.refiner_widths, heads, (1,) * 4, second, added, (False, True, True, False))


class Text:
    """Captions through the frozen encoders; some are left out, so that the UNet learns unconditional predictions too."""

    def __init__(self, folder, device, is_refiner):
        self.tokenizer, self.encoder, self.encoder_2 = load_text(folder, device)
        self.device, self.is_refiner = device, is_refiner

    def ids(self, captions, tokens):
        return token_ids(self.tokenizer, captions, tokens).to(self.device)

    @torch.no_grad()
    def features(self, ids):
        """(context, pooled) as StableDiffusionXLPipeline.encode_prompt makes them"""
        second = self.encoder_2(ids, output_hidden_states=True)
        context = second.hidden_states[-2]
        if not self.is_refiner:
            first = self.encoder(ids, output_hidden_states=True).hidden_states[-2]
            context = torch.cat([first, context], -1)
        return context, second.text_embeds


def noise_weights(alphas_cumprod, limit):
    """min-SNR for a network that predicts the noise (Hang et al. 2023); without a limit 1 at every level."""
    snr = alphas_cumprod / (1 - alphas_cumprod)
    return snr.clamp(max=limit) / snr


def added_numbers(bucket, pick, is_refiner):
    """Base: original size, crop, target size; refiner: original size, crop, aesthetic score."""
    sizes = bucket.sizes[pick].float()
    return torch.cat([sizes[:, :4], bucket.scores[pick, None]], 1) if is_refiner else sizes


def train_stage(unet, mean, preset, folder, device, stage, count, minutes, is_refiner=False):
    """Continues with unet and mean; checkpoint and log carry the stage's name."""
    text = Text(folder, device, is_refiner)
    data = load_latents(preset, folder, device, stage, count)
    ids = [text.ids(captions, stage.tokens) for captions in data.captions]
    empty = text.ids([""], stage.tokens)
    alphas = DDPMScheduler(**SCHEDULE).alphas_cumprod.to(device)
    weights, levels = noise_weights(alphas, stage.snr_limit), REFINER_LEVELS if is_refiner else len(alphas)
    parts, optimisers = {"unet": unet, "mean": mean}, make_optimisers([unet], stage.rate)
    name = "refiner" if is_refiner else f"base.{stage.name}"
    run = Run(folder, name, stage.steps, parts, optimisers, minutes, device=device)
    for step, generator in run:

        def random(*shape, of=torch.randn):
            return of(shape, generator=generator, device=device)

        number = step % len(data.buckets)
        bucket = data.buckets[number]
        pick = torch.randint(len(bucket.mean), (stage.batch,), generator=generator, device=device)
        x = bucket.sample(pick, generator)
        t = torch.randint(levels, (stage.batch,), generator=generator, device=device)
        noise = random(*x.shape) + stage.offset_noise * random(stage.batch, 4, 1, 1)
        a = alphas[t].view(-1, 1, 1, 1)
        dropped = random(stage.batch, 1, of=torch.rand) < DROPPED_CAPTIONS
        context, pooled = text.features(torch.where(dropped, empty, ids[number][pick]))
        added = {"text_embeds": pooled, "time_ids": added_numbers(bucket, pick, is_refiner)}
        with torch.autocast(device, torch.bfloat16, enabled=preset.bf16):
            eps = unet(a.sqrt() * x + (1 - a).sqrt() * noise, t, context, added_cond_kwargs=added).sample
        run.learn((weights[t] * ((eps.float() - noise) ** 2).mean((1, 2, 3))).mean())
        mean.update(unet)


def train_base(preset, folder, device, minutes=None, name=None):
    """Writes folder/unet, float32: the mean of the weights. With a stage's name only that one, from folder/unet on."""
    torch.manual_seed(2)
    unet = UNet2DConditionModel.from_pretrained(folder / "unet") if name else make_base(preset)
    mean = MeanOfWeights(unet.to(device))
    for stage in [stage for stage in preset.stages if name in (None, stage.name)]:
        train_stage(unet, mean, preset, folder, device, stage, preset.unet_images, minutes)
    save_mean(unet, mean, folder / "unet")


def train_refiner(preset, folder, device, minutes=None):
    """Writes folder/refiner_unet, float32."""
    torch.manual_seed(3)
    unet = make_refiner(preset).to(device)
    mean = MeanOfWeights(unet)
    train_stage(unet, mean, preset, folder, device, preset.refiner_stage, preset.unet_images, minutes, True)
    save_mean(unet, mean, folder / "refiner_unet")


def save_mean(unet, mean, path):
    unet.load_state_dict(mean.weights)
    unet.save_pretrained(path)
