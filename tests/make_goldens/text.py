"""Goldens of tiny text encoders: with and without a projection, and both rules for the end of a text.

The paths are those of CLIPTextModelWithProjection; CLIPTextModel's get the prefix "text_model." that published
checkpoints have.
"""

import torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from golden import randomise, record, write

SEED = 30
SIZES = {
    "text_clip_l": (CLIPTextModel, {
        "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 3, "num_attention_heads": 2,
        "hidden_act": "quick_gelu", "eos_token_id": 2, "layer_norm_eps": 1e-5,
    }),
    "text_openclip": (CLIPTextModelWithProjection, {
        "hidden_size": 30, "intermediate_size": 52, "num_hidden_layers": 2, "num_attention_heads": 5,
        "hidden_act": "gelu", "eos_token_id": 48, "layer_norm_eps": 1e-3, "projection_dim": 18,
    }),
}  # fmt: skip

# Several 48s and 49s in a row, and a row without any 48: the two rules point to different places.
IDS = [[7, 3, 48, 21, 49, 49, 48, 0, 2], [5, 49, 2, 30, 11, 49, 6, 1, 40], [44, 12, 9, 48, 48, 47, 0, 0, 48]]


def main():
    for name, (kind, sizes) in SIZES.items():
        config = CLIPTextConfig(vocab_size=50, max_position_embeddings=11, **sizes)
        model = randomise(kind(config), SEED)
        with torch.no_grad():  # small embeddings: the first norm's input has a variance near its epsilon
            for parameter in (p for n, p in model.named_parameters() if "embedding" in n):
                parameter.copy_((0.05 * parameter).half().float())
        prefix = "" if kind is CLIPTextModelWithProjection else "text_model."
        ids = torch.tensor(IDS)
        kept = {}

        def run():
            kept.update(model(ids, output_hidden_states=True))
            return kept["text_embeds" if not prefix else "pooler_output"]

        outputs = record(model, run)
        pooled = outputs.pop("")
        outputs = {prefix + path: value for path, value in outputs.items()}
        outputs.setdefault("text_model", kept["last_hidden_state"])
        outputs[""] = pooled
        results = {f"hidden_states.{i}": value for i, value in enumerate(kept["hidden_states"])}
        write(
            name,
            __file__,
            config={**config.to_dict(), "architectures": [kind.__name__]},
            weights={prefix + key: value for key, value in model.state_dict().items()},
            inputs={"input_ids": ids.float(), **results},
            outputs=outputs,
            seed=SEED,
        )
        print(list(outputs))


if __name__ == "__main__":
    main()
