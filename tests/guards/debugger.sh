# The debugger session in docs/debugging/README.md still runs as printed there.
command -v gdb >/dev/null || { echo 'no gdb: the session is not run'; exit 77; }
grep -q 'CMAKE_BUILD_TYPE:STRING=Debug' "$1/CMakeCache.txt" || { echo 'not a debug build'; exit 77; }
gdb -nx -batch -ex 'python print("has Python")' 2>&1 | grep -q '^has Python' ||
  { echo 'this gdb was built without Python'; exit 77; }
gdb -nx -batch -ex run /bin/true 2>&1 | grep -q 'exited normally' ||
  { echo 'gdb may not run programs here'; exit 77; }

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
program=$1/sdxl
{
  echo 'python from tensors import *; print(Values([3], struct.pack("3f", 1, math.nan, 2)).summary())'
  sed -n '/^## Down to the sum/q; s/^(gdb) //p' docs/debugging/README.md |
    sed "s|q.safetensors|$made/&|; s|k.png|$made/&|; s|^run .*|& --output $made/image.png|"
  printf '%s\n' 'p to_q' 'p x.shape()' 'p h.dim(-1)' 'tensor-slice q 9' 'tensor-slice heads_' \
    'tensor-save q /nowhere/q' 'at unet.mid_block.nothing' 'tbreak sdxl::ResnetBlock::forward' continue \
    'info locals' 'tbreak sdxl::GEGLU::forward' continue 'echo now step by step\n'
  yes step | head -n 40
  printf '%s\n' 'delete 1' continue
} >"$made/commands"
set --
while IFS= read -r line; do set -- "$@" -ex "$line"; done <"$made/commands"
said=$(ASAN_OPTIONS=detect_leaks=0 gdb -nx -batch -x .gdbinit "$@" "$program" 2>&1)

expect() {
  echo "$said" | grep -qE "$1" && return
  printf '%s\nNo line of the session above matches: %s\n' "$said" "$1"
  exit 1
}
expect '^\(3,\) min 1 max 2 mean 1.5 and 1 NaN$'
expect '^#1 .*sdxl::Attention::forward .*context=Tensor\(2, 77, 160\) min -?[0-9.]+ max '
expect '^k = Tensor\(2, 77, 128\) min -?[0-9.]+ max -?[0-9.]+ mean -?[0-9.]+$'
expect '^#4 +unet.mid_block +sdxl::MidBlock2DCrossAttn::forward at mid_block.cpp:[0-9]+$'
expect '= sdxl::Attention at unet.mid_block.attentions.0.transformer_blocks.1.attn2 = \{to_q = nn::Linear, '
expect '= nn::Linear at unet.mid_block.attentions.0.transformer_blocks.1.attn2.to_q = \{weight = \(128, 128\)\}$'
expect '^\(2, 3\) min '
if ! echo "$said" | grep -q "^Couldn't write extended state status"; then  # gdb 13 knows no AMX
  expect '= \(2, 16, 128\)$'
  expect '= 128$'
fi
expect '^tensor-slice: axis 0 has 2 places, and no place 9$'
expect '^tensor-slice: expected a tensor, got heads_, which is a int64_t$'
expect '^tensor-save: /nowhere/q cannot be written: No such file or directory$'
expect '^(shortcut|h) = Tensor\(not made yet\)$'
expect '^at unet.mid_block.nothing: no module of this path has run; the nearest: unet.mid_block'
"$program" compare "$made/q.safetensors" "$made/q.safetensors" | grep -q '^tensor ' ||
  { echo 'tensor-save wrote no tensor'; exit 1; }
head -c 8 "$made/k.png" | grep -qa PNG || { echo 'tensor-image wrote no image'; exit 1; }
said=$(echo "$said" | sed '1,/now step by step/d')
expect '^nn::Linear::forward .*x=Tensor'
echo "$said" | grep -E '^(tensor|std)::| at .*(/tensor/|/usr/include/)' &&
  { echo 'step entered tensor/ or the standard library'; exit 1; }

sed -n '/^## Down to the sum/,$ s/^(gdb) //p' docs/debugging/README.md |
  sed "s|^run .*|& --output $made/image.png|" >"$made/commands"
set --
while IFS= read -r line; do set -- "$@" -ex "$line"; done <"$made/commands"
said=$(ASAN_OPTIONS=detect_leaks=0 gdb -nx -batch -x .gdbinit "$@" "$program" 2>&1)
expect '^h = Tensor\(2, 16, 128\) min '
expect 'softmax_row \(q=.*, k=.*, keys=77, stride=128, head_size=32\) at .*/textbook/attention.cpp:'
expect '^[0-9]+	 *sum \+= q_td \* k_sd;$'
for local in q_td k_sd sum; do expect "^$local = -?[0-9.]+(e-[0-9]+)?$"; done
expect '^d = 1$'
echo 'The sessions in docs/debugging/README.md run as printed.'
