#include "sdxl/text/byte_pair_encoding.h"

#include <functional>
#include <queue>
#include <tuple>

#include "sdxl/text/unicode.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

bool is_printable(int byte) {
  return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
}

uint64_t pair_key(int64_t left, int64_t right) {
  return static_cast<uint64_t>(left) << 32 | static_cast<uint64_t>(right);
}

}  // namespace

const std::array<uint8_t, 256>& bytes_in_vocabulary_order() {
  static const std::array<uint8_t, 256> order = [] {
    std::array<uint8_t, 256> result{};
    size_t count = 0;
    for (const bool printable : {true, false}) {
      for (int byte = 0; byte < 256; ++byte) {
        if (is_printable(byte) == printable) result[count++] = static_cast<uint8_t>(byte);
      }
    }
    return result;
  }();
  return order;
}

const std::array<std::string, 256>& byte_symbols() {
  static const std::array<std::string, 256> symbols = [] {
    std::array<std::string, 256> result;
    char32_t spare = 0x100;
    for (const uint8_t byte : bytes_in_vocabulary_order()) {
      const char32_t symbol = is_printable(byte) ? byte : spare++;
      result[byte] = unicode::to_utf8({&symbol, 1});
    }
    return result;
  }();
  return symbols;
}

BytePairEncoding::BytePairEncoding(const TokenIds& ids, const Merges& merges,
                                   const std::string& unknown_token, const std::string& source) {
  const auto unknown = ids.find(unknown_token);
  if (unknown == ids.end()) {
    tensor::fail("{}: the vocabulary has no {}, its token for what is unknown", source,
                 tensor::printable(unknown_token));
  }
  const auto id_or_unknown = [&](const std::string& token) {
    const auto found = ids.find(token);
    return found == ids.end() ? unknown->second : found->second;
  };
  for (size_t byte = 0; byte < 256; ++byte) {
    inner_ids_[byte] = id_or_unknown(byte_symbols()[byte]);
    final_ids_[byte] = id_or_unknown(byte_symbols()[byte] + "</w>");
  }
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& [left, right] = merges[rank];
    const auto left_id = ids.find(left), right_id = ids.find(right), id = ids.find(left + right);
    if (left_id == ids.end() || right_id == ids.end() || id == ids.end()) {
      tensor::fail("{}: merge {} joins {} and {}, but the vocabulary lacks one of them or {}",
                   source, rank + 1, tensor::printable(left), tensor::printable(right),
                   tensor::printable(left + right));
    }
    const Merge merge{static_cast<int64_t>(rank), id->second};
    merges_.insert_or_assign(pair_key(left_id->second, right_id->second), merge);
  }
}

/// A merge that was possible when it entered the queue: of `symbols[left]` and the one after it.
struct BytePairEncoding::Candidate {
  Merge merge;
  int64_t left;
  bool operator>(const Candidate& other) const {
    return std::tie(merge.rank, left) > std::tie(other.merge.rank, other.left);
  }
};

const BytePairEncoding::Merge* BytePairEncoding::find_merge(const std::vector<Symbol>& symbols,
                                                            int64_t left) const {
  if (left < 0 || symbols[left].id < 0 || symbols[left].next < 0) return nullptr;
  const auto found = merges_.find(pair_key(symbols[left].id, symbols[symbols[left].next].id));
  return found == merges_.end() ? nullptr : &found->second;
}

void BytePairEncoding::merge(std::vector<Symbol>& symbols) const {
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto consider = [&](int64_t left) {
    if (const Merge* found = find_merge(symbols, left)) queue.push({*found, left});
  };
  for (size_t i = 0; i < symbols.size(); ++i) consider(static_cast<int64_t>(i));

  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    const Merge* current = find_merge(symbols, best.left);
    if (!current || current->id != best.merge.id) continue;  // its symbols have been joined since

    Symbol& left = symbols[best.left];
    Symbol& right = symbols[left.next];
    left.id = best.merge.id;
    left.next = right.next;
    right.id = -1;
    if (left.next >= 0) symbols[left.next].previous = best.left;
    consider(left.previous);
    consider(best.left);
  }
}

void BytePairEncoding::encode(std::string_view word, std::vector<int64_t>& ids) const {
  std::vector<Symbol> symbols;
  const auto count = static_cast<int64_t>(word.size());
  for (int64_t i = 0; i < count; ++i) {
    const auto byte = static_cast<uint8_t>(word[i]);
    const bool is_last = i + 1 == count;
    symbols.push_back({is_last ? final_ids_[byte] : inner_ids_[byte], i - 1, is_last ? -1 : i + 1});
  }
  merge(symbols);
  for (const Symbol& symbol : symbols) {
    if (symbol.id >= 0) ids.push_back(symbol.id);
  }
}

}  // namespace sdxl
