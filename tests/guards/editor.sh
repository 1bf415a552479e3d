# The files for VS Code and the dev container are JSON, what they name exists, and the container has
# the packages of docs/building.md.
command -v python3 >/dev/null || { echo 'no python3: the files are not read'; exit 77; }
for file in .vscode/*.json .devcontainer/devcontainer.json; do
  python3 -m json.tool "$file" >/dev/null || { echo "$file is not JSON"; exit 1; }
done
file=$(grep -o 'source docs/[^"]*' .vscode/launch.json | sort -u | cut -d ' ' -f 2)
[ -e "$file" ] || { echo ".vscode/launch.json: $file does not exist"; exit 1; }
for tour in $(grep -o '"0[0-9]_[a-z_0-9]*"' .vscode/launch.json | tr -d '"'); do
  [ -e "examples/$tour.cpp" ] || { echo ".vscode/launch.json: examples/$tour.cpp does not exist"; exit 1; }
done
for source in examples/0*.cpp; do
  grep -q "\"$(basename "$source" .cpp)\"" .vscode/launch.json || { echo ".vscode/launch.json has no $source"; exit 1; }
done
for task in $(grep -o '"preLaunchTask": "[^"]*"' .vscode/launch.json | cut -d '"' -f 4 | tr ' ' _ | sort -u); do
  grep -q "\"label\": \"$(echo "$task" | tr _ ' ')\"" .vscode/tasks.json || { echo "no task $task"; exit 1; }
done
packages=$(sed -n '/apt-get install/,/^cmake/p' docs/building.md | sed '/^cmake/d; s/.*install//; s/\\$//')
[ -n "$packages" ] || { echo 'docs/building.md names no packages: this guard checks nothing'; exit 1; }
for package in $packages; do
  tr -s ' \\' '\n\n' <.devcontainer/Dockerfile | grep -qxF -- "$package" ||
    { echo ".devcontainer/Dockerfile has no $package"; exit 1; }
done
echo 'The files for VS Code and the dev container name what is there.'
