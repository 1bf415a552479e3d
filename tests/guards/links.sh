# Every link from a Markdown file to a file of the project leads somewhere.
status=0 links=0
for page in $(find . -name '*.md' -not -path './build/*' -not -path './.venv/*'); do
  for target in $(grep -oE '\]\([^)# ]+' "$page" | cut -c3- | grep -vE '^[a-z]+:'); do
    links=$((links + 1))
    [ -e "$(dirname "$page")/$target" ] || { echo "$page: $target is not there"; status=1; }
  done
done
[ "$links" -gt 0 ] || { echo 'no links at all: this guard looks wrongly'; exit 1; }
[ $status = 0 ] && echo "All $links links lead to a file."
exit $status
