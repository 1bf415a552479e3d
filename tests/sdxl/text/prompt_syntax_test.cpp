#include "sdxl/text/prompt_syntax.h"

#include <doctest/doctest.h>

#include <cmath>

using sdxl::parse_prompt;
using sdxl::PromptSyntax;
using sdxl::WeightedText;

namespace {

using Runs = std::vector<WeightedText>;

/// Whether a prompt is read as these runs, weights within rounding.
bool reads(PromptSyntax syntax, const std::string& prompt, const Runs& expected) {
  const Runs runs = parse_prompt(syntax, prompt);
  bool is_equal = runs.size() == expected.size();
  for (size_t i = 0; is_equal && i < runs.size(); ++i) {
    is_equal = runs[i].text == expected[i].text &&
               std::abs(runs[i].weight - expected[i].weight) < 1e-12 &&
               runs[i].starts_chunk == expected[i].starts_chunk;
  }
  if (is_equal) return true;
  for (const auto& [text, weight, starts] : runs) MESSAGE("got '", text, "' ", weight, " ", starts);
  return false;
}
bool a1111(const std::string& prompt, const Runs& expected) {
  return reads(PromptSyntax::a1111, prompt, expected);
}
bool compel(const std::string& prompt, const Runs& expected) {
  return reads(PromptSyntax::compel, prompt, expected);
}

/// The error of a prompt; "" without one.
std::string error_of(PromptSyntax syntax, const std::string& prompt) {
  try {
    parse_prompt(syntax, prompt);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

/// Whether the error begins so, and its caret is below this character of the prompt.
bool refuses(PromptSyntax syntax, const std::string& prompt, const std::string& said,
             size_t column) {
  const std::string error = error_of(syntax, prompt);
  const bool is_said = error.find(said) != std::string::npos;
  const bool is_marked = error.ends_with("\n    " + std::string(column, ' ') + "^");
  if (!is_said || !is_marked) MESSAGE("got: ", error);
  return is_said && is_marked;
}

}  // namespace

TEST_CASE("prompt syntax: a plain prompt is one run, whatever its marks") {
  CHECK(reads(PromptSyntax::plain, "a ((red) BREAK fox++", {{"a ((red) BREAK fox++"}}));
  CHECK(sdxl::prompt_syntax("compel") == PromptSyntax::compel);
  CHECK_THROWS_WITH_AS(sdxl::prompt_syntax("A1111"),
                       "prompt_syntax: expected plain, a1111 or compel, got A1111",
                       std::invalid_argument);
}

TEST_CASE("prompt syntax: A1111's brackets multiply where they are nested") {
  CHECK(a1111("normal text", {{"normal text"}}));
  CHECK(a1111("an (important) word", {{"an "}, {"important", 1.1}, {" word"}}));
  CHECK(a1111("\\(literal\\] \\\\ a\\b", {{"(literal] \\ ab"}}));
  CHECK(a1111("(unnecessary)(parens)", {{"unnecessaryparens", 1.1}}));
  CHECK(a1111("a (((house:1.3)) [on] a (hill:0.5), sun, (((sky)))).", {{"a "},
                                                                       {"house", 1.3 * 1.1 * 1.1},
                                                                       {" ", 1.1},
                                                                       {"on", 1.0},
                                                                       {" a ", 1.1},
                                                                       {"hill", 0.55},
                                                                       {", sun, ", 1.1},
                                                                       {"sky", std::pow(1.1, 4)},
                                                                       {"."}}));
  CHECK(a1111("(a [b] (c:2))", {{"a ", 1.1}, {"b", 1.0}, {" ", 1.1}, {"c", 2.2}}));
  CHECK(a1111("[fog] ( x : -0.5 )", {{"fog", 1 / 1.1}, {" "}, {" x ", -0.5}}));
  CHECK(a1111("(art by: someone) 16:9 a|b", {{"art by: someone", 1.1}, {" 16:9 a|b"}}));
  CHECK(a1111("(a [b) c]", {{"a ", 1.1}, {"b", 1.0}, {" c", 1 / 1.1}}));
  CHECK(a1111("", {{""}}));
  CHECK(a1111("()", {{""}}));
}

TEST_CASE("prompt syntax: A1111's BREAK begins a chunk, as a word of its own") {
  CHECK(a1111("a fox BREAK snow", {{"a fox "}, {" snow", 1.0, true}}));
  CHECK(a1111("(a fox BREAK snow:1.2) BREAK", {{"a fox ", 1.2}, {" snow", 1.2, true}, {" "}}));
  CHECK(a1111("BREAKFAST, no_BREAK", {{"BREAKFAST, no_BREAK"}}));
  CHECK(
      refuses(PromptSyntax::a1111, "a BREAK BREAK b", "no words stand in front of this BREAK", 8));
  CHECK(refuses(PromptSyntax::a1111, " BREAK b", "no words stand in front of this BREAK", 1));
}

TEST_CASE("prompt syntax: compel's weights stand behind words, brackets and quotes") {
  CHECK(compel("a red fox++", {{"a red "}, {"fox", 1.1 * 1.1}}));
  CHECK(compel("fire", {{"fire"}}));
  CHECK(compel("flowers--- flames+++",
               {{"flowers", std::pow(0.9, 3)}, {"flames", std::pow(1.1, 3)}}));
  CHECK(compel("(fire flames)0.5", {{"fire flames", 0.5}}));
  CHECK(compel("\"fire flames\".attend(0.5)", {{"fire flames", 0.5}}));
  CHECK(compel("flames.attend(--)", {{"flames", 0.81}}));
  CHECK(compel("(flames (trees)1.5)2.0", {{"flames ", 2.0}, {"trees", 3.0}}));
  CHECK(compel("\"a (fox+)++\"2", {{"a ", 2.0}, {"fox", 2 * std::pow(1.1, 3)}}));
  CHECK(compel("hot-dog C\\+\\+ 3 - 2", {{"hot-dog C++ 3 - 2"}}));
  CHECK(compel("h\\(o\\)tdog-", {{"h(o)tdog", 0.9}}));
  CHECK(compel("(a,b.c)2", {{"a , b . c", 2.0}}));
  CHECK(compel("v1.5+ wide", {{"v1.5+ wide"}}));
  CHECK(compel("", {{""}}));
}

TEST_CASE("prompt syntax: marks that are wrong are shown where they stand") {
  using enum PromptSyntax;
  CHECK(refuses(a1111, "a (red fox", "this ( has no )", 2));
  CHECK(refuses(a1111, "a [red fox", "this [ has no ]", 2));
  CHECK(refuses(a1111, "a fox :)", "this ) closes no (; a bracket that is text is written \\)", 7));
  CHECK(refuses(a1111, "fog]", "this ] closes no [", 3));
  CHECK(refuses(a1111, "(red:1.2.3)", "expected a weight such as 1.3, got 1.2.3", 5));
  CHECK(refuses(a1111, "(red:1,3)", "expected a weight such as 1.3, got 1,3", 5));
  CHECK(refuses(a1111, "(red:1000)", "expected a weight from -100 to 100", 5));
  CHECK(refuses(a1111, "a [red:blue:0.5] fox", "[a:b:0.5], a prompt that changes", 2));
  CHECK(refuses(a1111, "a [red|blue] fox", "[a|b], a prompt that changes in every step", 2));
  CHECK(refuses(a1111, "a cat AND a dog", "AND, prompts that run one by one", 6));
  CHECK(refuses(a1111, "<lora:a:0.5> fox", "expected the adapter's file", 0));
  CHECK(refuses(compel, "a (red fox", "this ( has no )", 2));
  CHECK(refuses(compel, "a \"red fox", "this \" has no \"", 2));
  CHECK(refuses(compel, "a (\"red) fox\"", "this \" has no \"", 3));
  CHECK(refuses(compel, "fox)", "this ) closes no (", 3));
  CHECK(refuses(compel, "(fox).attend(much)", "expected a weight such as 1.3, got much", 13));
  CHECK(refuses(compel, "(\"a\", \"b\").blend(1, 1)", ".blend is not built here", 10));
  CHECK(refuses(compel, "(\"a\", \"b\").and()", ".and is not built here", 10));
  CHECK(refuses(compel, "a cat.swap(dog)", ".swap is not built here", 5));

  // The line has the mark's neighbours alone, and a character is one place.
  const std::string long_prompt = std::string(300, 'x') + "\u00e9\n(" + std::string(300, 'y');
  const std::string error = error_of(a1111, long_prompt);
  CHECK(error.find("..." + std::string(37, 'x') + "\u00e9 (yyy") != std::string::npos);
  CHECK(error.ends_with("\n    " + std::string(42, ' ') + "^"));
  const std::string deepest = std::string(300000, '(') + std::string(300000, ')');
  CHECK(error_of(a1111, deepest).starts_with("brackets are nested deeper than 100\n"));
  CHECK(error_of(compel, deepest).starts_with("brackets are nested deeper than 100\n"));
  const std::string deep = std::string(60, '(') + "x" + std::string(60, ')');
  CHECK(error_of(a1111, deep).find("x: nested weights multiply to 304") != std::string::npos);
}
