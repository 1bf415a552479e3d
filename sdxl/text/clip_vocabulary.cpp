#include "sdxl/text/clip_vocabulary.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "sdxl/json_text.h"
#include "sdxl/text/merges_text.h"
#include "tensor/error.h"
#include "tensor/io/mapped_file.h"

namespace sdxl {

using nlohmann::json;
using std::filesystem::path;

namespace {

/// An empty object where the file is absent.
json read_object(const path& file) {
  if (!exists(file)) return json::object();
  json result = parse_json(tensor::io::read_text(file));
  if (!result.is_object()) {
    tensor::fail("{}: expected a JSON object, but it does not parse as one; is the file damaged?",
                 file.string());
  }
  return result;
}

/// The member of an object, or null.
const json& member(const json& object, const std::string& name) {
  static const json null;
  const auto found = object.find(name);
  return found == object.end() ? null : *found;
}

int64_t read_id(const json& value, const std::string& token, const path& file) {
  // Merges are looked up by two ids in one 64-bit number.
  constexpr int64_t largest = 0x7fffffff;
  if (!value.is_number_integer() || value < 0 || value > largest) {
    tensor::fail("{}: {}: expected a whole number from 0 to {} as its id, got {}", file.string(),
                 tensor::printable(token), largest, tensor::printable(json_text(value)));
  }
  return value.get<int64_t>();
}

/// {"token": id, ...}
TokenIds read_ids(const json& object, const path& file) {
  if (!object.is_object() || object.empty()) {
    tensor::fail("{}: expected a vocabulary, an object of tokens and their ids", file.string());
  }
  TokenIds ids;
  std::unordered_map<int64_t, std::string> tokens;
  for (const auto& [token, value] : object.items()) {
    const int64_t id = read_id(value, token, file);
    const auto [earlier, is_new] = tokens.emplace(id, token);
    if (!is_new) {
      tensor::fail("{}: expected one token for each id, but {} and {} both have {}", file.string(),
                   tensor::printable(earlier->second), tensor::printable(token), id);
    }
    ids.emplace(token, id);
  }
  return ids;
}

/// A list of pairs ["a", "b"], or of texts "a b" as older files have them.
Merges read_merges(const json& list, const path& file) {
  if (!list.is_array()) tensor::fail("{}: expected a list of merges", file.string());
  Merges merges;
  for (const json& item : list) {
    const std::string place = file.string() + ": merge " + std::to_string(merges.size() + 1);
    if (item.is_string()) {
      merges.push_back(parse_merge(item.get<std::string>(), place));
    } else if (item.is_array() && item.size() == 2 && item[0].is_string() && item[1].is_string()) {
      merges.emplace_back(item[0], item[1]);
    } else {
      tensor::fail("{}: expected two symbols, got {}", place, tensor::printable(json_text(item)));
    }
  }
  return merges;
}

/// A token is a text, or an object whose "content" is the text.
AddedToken read_token(const json& value, const std::string& name, const path& file) {
  AddedToken token;
  const json& content = value.is_object() ? member(value, "content") : value;
  if (!content.is_string() || content == "") {
    tensor::fail("{}: {}: expected a token, a text or an object with \"content\", got {}",
                 file.string(), name, tensor::printable(json_text(value)));
  }
  token.content = content.get<std::string>();
  if (!value.is_object()) return token;
  token.normalized = member(value, "normalized") == true;
  if (member(value, "single_word") == true) {
    tensor::fail(
        "{}: {}: expected \"single_word\": false; tokens that match whole words only are "
        "left out here",
        file.string(), name);
  }
  return token;  // lstrip and rstrip concern white space, which has no tokens here
}

/// The tokens and their merges.
void read_model(const path& folder, ClipVocabulary& v) {
  const path whole = folder / "tokenizer.json";
  const path ids = folder / "vocab.json";
  const path merges = folder / "merges.txt";
  if (exists(whole)) {
    const json object = read_object(whole);
    const json& model = member(object, "model");
    v.ids = read_ids(member(model, "vocab"), whole);
    v.merges = read_merges(member(model, "merges"), whole);
  } else if (exists(ids) && exists(merges)) {
    v.ids = read_ids(read_object(ids), ids);
    v.merges = parse_merges(tensor::io::read_text(merges), merges.string());
  } else {
    tensor::fail("{}: expected a tokenizer: tokenizer.json, or vocab.json and merges.txt",
                 folder.string());
  }
}

/// Adds tokens, in time in proportion to their number. Errors: see ClipVocabulary::add.
void add_all(const std::vector<AddedToken>& tokens, ClipVocabulary& v) {
  std::unordered_map<int64_t, std::string> owners;  // by id; filled for the first new token
  std::unordered_set<std::string> added;
  for (const AddedToken& token : v.added_tokens) added.insert(token.content);
  for (const AddedToken& token : tokens) {
    const auto known = v.ids.find(token.content);
    if (known == v.ids.end()) {
      if (owners.empty()) {
        for (const auto& [content, id] : v.ids) owners.emplace(id, content);
      }
      const auto [owner, is_free] = owners.emplace(token.id, token.content);
      if (!is_free) {
        tensor::fail("{}: {} was added with id {}, but that is the id of {}", v.source,
                     tensor::printable(token.content), token.id, tensor::printable(owner->second));
      }
      v.ids.emplace(token.content, token.id);
    } else if (known->second != token.id) {
      tensor::fail("{}: {} was added with id {}, but has id {} in the vocabulary", v.source,
                   tensor::printable(token.content), token.id, known->second);
    }
    if (added.insert(token.content).second) v.added_tokens.push_back(token);
  }
}

/// The tokens that the user or the files added. They are listed in one of two places.
void read_added_tokens(const path& folder, const json& config, ClipVocabulary& v) {
  std::vector<AddedToken> tokens;
  const auto add = [&tokens](const json& value, const json& id, const path& file) {
    AddedToken token = read_token(value, "added token", file);
    token.id = read_id(id, token.content, file);
    tokens.push_back(token);
  };
  if (config.contains("added_tokens_decoder")) {
    for (const auto& [id, value] : config["added_tokens_decoder"].items()) {
      add(value, parse_json(id), folder / "tokenizer_config.json");
    }
    return add_all(tokens, v);
  }
  const json whole = read_object(folder / "tokenizer.json");
  for (const json& value : member(whole, "added_tokens")) {
    add(value, member(value, "id"), folder / "tokenizer.json");
  }
  const json older = read_object(folder / "added_tokens.json");
  for (const auto& [content, id] : older.items()) {
    add({{"content", content}, {"normalized", true}}, id, folder / "added_tokens.json");
  }
  add_all(tokens, v);
}

/// Reads the four special tokens. `config` is that of tokenizer_config.json. The older
/// special_tokens_map.json overrides it, unless the config lists its tokens itself.
void read_special_tokens(const path& folder, json config, ClipVocabulary& v) {
  if (!config.contains("added_tokens_decoder")) {
    config.update(read_object(folder / "special_tokens_map.json"));
  }
  for (const auto& [name, place] :
       {std::pair{"bos_token", &v.bos_token}, std::pair{"eos_token", &v.eos_token},
        std::pair{"unk_token", &v.unk_token}, std::pair{"pad_token", &v.pad_token}}) {
    const json& value = member(config, name);
    if (value.is_null()) continue;
    AddedToken token = read_token(value, name, folder);
    *place = token.content;
    const auto found = v.ids.find(token.content);
    if (found == v.ids.end()) continue;
    token.id = found->second;
    v.add(token);
  }
}

/// The longest list of ids, start and end of text included.
int64_t read_max_length(const json& config, const path& file) {
  const json& value = member(config, "model_max_length");
  // transformers writes 10^30 for "no limit".
  if (value.is_null() || (value.is_number() && value > 1000000)) return 77;
  if (!value.is_number() || value < 2 || value.get<double>() != std::floor(value.get<double>())) {
    tensor::fail("{}: model_max_length: expected a whole number of 2 or more, got {}",
                 file.string(), tensor::printable(json_text(value)));
  }
  return value.get<int64_t>();
}

}  // namespace

ClipVocabulary ClipVocabulary::read(const path& folder) {
  const path config_file = folder / "tokenizer_config.json";
  const json config = read_object(config_file);
  ClipVocabulary v;
  v.source = folder.string();
  read_model(folder, v);
  read_added_tokens(folder, config, v);
  read_special_tokens(folder, config, v);
  v.max_length = read_max_length(config, config_file);
  v.add_special_tokens();
  return v;
}

void ClipVocabulary::add(const AddedToken& token) { add_all({token}, *this); }

bool ClipVocabulary::is_added(const std::string& content) const {
  return std::ranges::any_of(added_tokens,
                             [&](const AddedToken& token) { return token.content == content; });
}

void ClipVocabulary::add_special_tokens() {
  for (const std::string& content : {bos_token, eos_token, unk_token, pad_token}) {
    const auto found = ids.find(content);
    if (found == ids.end()) {
      tensor::fail("{}: the vocabulary lacks the special token {}", source,
                   tensor::printable(content));
    }
    if (!is_added(content)) add({content, found->second, false});
  }
}

}  // namespace sdxl
