# Every link from a Markdown file to a file of the project has a target.
status=0 links=0
for page in $(find . -name '*.md' -not -path './build/*' -not -path './.venv/*'); do
  for target in $(grep -oE '\]\([^)# ]+' "$page" | cut -c3- | grep -vE '^[a-z]+:'); do
    links=$((links + 1))
    [ -e "$(dirname "$page")/$target" ] || { echo "$page: $target does not exist"; status=1; }
  done
done
[ "$links" -gt 0 ] || { echo 'no links at all: this guard checks nothing'; exit 1; }
[ $status = 0 ] && echo "All $links links have a target."
exit $status
