# Every command that the documentation shows, and every example of a --help, can be typed as it stands:
# `sdxl ...`, ./run and build/*/sdxl are run, in a folder of their own, where the names below are the tiny
# model; of python, cmake, git and gdb the files, presets and options are looked up. A file that the reader
# has to bring is in $brought: such a command runs up to that file. A block behind the line
# `<!-- not run -->` is left out.
[ -x "$1/sdxl" ] || { echo "no program in $1: build first"; exit 77; }
grep -q 'CMAKE_BUILD_TYPE:STRING=Release' "$1/CMakeCache.txt" || { echo 'not a release build'; exit 77; }
root=$PWD
program=$(cd "$1" && pwd)/sdxl
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
export root program made
export brought='harbour.safetensors in.safetensors ours.safetensors theirs.safetensors dump.safetensors style.safetensors CONTROLNET ip-adapter_sdxl.safetensors RealESRGAN_x4plus.safetensors aesthetic.safetensors clip-vit-large-patch14 fox.safetensors /tmp/tiny/model fox_of_comfyui.png'
models='MODEL BASE TURBO LCM stable-diffusion-xl-base-1.0'
refiners='REFINER stable-diffusion-xl-refiner-1.0'
images='fox.png sketch.png garden.png edges.png'
tiny="$root/examples/tiny_sdxl/model"
unset SDXL_MODEL

# What the commands of a page find: the programs, as scripts that check, and the files.
stubs=$made/stubs
mkdir -p "$stubs"
stub() { for name in $1; do cat >"$stubs/$name"; chmod +x "$stubs/$name"; done; }
stub sdxl <<'EOF'
#!/bin/sh
case $at in sdxl*) grep -qxF -- "$*" "$made/ran" && exit ;; esac  # an example that a page has, too
"$program" "$@" >"$made/out" 2>"$made/err" </dev/null
status=$?
echo "$*" >>"$made/ran"
[ $status = 0 ] && exit
for name in $brought; do
  [ $status = 1 ] && grep -qF "$name" "$made/err" && exit
done
echo "$at: sdxl $*: status $status: $(cat "$made/err")" >>"$made/failures"
EOF
stub python <<'EOF'
#!/bin/sh
case $1 in -m) exit ;; esac
script=$1
[ -e "$root/$script" ] || echo "$at: $script does not exist" >>"$made/failures"
for word in "$@"; do
  case $word in --?*) ;; *) continue ;; esac
  grep -qF -- "\"${word%%=*}\"" "$root/$(dirname "$script")"/*.py ||
    echo "$at: $script has no option $word" >>"$made/failures"
done
EOF
stub cmake <<'EOF'
#!/bin/sh
while [ $# -gt 0 ]; do
  [ "$1" != --preset ] || grep -q "\"name\": \"$2\"" "$root/CMakePresets.json" ||
    echo "$at: there is no preset $2" >>"$made/failures"
  shift
done
EOF
cp "$stubs/cmake" "$stubs/ctest"
stub git <<'EOF'
#!/bin/sh
[ "$1" = apply ] || exit 0
for file in "$@"; do :; done
[ -e "$root/$file" ] || echo "$at: $file does not exist" >>"$made/failures"
EOF
stub 'gdb lldb-19' <<'EOF'
#!/bin/sh
case $1 in -x | -s) ;; *) exit ;; esac
[ -e "$root/$2" ] || echo "$at: $2 does not exist" >>"$made/failures"
EOF
stub run <<'EOF'
#!/bin/sh
[ $# = 0 ] || exec sdxl "$@"
EOF
printf '#!/bin/sh\n' | stub 'sudo pip jupyter test'
cp "$stubs/python" "$stubs/python3"

folder() { # $1: a new folder for the commands of a page
  mkdir -p "$1/build/release" "$1/build/debug" "$1/.venv"
  ln -s "$stubs" "$1/.venv/bin"
  for model in $models; do ln -s "$tiny" "$1/$model"; done
  for model in $refiners; do ln -s "$tiny/refiner" "$1/$model"; done
  for image in $images; do cp "$made/image.png" "$1/$image"; done
  cp "$made/image.png" "$1/where.png"
  ln -s "$stubs/run" "$stubs/test" "$1"
  ln -s "$stubs/sdxl" "$1/build/release/sdxl"
  ln -s "$stubs/sdxl" "$1/build/debug/sdxl"
  ln -s "$root/docs" "$root/examples" "$1"
}

# A page as a script: the lines of its sh blocks, and those behind "$ " or "(gdb) run " in the others.
script_of() { # $1: page
  awk -v page="$1" '
    BEGIN { print "cd() { :; }  # a page may enter what it has cloned" }
    /^<!-- not run -->/ { left_out = 1; next }
    /^ *```/ { inside = !inside; shell = $0 ~ /```(sh|bash)/; if (!inside) left_out = 0; next }
    !inside || left_out { next }
    !goes_on { line = ""; start = NR }
    !goes_on && !shell { if (!sub(/^\$ /, "") && !sub(/^\(gdb\) run /, "sdxl ")) next }
    { goes_on = sub(/\\$/, ""); line = line $0 }
    !goes_on { print "export at=" page ":" start; print line }' "$1"
}

run_script() { # $1: script, $2: its name
  folder "$made/$2"
  (cd "$made/$2" && PATH=$stubs:$PATH sh "$1" >"$made/sh" 2>&1)
  if [ -s "$made/sh" ]; then echo "$2: the shell says: $(cat "$made/sh")" >>"$made/failures"; fi
}

"$program" generate --quiet --prompt 'a red ring' --steps 2 --seed 1 --output "$made/image.png" || exit 1
pages=$(find . -name '*.md' -not -path './build/*' -not -path './.venv/*' -not -name CHANGELOG.md | sed 's|^\./||')
for page in $pages; do
  script_of "$page" >"$made/script"
  grep -q ^export "$made/script" && run_script "$made/script" "$(echo "$page" | tr / _)"
done

# The examples of every --help, and commands within sentences: `sdxl generate --trace FILE`.
commands=$("$program" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z_]*\) .*/\1/p')
for command in $commands; do
  "$program" "$command" --help >"$made/$command.help"
  sed -n '/^Example: sdxl/,/[^\\]$/p' "$made/$command.help" | sed "s/^Example: /export at='sdxl $command --help'; /" >"$made/script"
  [ -s "$made/script" ] && run_script "$made/script" "help_$command"
done
for page in $pages; do
  grep -oE '`sdxl [a-z_]+[^`]*`' "$page" | tr -d '`' | while read -r _ command options; do
    [ -e "$made/$command.help" ] || { echo "$page: sdxl has no command $command"; continue; }
    for option in $options; do
      case $option in --?*) ;; *) continue ;; esac
      grep -qE -- "(^|[ ,])$option([ ,=]|\$)" "$made/$command.help" || echo "$page: sdxl $command has no option $option"
    done
  done
done >>"$made/failures"

if [ -s "$made/failures" ]; then
  cat "$made/failures"
  exit 1
fi
count=$(wc -l <"$made/ran")
[ "$count" -gt 20 ] || { echo "only $count commands were found: this guard checks nothing"; exit 1; }
echo "$count commands of the documentation run as they stand; the others name files and options that exist."
