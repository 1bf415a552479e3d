#pragma once

#include <string>
#include <string_view>

/// The parts of Unicode that a tokenizer needs. One char32_t is one character (code point).
///
/// The tables are those of the utf8proc library. A character that is newer than its tables is
/// neither letter, number nor white space.
namespace sdxl::unicode {

/// UTF-8 to characters.
/// Errors: std::invalid_argument naming the first byte that is not UTF-8, and its position.
std::u32string from_utf8(std::string_view bytes);
std::string to_utf8(std::u32string_view characters);

bool is_letter(char32_t c);       // general categories L*
bool is_number(char32_t c);       // general categories N*
bool is_white_space(char32_t c);  // the property White_Space

/// NFC: the shortest spelling of equal texts, such as one character for "e" and an acute accent.
std::u32string compose(std::u32string_view text);
/// Every run of white space becomes one space.
std::u32string collapse_white_space(std::u32string_view text);
/// Each character by itself: a final Greek sigma is treated like any other.
std::u32string lowercase(std::u32string_view text);

}  // namespace sdxl::unicode
