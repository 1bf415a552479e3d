#include "tensor/image/png_chunks.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/png.h"

/// The texts in a PNG with the right check sums; and that a PNG with these texts has them again.
void fuzz::test(std::string_view input) {
  const std::string file = with_check_sums(input);
  const tensor::TextChunks texts = tensor::texts_of(file);
  if (texts.empty()) return;
  static const std::string header = "\x89PNG\r\n\x1a\n" + std::string("\0\0\0\x0dIHDR", 8) +
                                    std::string(13, '\1') + std::string(4, '\0');
  static const std::string blank = with_check_sums(header);
  for (const auto& [key, text] : texts) {
    if (text.find('\0') != text.npos) return;  // becomes U+FFFD
  }
  expect_result_or_error("", [&] {
    const tensor::TextChunks again = tensor::texts_of(tensor::with_texts(blank, texts));
    expect(again == texts, "texts that were written are others when they are read");
  });
}
