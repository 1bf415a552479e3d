# What is committed stays in every clone for ever, so it is small: no file over 1 MB but those below, at most
# 22 MB of goldens and 71 MB in all.
#
#     sh tests/guards/repository_size.sh
command -v git >/dev/null && git rev-parse >/dev/null 2>&1 || { echo 'not a git checkout'; exit 77; }
largest_file=1000000 largest_goldens=22000000 largest_all=71000000

# The large files as they were committed. Another tiny model is 36 MB more for ever, other goldens of a UNet
# are 1 MB: if it is worth that, write the new blob here (git hash-object FILE).
known='
541d04c2e652 examples/tiny_sdxl/model/unet/diffusion_pytorch_model.safetensors
09294c961c0a examples/tiny_sdxl/model/refiner/unet/diffusion_pytorch_model.safetensors
cd1fc84020a0 examples/tiny_sdxl/model/vae/diffusion_pytorch_model.safetensors
cd1fc84020a0 examples/tiny_sdxl/model/refiner/vae/diffusion_pytorch_model.safetensors
6c09067e8ba9 tests/goldens/unet_base.safetensors
67bf529145d5 tests/goldens/unet_refiner.safetensors
'
list=$(mktemp)
trap 'rm -f "$list"' EXIT
# "SIZE BLOB PATH" of each file in the index.
git ls-files --stage | sed 's/^[0-7]* \([0-9a-f]*\) [0-9]\t/\1 /' |
  git cat-file --batch-check='%(objectsize) %(objectname) %(rest)' >"$list"
[ -s "$list" ] || { echo 'no tracked file: this guard checks nothing'; exit 1; }

status=0
large=$(awk -v limit=$largest_file '$1 > limit { print $1, substr($2, 1, 12), $3 }' "$list")
while read -r size blob path; do
  [ -n "$path" ] || continue
  case $known in *"$blob $path"*) continue ;; esac
  echo "$path: $size bytes; expected at most $largest_file. Smaller, or made by a script? (docs/hardening/packages.md)"
  status=1
done <<END
$large
END
total() { # $1: a folder or "", $2: the limit, $3: its name
  sum=$(awk -v folder="$1" 'index($3, folder) == 1 { sum += $1 } END { printf "%d", sum }' "$list")
  [ "$sum" -le "$2" ] || { echo "$3: $sum bytes; expected at most $2"; status=1; }
}
total '' $largest_all 'all tracked files'
all=$sum
total tests/goldens/ $largest_goldens 'tests/goldens'
[ $status = 0 ] && echo "$((all / 1000000)) MB in $(wc -l <"$list") files, $((sum / 1000000)) MB of goldens."
exit $status
