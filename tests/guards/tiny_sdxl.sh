# The tiny model's data and a few steps of its whole training. The program and the paper's experiments then
# draw with that model. Needs a Python with diffusers: $PYTHON, the one of .venv, or python3.
needs='import diffusers, numpy, PIL, scipy, torch, transformers'
for python in "$PYTHON" .venv/bin/python python3; do
  [ -n "$python" ] && "$python" -c "$needs" 2>/dev/null && break
  python=
done
[ -n "$python" ] || { echo 'no Python with diffusers, torch and scipy: the training is not run'; exit 77; }

export PYTHONDONTWRITEBYTECODE=1 HF_HUB_OFFLINE=1
"$python" tests/tiny_sdxl/data_test.py || exit 1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" examples/tiny_sdxl/train.py --smoke --folder "$folder" || exit 1
"$python" examples/tiny_sdxl/train.py --smoke --folder "$folder/more" --start "$folder/model" base.sizes assemble &&
  [ -s "$folder/more/model/unet/diffusion_pytorch_model.safetensors" ] ||
  { echo 'no stage continues from a finished model'; exit 1; }
"$1/sdxl" generate --quiet --model "$folder/model" --refiner "$folder/model/refiner" --prompt 'a red ring' \
  --steps 4 --high-noise-fraction 0.5 --seed 1 --output "$folder/ring.png" || exit 1
for experiment in refiner aesthetic_score text_parts autoencoder; do
  "$python" "examples/paper/$experiment.py" --program "$1/sdxl" --model "$folder/model" --out "$folder/paper" \
    --steps 5 --threads 1 || exit 1
  [ -s "$folder/paper/$experiment.png" ] && [ -s "$folder/paper/$experiment.json" ] ||
    { echo "$experiment left no sheet or no numbers"; exit 1; }
done
echo 'The data, a few steps of every training, and images and experiments with the result.'
