# No file of the project, source, script, text or golden, names a folder of one machine.
command -v git >/dev/null && git rev-parse >/dev/null 2>&1 || { echo 'not a git checkout'; exit 77; }
found=$(git grep -nIE '(^|[^A-Za-z0-9_.~$}])/(home|root|Users|work|opt|mnt|srv)/[A-Za-z0-9_.-]' -- ':!tests/guards')
if [ -n "$found" ]; then
  printf 'Paths of one machine:\n%s\n' "$found"
  exit 1
fi
binary=$(git grep -laE '/(home|root|Users|work|opt|mnt|srv)/[a-z0-9_-]+/[A-Za-z0-9_.-]+' -- '*.safetensors')
if [ -n "$binary" ]; then
  printf 'Goldens that name a folder of one machine:\n%s\n' "$binary"
  exit 1
fi
echo 'No path of a machine.'
