# The completions of bash, zsh and fish in a real shell, each if it is installed, and the manual page. All
# have every option of every --help.
#
#     sh tests/guards/completions.sh BUILD_FOLDER
[ -x "$1/sdxl" ] || { echo "no program in $1: build first"; exit 77; }
script --version 2>/dev/null | grep -q util-linux || { echo 'no script of util-linux: no terminal for the shells'; exit 77; }
program=$(cd "$1" && pwd)/sdxl
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
fail() { echo "$*"; exit 1; }
for shell in bash zsh fish; do
  "$program" completion $shell >"$made/$shell" || fail "no completion of $shell"
done
"$program" manual >"$made/sdxl.1" || fail 'no manual page'

# Every option, everywhere.
sed 's/\\-/-/g' "$made/sdxl.1" >"$made/manual"
for command in $("$program" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z_]*\) .*/\1/p'); do
  "$program" "$command" --help | grep -oE '^  (-[a-z],)?--[a-z0-9-]+' | sed 's/.*--//' >"$made/options"
  [ -s "$made/options" ] || fail "sdxl $command has no options: this guard checks nothing"
  while read -r option; do
    grep -qF "fB--$option" "$made/manual" || fail "the manual page has no --$option"
    grep -qE "'__fish_seen_subcommand_from $command' -l $option " "$made/fish" || fail "fish: $command has no --$option"
    sed -n "/^        $command)/,/;;/p" "$made/zsh" | grep -qE -- "'\*?--$option[=[]" || fail "zsh: $command has no --$option"
    sed -n "/^    $command)/,/;;/p" "$made/bash" | grep -qE -- "[' ]--$option[' ]" || fail "bash: $command has no --$option"
  done <"$made/options"
done

# What a shell makes of a line that ends in a tab. `sdxl` is a function that prints its arguments.
mkdir "$made/folder" && touch "$made/folder/fox of snow.png" && mkdir "$made/folder/frames"
type_in() { # $1: shell, $2: what is typed, $3: how the shell is started
  {
    [ "$1" = zsh ] && printf 'PS1=; autoload -U compinit; compinit -u -D; '
    printf '. "%s/%s"; sdxl() { echo "<$*>" >"%s/got"; }; : >"%s/ready"\n' "$made" "$1" "$made" "$made"
    turns=0
    while [ ! -e "$made/ready" ] && [ $turns -lt 300 ]; do sleep 0.1; turns=$((turns + 1)); done
    printf '%s\t\nexit\n' "$2"
  } | (cd "$made/folder" && HOME=$made TERM=dumb script -qec "$3" /dev/null >"$made/screen" 2>&1)
}
expect() { # $1: shell, $2: how it is started, $3: what is typed, $4: the command line that comes of it
  rm -f "$made/got" "$made/ready"
  type_in "$1" "$3" "$2"
  got=$(cat "$made/got" 2>/dev/null)
  [ "$got" = "<$4>" ] || { tail -n 20 "$made/screen"; fail "$1: \"$3\" and a tab: expected \"<$4>\", got \"$got\""; }
}
tried=
for start in 'bash --norc --noprofile -i' 'zsh -f -i'; do
  shell=${start%% *}
  command -v "$shell" >/dev/null || continue
  expect "$shell" "$start" 'sdxl gene' 'generate'
  expect "$shell" "$start" 'sdxl generate --guidance-resc' 'generate --guidance-rescale'
  expect "$shell" "$start" 'sdxl generate --scheduler ddi' 'generate --scheduler ddim'
  expect "$shell" "$start" 'sdxl generate --scheduler=ddi' 'generate --scheduler=ddim'
  expect "$shell" "$start" 'sdxl generate --image fo' 'generate --image fox of snow.png'
  slash=/ && [ "$shell" = zsh ] && slash=  # which zsh takes away again
  expect "$shell" "$start" 'sdxl generate --preview f' "generate --preview frames$slash"
  expect "$shell" "$start" 'sdxl info fo' 'info fox of snow.png'
  tried="$tried $shell"
done
if command -v fish >/dev/null; then
  ask() { (cd "$made/folder" && HOME=$made fish --no-config -c ". $made/fish; complete -C '$1'" | cut -f 1 | tr '\n' ' '); }
  [ "$(ask 'sdxl gene')" = 'generate ' ] || fail "fish: sdxl gene: $(ask 'sdxl gene')"
  [ "$(ask 'sdxl generate --scheduler ddi')" = 'ddim ' ] || fail "fish: --scheduler ddi: $(ask 'sdxl generate --scheduler ddi')"
  [ "$(ask 'sdxl generate --image fo')" = 'fox of snow.png ' ] || fail "fish: --image fo: $(ask 'sdxl generate --image fo')"
  [ "$(ask 'sdxl generate --preview f')" = 'frames/ ' ] || fail "fish: --preview f: $(ask 'sdxl generate --preview f')"
  [ "$(ask 'sdxl generate --guidance-resc')" = '--guidance-rescale ' ] || fail "fish: --guidance-resc: $(ask 'sdxl generate --guidance-resc')"
  tried="$tried fish"
fi

# No macro of the manual page is wrong.
if command -v groff >/dev/null; then
  warnings=$(groff -K utf8 -man -Tutf8 -ww -z "$made/sdxl.1" 2>&1)
  [ -z "$warnings" ] || fail "groff says of the manual page: $warnings"
  tried="$tried groff"
fi
echo "The manual page and the completions have every option; tried in:$tried."
