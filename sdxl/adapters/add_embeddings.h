#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdxl/pipeline/stable_diffusion_xl.h"

namespace sdxl {

/// An embedding to use, and the words that stand for it in a prompt: one for all of its rows, or as
/// many as it has rows. Without words it is the name inside the file, or that of the file.
struct EmbeddingChoice {
  std::filesystem::path file;
  std::vector<std::string> tokens = {};
};

/// Adds textual inversions: rows that were trained in place of a word's embedding, while the text
/// encoder stayed as it was. A row is the embedding of a token of its own, behind the vocabulary;
/// the weights stay mapped.
///
/// A file holds, in safetensors,
///
///   clip_l (n, 768), clip_g (n, 1280)    for both encoders of SDXL; of a refiner clip_g is used
///   TOKEN or emb_params (n, C) or (C)    for the encoder of width C alone; SDXL needs two such
///                                        files of the same token, one for each encoder
///
/// and a folder learned_embeds.safetensors, with learned_embeds_2.safetensors for the second one.
/// Errors: std::runtime_error naming the file, for other contents, another width, an encoder
/// without rows (an embedding for Stable Diffusion 1), encoders with different numbers of rows, and
/// a number of words that does not fit; then the model is as before. std::invalid_argument for a
/// word that the vocabulary has; then it may have those before it.
/// diffusers: loaders/textual_inversion.py, load_textual_inversion   paper: arXiv 2208.01618
void add_embeddings(StableDiffusionXL& model, const std::vector<EmbeddingChoice>& choices);

/// Removes all of them.
void remove_embeddings(StableDiffusionXL& model);

}  // namespace sdxl
