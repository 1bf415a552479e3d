// How a text becomes numbers: the tokenizer of CLIP, which both text encoders use.
//
//   build/release/03_tokenize [TEXT]

#include <iostream>
#include <stdexcept>
#include <string>

#include "examples/check.h"
#include "sdxl/text/clip_tokenizer.h"

using sdxl::ClipTokenizer;
using Encoding = ClipTokenizer::Encoding;

// The vocabulary that SDXL was trained with: 49408 pieces of words, with "</w>" at a word's end.
void words_become_pieces(const ClipTokenizer& tokenizer) {
  const Encoding fox = tokenizer.encode("a red fox");
  check(fox.pieces[1] == "a</w>" && fox.ids[1] == 320);
  check(fox.pieces[2] == "red</w>" && fox.ids[2] == 736);
  check(fox.pieces[3] == "fox</w>" && fox.ids[3] == 3240);

  // A word that is not in the vocabulary falls into pieces that are.
  const Encoding rare = tokenizer.encode("glassbox");
  check(rare.pieces[1] == "glass" && rare.pieces[2] == "box</w>");
}

// Every text has the same length: a start token, the text, an end token, then padding. The first
// encoder pads with the end token, the second with "!", whose id is 0.
void every_text_is_77_long(const ClipTokenizer& first, const ClipTokenizer& second) {
  const Encoding padded = first.encode("fox");
  check(first.max_length() == 77 && padded.ids.size() == 77);
  check(padded.pieces[0] == "<|startoftext|>" && padded.ids[0] == 49406);
  check(padded.pieces[2] == "<|endoftext|>" && padded.ids[2] == 49407);
  check(padded.ids[3] == 49407 && padded.ids[76] == 49407);

  const Encoding other = second.encode("fox");
  check(other.ids[2] == 49407);
  check(other.ids[3] == 0 && other.pieces[76] == "!");
}

// A text has 75 pieces at most. The rest is cut off and returned.
void long_texts_are_cut(const ClipTokenizer& tokenizer) {
  std::string text;
  for (int i = 0; i < 80; ++i) text += "fox ";
  const Encoding encoding = tokenizer.encode(text);
  check(encoding.ids.size() == 77);
  check(encoding.pieces[76] == "<|endoftext|>");
  check(encoding.cut_off.size() == 5);
}

// Case and white space make no difference. Signs, single digits and endings such as 's are words.
void what_does_not_count(const ClipTokenizer& tokenizer) {
  check(tokenizer.encode(" A  Red\nFOX ").ids == tokenizer.encode("a red fox").ids);
  const Encoding encoding = tokenizer.encode("fox's 42");
  check(encoding.pieces[2] == "'s</w>");
  check(encoding.pieces[3] == "4</w>" && encoding.pieces[4] == "2</w>");
}

// Any UTF-8 text has tokens, because each of the 256 bytes is a piece. Other bytes are an error.
void bytes_are_pieces(const ClipTokenizer& tokenizer) {
  check(tokenizer.encode("\U0001F98A").ids != tokenizer.encode("").ids);
  try {
    tokenizer.encode("\xff");
    check(false);
  } catch (const std::invalid_argument& error) {
    std::cout << error.what() << '\n';
  }
}

void show(const Encoding& encoding) {
  for (size_t i = 0; i < encoding.ids.size(); ++i) {
    std::cout << encoding.ids[i] << ' ' << encoding.pieces[i] << '\n';
    if (i > 0 && encoding.pieces[i] == "<|endoftext|>") break;
  }
}

int main(int count, char** words) {
  const ClipTokenizer first = ClipTokenizer::openai();
  const ClipTokenizer second = ClipTokenizer::openai("!");
  words_become_pieces(first);
  every_text_is_77_long(first, second);
  long_texts_are_cut(first);
  what_does_not_count(first);
  bytes_are_pieces(first);
  show(first.encode(count > 1 ? words[1] : "a glassbox of 4 red foxes"));
}
