"""The commands by what they write."""
from bench import SMALL

ONE_STEP = SMALL[:-1] + ["1"]


def kinds(bench):
    """(name, words, outputs) for every kind of file that the program writes."""
    run = bench.run
    run(["generate", *ONE_STEP, "--output", "in.png", "--save-latents", "in.safetensors", "--trace",
         "unet.safetensors", "--trace-inputs"])
    dump = str(bench.root / "tests/goldens/parity_dump.safetensors")
    at = ["--model", "model"]
    result = [
        ("png", ["generate", *ONE_STEP, "--output", "out.png"], ["out.png"]),
        ("latents", ["generate", *ONE_STEP, "--output", "out.png", "--save-latents",
                     "out.safetensors"], ["out.png", "out.safetensors"]),
        ("trace", ["generate", *ONE_STEP, "--output", "out.png", "--trace", "out.safetensors"],
         ["out.png", "out.safetensors"]),
        ("images", ["generate", *ONE_STEP, "--images", "3", "--output", "out.png"],
         ["out.0.png", "out.1.png", "out.2.png"]),
        ("encode", ["encode", "in.png", "out.safetensors", *at], ["out.safetensors"]),
        ("decode", ["decode", "in.safetensors", "out.png", *at], ["out.png"]),
        ("inputs", ["trace", *at, "--component", "unet", "--example-inputs", "out.safetensors"],
         ["out.safetensors"]),
        ("retrace", ["trace", *at, "--component", "unet", "--inputs", "unet.safetensors", "--output",
                     "out.safetensors"], ["out.safetensors"]),
        ("tree", ["tree", "model", "--html", "out.html"], ["out.html"]),
        ("parity", ["parity", dump, *at, "--html", "out.html"], ["out.html"]),
        ("attention", ["attention", *ONE_STEP, "--output", "out.png"], ["out.png"]),
        ("sweep", ["sweep", *ONE_STEP, "--vary", "guidance-scale=1,5", "--output", "out.png"], ["out.png"]),
        ("strip", ["strip", *ONE_STEP, "--output", "out.png"], ["out.png"]),
        ("ablate", ["ablate", *ONE_STEP, "--output", "out.png"], ["out.png"]),
    ]
    return [kind for kind in result if not bench.short or kind[0] in ("trace", "tree")]


def texts(bench):
    """(name, words) for every command that writes to stdout."""
    at = ["--model", "model"]
    bench.run(["generate", *ONE_STEP, "--output", "in.png", "--trace", "unet.safetensors"])
    result = [
        ("info", ["info", "in.png"]),
        ("schedule", ["schedule", "--steps", "5"]),
        ("tree", ["tree", "model"]),
        ("tree json", ["tree", "model", "--json"]),
        ("tokenize", ["tokenize", "a", "star"]),
        ("buckets", ["buckets", "--height", "3000", "--width", "4000"]),
        ("compare", ["compare", "unet.safetensors", "unet.safetensors"]),
        ("reconstruct", ["reconstruct", "in.png", *at]),
        ("ablate", ["ablate", *ONE_STEP, "--json", "--output", "/dev/null"]),
        ("help", ["generate", "--help"]),
    ]
    return result[:3] if bench.short else result
