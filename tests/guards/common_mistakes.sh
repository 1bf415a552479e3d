# Every mistake of examples/common_mistakes still fits the source that it is made in.
command -v git >/dev/null || { echo 'no git: the patches are not tried'; exit 77; }
status=0 patches=0
for patch in examples/common_mistakes/*.patch; do
  patches=$((patches + 1))
  git apply --check "$patch" || { echo "$patch no longer fits"; status=1; }
done
[ "$patches" -gt 1 ] || { echo 'no patches at all: this guard looks wrongly'; exit 1; }
[ $status = 0 ] && echo "All $patches patches fit."
exit $status
