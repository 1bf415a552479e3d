# The gdb sessions in docs/debugging/README.md still print what the page shows. Then what the page does
# not show: mistakes, weights, steps of `step`, a core file, and some planted NaN and differences.
command -v gdb >/dev/null || { echo 'no gdb: the session is not run'; exit 77; }
command -v python3 >/dev/null || { echo 'no python3: the session is not compared'; exit 77; }
grep -q 'CMAKE_BUILD_TYPE:STRING=Debug' "$1/CMakeCache.txt" || { echo 'not a debug build'; exit 77; }
gdb -nx -batch -ex 'python print("has Python")' 2>&1 | grep -q '^has Python' ||
  { echo 'this gdb was built without Python'; exit 77; }
gdb -nx -batch -ex run /bin/true 2>&1 | grep -q 'exited normally' ||
  { echo 'gdb may not run programs here'; exit 77; }

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
program=$1/sdxl
export PYTHONDONTWRITEBYTECODE=1 ASAN_OPTIONS=detect_leaks=0
python3 tests/guards/sessions.py gdb "$program" || exit 1
python3 tests/guards/planted_in_debugger.py "$program" --every 7 || exit 1

sed "s|MADE|$made|" >"$made/commands" <<'END'
python from tensors import *; print(Values([3], struct.pack("3f", 1, math.nan, 2)).summary())
at
at-diff MADE/nothing
at-diff MADE/commands
layers
at text_encoder_2.encoder.layers.1.self_attn call 2
at unet.mid_block.nothing
at unet.mid_block.resnets
at unet.conv_out step 2
at unet.mid_block.resnets.0 step 1
run generate --prompt star --steps 2 --guidance-scale 4 --seed 1 --quiet --output MADE/image.png
continue
continue
p conv1.weight
tensor-slice conv1.weight 0 0 0
tensor-slice resnets.1.norm1.bias :2
tensor-slice attentions.0.norm.weight[1:3]
tensor-slice h[1] 0 0
tensor-slice h 9
tensor-slice channels
tensor-slice conv1
tensor-slice conv1.nothing
tensor-save h /nowhere/h
tensor-save conv1.weight[5] MADE/w.safetensors
tensor-image h[1] MADE/h.png
tbreak sdxl::ResnetBlock::forward
continue
info locals
tbreak sdxl::GEGLU::forward
continue
echo now step by step\n
END
yes step | head -n 40 >>"$made/commands"
echo continue >>"$made/commands"
set --
while IFS= read -r line; do set -- "$@" -ex "$line"; done <"$made/commands"
said=$(gdb -nx -batch -x docs/debugging/glassbox.gdb "$@" "$program" 2>&1 </dev/null)

expect() {
  echo "$said" | grep -qE "$1" && return
  printf '%s\nNo line of the session above matches: %s\n' "$said" "$1"
  exit 1
}
expect '^\(3,\) min 1 max 2 mean 1.5 and 1 NaN$'
expect '^at: expected at PATH \[step N\] \[call N\], such as: '
expect '^at-diff: .*/nothing cannot be read: No such file or directory$'
expect '^at-diff: .*/commands is not a safetensors file$'
expect '^layers: the program is not running$'
expect '^at text_encoder_2.text_model.encoder.layers.1.self_attn: call 2, text ""$'
expect '^at unet.mid_block.nothing: unet has no such module; the nearest: unet.mid_block'
expect '^at unet.mid_block.resnets: a list of modules has no forward; try unet.mid_block.resnets.0$'
expect '^at unet.conv_out step 2: this run has no such step: its steps are 0 to 1$'
expect '^at unet.mid_block.resnets.0: step 1 of 2, timestep 1, row 0 is the negative prompt'
expect '= mid_block.resnets.0.conv1.weight \(128, 128, 3, 3\) f16 min -?[0-9.]+ max '
expect '^\(3,\) min -?[0-9.]+ max -?[0-9.]+ mean'
expect '^\(4,\) min -?[0-9.]+ max -?[0-9.]+ mean'
expect '^tensor-slice: axis 0 has 2 places, and no place 9$'
expect '^tensor-slice: no variable or weight channels in unet.mid_block.resnets.0; the nearest weights: '
expect '^tensor-slice: expected a tensor, got conv1, which is a nn::Conv2d: its weights are conv1.weight, conv1.bias$'
expect '^tensor-slice: no variable or weight conv1.nothing in '
expect '^tensor-save: /nowhere/h cannot be written: No such file or directory$'
expect '^(shortcut|h) = Tensor\(not made yet\)$'
echo "$said" | grep -A 1 '^tensor-slice conv1' | grep -q 'Python Exception' && exit 1
"$program" compare "$made/w.safetensors" "$made/w.safetensors" | grep -q '^tensor ' ||
  { echo 'tensor-save wrote no tensor'; exit 1; }
head -c 8 "$made/h.png" | grep -qa PNG || { echo 'tensor-image wrote no image'; exit 1; }
echo "$said" | grep 'Python Exception' && exit 1
said=$(echo "$said" | sed '1,/now step by step/d')
expect '^nn::Linear::forward .*x=Tensor'
echo "$said" | grep -E '^(tensor|std)::| at .*(/tensor/|/usr/include/)' &&
  { echo 'step entered tensor/ or the standard library'; exit 1; }
echo 'gdb: mistakes, weights and steps are as docs/debugging/README.md has them.'
