# Every patch of examples/common_mistakes still applies to the source.
command -v git >/dev/null || { echo 'no git: the patches are not checked'; exit 77; }
status=0 patches=0
for patch in examples/common_mistakes/*.patch; do
  patches=$((patches + 1))
  git apply --check "$patch" || { echo "$patch no longer applies"; status=1; }
done
[ "$patches" -gt 1 ] || { echo 'no patches at all: this guard checks nothing'; exit 1; }
[ $status = 0 ] && echo "All $patches patches apply."
exit $status
