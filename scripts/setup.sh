# Sourced by ./run and ./test: installs the dependencies and builds. Prints one line a step.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
eigen5=$root/build/third_party/eigen5

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

have_header() { [ -e "/usr/include/$1" ] || [ -e "/usr/local/include/$1" ]; }

# The Debian packages whose command or header is missing. Checks files alone, so it is fast.
missing_packages() {
  command -v c++ >/dev/null || echo g++
  command -v cmake >/dev/null || echo cmake
  command -v ninja >/dev/null || echo ninja-build
  command -v pip3 >/dev/null || [ -e "$eigen5" ] || echo python3-pip
  have_header eigen3/Eigen/Core || echo libeigen3-dev
  have_header doctest/doctest.h || echo doctest-dev
  have_header stb/stb_image.h || echo libstb-dev
  have_header nlohmann/json.hpp || echo nlohmann-json3-dev
  have_header CLI/CLI.hpp || echo libcli11-dev
  have_header utf8proc.h || echo libutf8proc-dev
}

install_packages() {
  local packages sudo=
  packages=$(missing_packages | tr '\n' ' ')
  [ -n "$packages" ] || return 0
  if ! command -v apt-get >/dev/null; then
    say "not found, and no apt-get to install them (docs/building.md): $packages"
    return 0
  fi
  [ "$(id -u)" = 0 ] || sudo=sudo
  say "installing $packages"
  {
    $sudo apt-get update -qq &&
      $sudo env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $packages
  } >"$root/build/apt.log" 2>&1 </dev/null || {
    tail -n 20 "$root/build/apt.log" >&2
    say "apt-get failed; its output is in build/apt.log"
    exit 1
  }
}

# libjpeg-turbo and libwebp are installed if they can be, in one attempt: without them the build reads JPEG by stb_image and
# no WebP, and prints that.
install_image_libraries() {
  local packages='' sudo='' log=$root/build/apt-images.log
  have_header jpeglib.h || packages+=' libjpeg-dev'
  have_header webp/demux.h || packages+=' libwebp-dev'
  [ -n "$packages" ] && [ ! -e "$log" ] && command -v apt-get >/dev/null || return 0
  [ "$(id -u)" = 0 ] || sudo=sudo
  say "installing$packages"
  {
    $sudo apt-get update -qq -o Acquire::Retries=0 &&
      $sudo env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $packages
  } >"$log" 2>&1 </dev/null ||
    say "not installed:$packages (build/apt-images.log; docs/building.md says what is lost)"
}

# Eigen 5, whose matrix product has kernels for AVX-512: its headers, out of a Python wheel that is
# the same for every machine. Without it the build takes Debian's Eigen 3.4 and prints that.
fetch_eigen5() {
  [ ! -e "$eigen5" ] && [ ! -e "$root/build/release" ] && command -v pip3 >/dev/null || return 0
  say "fetching Eigen 5's headers (scripts/eigen5.txt)"
  local wheel=$root/build/third_party/wheel
  if pip3 download --quiet --disable-pip-version-check --retries 1 --no-deps --require-hashes \
    --only-binary=:all: --implementation cp --python-version 3.11 \
    --platform manylinux2014_x86_64 --dest "$wheel" -r "$root/scripts/eigen5.txt" \
    >"$root/build/pip.log" 2>&1 </dev/null; then
    mkdir "$eigen5.part" && (cd "$eigen5.part" && cmake -E tar xf "$wheel"/*.whl)
    mv "$eigen5.part" "$eigen5"
  else
    say "no Eigen 5 found, so Eigen 3.4 is used (build/pip.log has the reason)"
  fi
  rm -rf "$wheel" "$eigen5.part"
}

# build PRESET [TARGET...]: configures a preset and builds the targets, or all of it.
build() {
  local preset=$1 folder=$root/build/$1
  shift
  if [ ! -e "$folder/build.ninja" ]; then
    say "configuring build/$preset"
    (cd "$root" && cmake --preset "$preset") >"$root/build/cmake-$preset.log" 2>&1 </dev/null || {
      cat "$root/build/cmake-$preset.log" >&2
      return 1
    }
    grep '^-- \(Eigen\|Images\)' "$root/build/cmake-$preset.log" >&2
  fi
  say "building build/$preset"
  if [ -t 2 ]; then
    ninja -C "$folder" "$@" >&2 </dev/null
  else
    NINJA_STATUS='%f of %t, ' ninja -C "$folder" "$@" 2>&1 </dev/null | show_progress >&2
  fi
}

# Of ninja's output: a line every 10 seconds, and all that is neither progress nor empty.
show_progress() {
  local line shown=$SECONDS
  while IFS= read -r line; do
    if [[ $line =~ ^[0-9]+\ of\ [0-9]+,\  ]]; then
      ((SECONDS < shown + 10)) || { shown=$SECONDS && say "$line"; }
    elif [[ ! $line =~ ^(ninja: |$) || $line =~ error|stopped ]]; then
      printf '%s\n' "$line"
    fi
  done
}

mkdir -p "$root/build"
install_packages
install_image_libraries
fetch_eigen5
