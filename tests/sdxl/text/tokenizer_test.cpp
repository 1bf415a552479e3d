#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sdxl/text/clip_tokenizer.h"
#include "tests/support/paths.h"
#include "tests/support/scratch_folder.h"

using namespace sdxl;
using nlohmann::json;
using support::ScratchFolder;
using Ids = std::vector<int64_t>;

namespace {

const json& golden() {
  static const json object = [] {
    auto path = support::golden_path("tokenizer");
    std::ifstream file(path.replace_extension(".json"));
    return json::parse(file);
  }();
  return object;
}

Ids padded(const json& ids, int64_t pad) {
  Ids result = ids.get<Ids>();
  result.resize(77, pad);
  return result;
}

/// The files of a small tokenizer, with some of them replaced ("" takes one away).
ClipTokenizer load_small(const std::string& kind,
                         const std::map<std::string, std::string>& replaced = {}) {
  const ScratchFolder folder;
  for (const auto& [name, text] : golden().at("small").at(kind).items()) {
    if (!replaced.contains(name)) folder.write(name, text);
  }
  for (const auto& [name, text] : replaced) {
    if (!text.empty()) folder.write(name, text);
  }
  return ClipTokenizer::load(folder.path());
}

/// The error message of the small tokenizer, without the folder, when a file has this text.
std::string message(const std::string& name, const std::string& text,
                    const std::string& kind = "files") {
  try {
    load_small(kind, {{name, text}});
  } catch (const std::runtime_error& error) {
    const std::string what = error.what();
    const std::string rest = what.substr(what.find_first_of("/:", what.find("glassbox-")));
    return rest.starts_with('/') ? rest.substr(1) : rest;
  }
  return "no error";
}

std::string small_file(const std::string& name, const std::string& from, const std::string& to) {
  std::string text = golden().at("small").at("files").at(name);
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("tokenizer: both tokenizers of SDXL equal transformers on hard strings") {
  const ClipTokenizer first = ClipTokenizer::openai();
  const ClipTokenizer second = ClipTokenizer::openai("!");
  REQUIRE(golden().at("openai").size() >= 300);
  for (const json& row : golden().at("openai")) {
    const std::string text = row.at("text");
    CAPTURE(row.at("text").dump());
    const ClipTokenizer::Encoding encoding = first.encode(text);
    CHECK(encoding.ids == padded(row.at("ids"), 49407));
    CHECK(second.encode(text).ids == padded(row.at("ids_2"), 0));

    const auto pieces = row.at("pieces").get<std::vector<std::string>>();
    const size_t kept = std::min<size_t>(pieces.size(), 75);
    CHECK(encoding.pieces.size() == 77);
    CHECK(encoding.pieces[0] == "<|startoftext|>");
    CHECK(encoding.pieces[kept + 1] == "<|endoftext|>");
    for (size_t i = 0; i < kept; ++i) CHECK(encoding.pieces[i + 1] == pieces[i]);
    CHECK(encoding.cut_off == std::vector<std::string>(pieces.begin() + kept, pieces.end()));
  }
}

TEST_CASE("tokenizer: OpenAI's vocabulary has the known ids") {
  const ClipVocabulary v = ClipVocabulary::openai("!");
  CHECK(v.ids.size() == 49408);
  CHECK(v.merges.size() == 48894);
  const std::map<std::string, int64_t> known = {{"!", 0},
                                                {"\"", 1},
                                                {"!</w>", 256},
                                                {"in", 512},
                                                {"th", 513},
                                                {"an", 514},
                                                {"cat", 1481},
                                                {"cat</w>", 2368},
                                                {"the</w>", 518},
                                                {"jekyll</w>", 49405},
                                                {"<|startoftext|>", 49406},
                                                {"<|endoftext|>", 49407}};
  for (const auto& [token, id] : known) CHECK(v.ids.at(token) == id);
}

TEST_CASE("tokenizer: a small one loads from the files of old and of new transformers") {
  const json& small = golden().at("small");
  // Old tokenizer.json files write a merge as one text.
  json old = json::parse(small.at("files_now").at("tokenizer.json").get<std::string>());
  for (json& merge : old["model"]["merges"]) {
    merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
  }
  const ClipTokenizer tokenizers[] = {
      load_small("files"), load_small("files_now"),
      load_small("files_now", {{"tokenizer.json", old.dump()}}),
      load_small("files",
                 {{"merges.txt", "#version: 0.2\r\n" +
                                     std::string("t h\r\nc a\r\nca t</w>\r\n"
                                                 "th e</w>\r\na t</w>\r\nc at</w>\r\nh e</w>\r\nt "
                                                 "he</w>\r\no o\r\noo o\r\no o</w>")}})};
  for (const ClipTokenizer& tokenizer : tokenizers) {
    CHECK(tokenizer.max_length() == small.at("max_length"));
    for (const json& row : small.at("cases")) {
      CAPTURE(row.at("text").dump());
      CHECK(tokenizer.encode(row.at("text").get<std::string>()).ids == row.at("ids").get<Ids>());
    }
  }
}

TEST_CASE("tokenizer: without a config the length is 77 and the special tokens are CLIP's") {
  const ClipTokenizer tokenizer =
      load_small("files", {{"tokenizer_config.json", ""}, {"special_tokens_map.json", ""}});
  const ClipTokenizer::Encoding encoding = tokenizer.encode("a");
  CHECK(encoding.ids.size() == 77);
  CHECK(encoding.ids.back() == 2);
  const std::string endless = R"({"model_max_length": 1000000000000000019884624838656})";
  CHECK(load_small("files", {{"tokenizer_config.json", endless}}).max_length() == 77);
}

TEST_CASE("tokenizer: tokens that a user added are found in the text") {
  // "<my-cat>" is as textual inversion adds it: with an id after all others, found in any case.
  const std::string config =
      R"({"model_max_length": 6, "added_tokens_decoder": {"1": {"content": "<|startoftext|>"},
          "2": {"content": "<|endoftext|>"}, "900": {"content": "<my-cat>", "normalized": true},
          "901": {"content": "<my-cat>2"}}})";
  const ClipTokenizer tokenizer = load_small("files", {{"tokenizer_config.json", config}});
  CHECK(tokenizer.encode("a<My-Cat>a").ids == Ids{1, 54, 900, 54, 2, 2});
  CHECK(tokenizer.encode("<my-cat>2 <my-cat>").ids == Ids{1, 901, 900, 2, 2, 2});
  CHECK(tokenizer.encode("<my-cat>").pieces[1] == "<my-cat>");
  const ClipTokenizer older = load_small("files", {{"added_tokens.json", R"({"<my-cat>": 900})"}});
  CHECK(older.encode("a<My-Cat>a").ids == Ids{1, 54, 900, 54, 2, 4, 4, 4, 4, 4, 4, 4});
}

TEST_CASE("tokenizer: a hundred thousand added tokens are read in time in proportion") {
  json added = json::object();
  for (int id = 1000; id < 101'000; ++id)
    added[std::to_string(id)] = {{"content", "t" + std::to_string(id)}};
  added["1"] = {{"content", "<|startoftext|>"}};
  added["2"] = {{"content", "<|endoftext|>"}};
  const std::string config = json{{"model_max_length", 6}, {"added_tokens_decoder", added}}.dump();
  const ClipTokenizer tokenizer = load_small("files", {{"tokenizer_config.json", config}});
  CHECK(tokenizer.encode("at100999").ids == Ids{1, 54, 100'999, 2, 2, 2});
}

TEST_CASE("tokenizer: text that is not UTF-8 is refused with the position") {
  const ClipTokenizer tokenizer = ClipTokenizer::openai();
  CHECK_THROWS_WITH(tokenizer.encode("caf\xe9 cat"),
                    "text: expected UTF-8, got byte 0xe9 at position 3");
  for (const std::string bad : {"\x80", "\xc3", "\xe5\x8c", "\xf0\x9f\x90", "\xc0\xaf",
                                "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "ok\xfe"}) {
    CHECK_THROWS_AS(tokenizer.encode(bad), std::invalid_argument);
  }
}

TEST_CASE("tokenizer: long prompts take time in proportion to their length") {
  const ClipTokenizer tokenizer = ClipTokenizer::openai();
  const auto start = std::chrono::steady_clock::now();
  std::string words, letters, accents = "a", spaces, signs;
  for (int i = 0; i < 10000; ++i) words += "astronaut ";
  for (int64_t i = 0; i < 100000; ++i) {
    letters += static_cast<char>('a' + i * i % 26);
    accents += i % 2 ? "\u0301" : "\u0327";  // in the wrong order, to be sorted
    spaces += " ";
    signs += "<|";
  }
  const ClipTokenizer::Encoding encoding = tokenizer.encode(words);
  CHECK(encoding.ids[75] == 18376);
  CHECK(encoding.cut_off.size() == 9925);
  for (const std::string& text : {letters, accents, signs}) {
    CHECK(tokenizer.encode(text).cut_off.size() > 1000);
  }
  CHECK(tokenizer.encode(spaces).cut_off.empty());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  CHECK(seconds.count() < 30.0);  // a quadratic step would take minutes
}

TEST_CASE("tokenizer: damaged vocabularies are refused with the reason") {
  CHECK(message("vocab.json", "") ==
        ": expected a tokenizer: tokenizer.json, or vocab.json and merges.txt");
  CHECK(message("vocab.json", "{\"a\": 0") ==
        "vocab.json: expected a JSON object, but it does not parse as one; is the file damaged?");
  CHECK(message("vocab.json", "{}") ==
        "vocab.json: expected a vocabulary, an object of tokens and their ids");
  CHECK(message("vocab.json", R"({"a": 1.5})") ==
        "vocab.json: a: expected a whole number from 0 to 2147483647 as its id, got 1.5");
  CHECK(message("vocab.json", R"({"a": -1})") != "no error");
  CHECK(message("vocab.json", R"({"a": 4294967296})") != "no error");
  CHECK(message("vocab.json", R"({"a": 18446744073709551615})") != "no error");
  CHECK(message("vocab.json", R"({"a": 3, "b": 3})") ==
        "vocab.json: expected one token for each id, but a and b both have 3");
  CHECK(message("vocab.json", small_file("vocab.json", "<pad>", "<pat>")) ==
        ": the vocabulary lacks the special token <pad>");
  CHECK(message("vocab.json", small_file("vocab.json", "<|endoftext|>", "<|end|>")) ==
        ": the vocabulary lacks the special token <|endoftext|>");
  CHECK(message("vocab.json", std::string("{\"\xff\": 1}")) != "no error");
}

TEST_CASE("tokenizer: damaged merges are refused with the reason") {
  CHECK(message("merges.txt", "#version: 0.2\nt h\nth\n") ==
        "merges.txt:3: expected a merge, two symbols with one space between them, got \"th\"");
  CHECK(message("merges.txt", "t h e\n") != "no error");
  CHECK(message("merges.txt", "t h\n\nc a\n") != "no error");
  CHECK(message("merges.txt", " h\n") != "no error");
  CHECK(message("merges.txt", "t h\nt q\n") ==
        ": merge 2 joins t and q, but the vocabulary lacks one of them or tq");
  CHECK(message("merges.txt", std::string("\0\xff\x01\n", 4)) != "no error");
  CHECK(message("tokenizer.json", R"({"model": {"vocab": {"a": 0}, "merges": [["a"]]}})") ==
        "tokenizer.json: merge 1: expected two symbols, got [\"a\"]");
  CHECK(message("tokenizer.json", R"({"model": {"vocab": {"a": 0}}})") ==
        "tokenizer.json: expected a list of merges");
  CHECK(message("tokenizer.json", R"({"model": 5})") != "no error");
  CHECK(message("tokenizer.json", "[]") != "no error");
}

TEST_CASE("tokenizer: files with brackets nested ever deeper are refused") {
  const std::string nested = std::string(100'000, '[') + std::string(100'000, ']');
  for (const char* file : {"vocab.json", "tokenizer_config.json", "special_tokens_map.json"}) {
    CHECK(message(file, "{\"pad_token\": " + nested + "}") ==
          std::string(file) +
              ": expected a JSON object, but it does not parse as one; is the file damaged?");
  }
}

TEST_CASE("tokenizer: damaged special tokens are refused with the reason") {
  const std::string config = "tokenizer_config.json";
  CHECK(message("special_tokens_map.json", R"({"pad_token": 5})") ==
        ": pad_token: expected a token, a text or an object with \"content\", got 5");
  CHECK(message("special_tokens_map.json", R"({"pad_token": ""})") != "no error");
  CHECK(message(config, R"({"model_max_length": 1})") ==
        "tokenizer_config.json: model_max_length: expected a whole number of 2 or more, got 1");
  CHECK(message(config, R"({"model_max_length": "77"})") != "no error");
  CHECK(message(config, R"({"added_tokens_decoder": {"7": {"content": "<pad>"}}})") ==
        ": <pad> was added with id 7, but has id 4 in the vocabulary");
  CHECK(message(config, R"({"added_tokens_decoder": {"4": {"content": "<new>"}}})") ==
        ": <new> was added with id 4, but that is the id of <pad>");
  CHECK(message(config, R"({"added_tokens_decoder": {"x": {"content": "<new>"}}})") != "no error");
  CHECK(message(config, R"({"added_tokens_decoder": [1]})") != "no error");
  CHECK(message(config, R"({"added_tokens_decoder": 3})") != "no error");
  CHECK(message(config,
                R"({"added_tokens_decoder": {"900": {"content": "b", "single_word": true}}})") !=
        "no error");
  CHECK(message("added_tokens.json", R"({"<new>": "1"})") != "no error");
}
