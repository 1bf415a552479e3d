"""Trains a byte-level BPE in CLIP's format on captions: 256 bytes, 256 at a word's end, merges, two special tokens."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
from transformers import CLIPTokenizer

from .scene import STYLE_WORDS, random_caption, random_scene

WORD_END, START, END = "</w>", "<|startoftext|>", "<|endoftext|>"


def byte_letters():
    """GPT-2's table: a printable character for each byte, printable bytes standing for themselves."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(others))]


def merged(pieces, pair):
    result, i = [], 0
    while i < len(pieces):
        together = tuple(pieces[i : i + 2]) == pair
        result.append("".join(pair) if together else pieces[i])
        i += 2 if together else 1
    return result


def learn_merges(words):
    """Joins the most frequent pair of tokens until every word is one token. words: Counter"""
    pieces = {word: [*word[:-1], word[-1] + WORD_END] for word in words}
    merges = []
    while True:
        pairs = Counter()
        for word, parts in pieces.items():
            for pair in zip(parts, parts[1:]):
                pairs[pair] += words[word]
        if not pairs:
            return merges
        merges.append(min(pairs, key=lambda pair: (-pairs[pair], pair)))
        pieces = {word: merged(parts, merges[-1]) for word, parts in pieces.items()}


def train_tokenizer(folder, seed=0, captions=5000):
    """Writes vocab.json and merges.txt and what transformers adds. → CLIPTokenizer"""
    rng = np.random.default_rng([seed, captions])
    texts = [random_caption(rng, random_scene(rng)) for _ in range(captions)] + [*STYLE_WORDS.values()]
    merges = learn_merges(Counter(word for text in texts for word in text.split()))
    letters = byte_letters()
    pieces = letters + [letter + WORD_END for letter in letters] + ["".join(pair) for pair in merges] + [START, END]
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({piece: i for i, piece in enumerate(pieces)}, ensure_ascii=False))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *(" ".join(pair) for pair in merges)]) + "\n")
    tokenizer = CLIPTokenizer.from_pretrained(folder, model_max_length=77)
    tokenizer.save_pretrained(folder)
    return tokenizer
