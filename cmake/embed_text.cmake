# Writes a text file as C++ source, to be included in an array of std::string_view:
#
#   cmake -D TEXT=clip_merges.txt -D CODE=clip_merges.inc -P embed_text.cmake
#
# Each element is a raw string literal of whole lines, at most 8000 bytes long, since a compiler may
# limit the length of a literal. The suffix sv (std::string_view_literals) has its length ready:
# clang refuses to count half a million bytes in a constant expression.
file(READ ${TEXT} rest)
set(code "")
while(NOT "${rest}" STREQUAL "")
  string(SUBSTRING "${rest}" 0 8000 lines)
  string(FIND "${lines}" "\n" end REVERSE)
  math(EXPR end "${end} + 1")
  string(SUBSTRING "${rest}" 0 ${end} lines)
  string(SUBSTRING "${rest}" ${end} -1 rest)
  string(APPEND code "R\"text(${lines})text\"sv,\n")
endwhile()
file(WRITE ${CODE} "${code}")
