#include "sdxl/text/clip_vocabulary.h"
#include "tensor/error.h"

// The page opens one model, whose vocabulary lies in its folder: CLIP's own merges are left out of the
// program, half a megabyte of text.

namespace sdxl {

ClipVocabulary ClipVocabulary::openai(const std::string&) {
  tensor::fail("the page has no vocabulary of OpenAI's CLIP: expected vocab.json and merges.txt");
}

}  // namespace sdxl
