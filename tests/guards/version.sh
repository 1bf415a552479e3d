# The version of sdxl/version.h is the one of the program, of vcpkg.json and of the newest release in
# CHANGELOG.md, if it has one.
#
#     sh tests/guards/version.sh BUILD_FOLDER
[ -x "$1/sdxl" ] || { echo "no program in $1: build first"; exit 77; }
version=$(sed -n 's/.*version = "\(.*\)";/\1/p' sdxl/version.h)
status=0
expect() { # $1: where, $2: the version there
  [ "$2" = "$version" ] || { echo "$1 has the version \"$2\", sdxl/version.h \"$version\""; status=1; }
}
expect 'sdxl --version' "$("$1/sdxl" --version | sed 's/^Glassbox SDXL //')"
expect vcpkg.json "$(sed -n 's/.*"version": "\(.*\)".*/\1/p' vcpkg.json)"
released=$(sed -n 's/^## \([0-9][0-9.]*\).*/\1/p' CHANGELOG.md | head -n 1)
[ -z "$released" ] || expect CHANGELOG.md "$released"
[ $status = 0 ] && echo "Every file has the version $version."
exit $status
