#include "sdxl/adapters/embedding_file.h"

#include <algorithm>
#include <utility>

#include "tensor/error.h"
#include "tensor/io/safetensors.h"
#include "tensor/ops.h"

namespace sdxl {

namespace fs = std::filesystem;

namespace {

/// The width of each text encoder, by component.
using Widths = std::map<std::string, int64_t>;

Widths widths_of(const StableDiffusionXL& model) {
  Widths widths;
  if (model.text_encoder) widths["text_encoder"] = model.text_encoder->config().hidden_size;
  if (model.text_encoder_2) widths["text_encoder_2"] = model.text_encoder_2->config().hidden_size;
  return widths;
}

/// "768 (text_encoder) or 1280 (text_encoder_2)"
std::string list_of(const Widths& widths) {
  std::string text;
  for (const auto& [component, width] : widths) {
    text += tensor::format("{}{} ({})", text.empty() ? "" : " or ", width, component);
  }
  return text;
}

/// A file, or those of a folder.
std::vector<fs::path> files_in(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  const fs::path first = path / "learned_embeds.safetensors";
  const fs::path second = path / "learned_embeds_2.safetensors";
  if (!fs::exists(first)) {
    tensor::fail("{}: is a folder without learned_embeds.safetensors; expected an embedding's file",
                 path.string());
  }
  return fs::exists(second) ? std::vector{first, second} : std::vector{first};
}

/// A tensor as rows (n, C).
Tensor rows_in(const tensor::io::SafetensorsFile& file, const std::string& name) {
  Tensor rows = file.tensor(name);
  if (rows.shape().rank() == 1) rows = rows.reshape({1, rows.dim(0)});
  if (rows.shape().rank() != 2 || rows.size() == 0) {
    tensor::fail("{}: {}: expected rows (n, C) of an embedding, got {}", file.path().string(),
                 tensor::printable(name), rows.shape());
  }
  if (has_non_finite(rows)) {
    tensor::fail("{}: {}: expected finite numbers, got NaN or infinity", file.path().string(),
                 tensor::printable(name));
  }
  return rows;
}

/// Collects the rows of several files.
class Reader {
 public:
  explicit Reader(const StableDiffusionXL& model) : widths_(widths_of(model)) {}

  void read(const EmbeddingChoice& choice) {
    for (const fs::path& path : files_in(choice.file)) {
      const tensor::io::SafetensorsFile file(path);
      if (file.contains("clip_l") || file.contains("clip_g")) {
        read_both(file, choice);
      } else {
        read_one(file, choice);
      }
    }
  }

  std::vector<TextEmbedding> take() {
    for (const TextEmbedding& embedding : found_) expect_whole(embedding);
    return std::move(found_);
  }

 private:
  void read_both(const tensor::io::SafetensorsFile& file, const EmbeddingChoice& choice) {
    const std::map<std::string, std::string> components = {{"clip_l", "text_encoder"},
                                                           {"clip_g", "text_encoder_2"}};
    for (const std::string& name : file.names()) {
      const auto component = components.find(name);
      if (component == components.end()) {
        tensor::fail("{}: {} has no place; expected clip_l and clip_g alone", file.path().string(),
                     tensor::printable(name));
      }
      const auto width = widths_.find(component->second);
      if (width == widths_.end() && name == "clip_l") continue;  // a refiner
      if (width == widths_.end()) {
        tensor::fail(
            "{}: is an embedding for SDXL: this model has no text_encoder_2 for its clip_g",
            file.path().string());
      }
      const Tensor rows = rows_in(file, name);
      if (rows.dim(1) != width->second) {
        tensor::fail("{}: {}: expected (n, {}) for {}, got {}", file.path().string(), name,
                     width->second, component->second, rows.shape());
      }
      add(file, choice, file.path().stem().string(), component->second, rows);
    }
  }

  /// Of the encoder with this width; of two such that which has no rows of the token yet.
  void read_one(const tensor::io::SafetensorsFile& file, const EmbeddingChoice& choice) {
    if (file.names().size() != 1) {
      tensor::fail("{}: is no embedding: expected clip_l and clip_g, or a single tensor, got {}",
                   file.path().string(), file.names().size());
    }
    const std::string& name = file.names().front();
    const Tensor rows = rows_in(file, name);
    const std::string own = name == "emb_params" ? file.path().stem().string() : name;
    std::string chosen;
    for (const auto& [component, width] : widths_) {
      if (width != rows.dim(1)) continue;
      const TextEmbedding* known = find(choice.tokens.empty() ? own : choice.tokens.front());
      if (chosen.empty() || (known && known->rows.contains(chosen))) chosen = component;
    }
    if (chosen.empty()) {
      tensor::fail("{}: {}: expected rows of {} numbers, got {}", file.path().string(),
                   tensor::printable(name), list_of(widths_), rows.shape());
    }
    add(file, choice, own, chosen, rows);
  }

  void add(const tensor::io::SafetensorsFile& file, const EmbeddingChoice& choice,
           const std::string& own_name, const std::string& component, const Tensor& rows) {
    const std::vector<std::string> tokens =
        choice.tokens.empty() ? std::vector{own_name} : choice.tokens;
    const auto count = static_cast<int64_t>(tokens.size());
    if (count != 1 && count != rows.dim(0)) {
      tensor::fail("{}: has {} rows; expected one word for all of them or {}, got {}",
                   file.path().string(), rows.dim(0), rows.dim(0), count);
    }
    for (int64_t i = 0; i < count; ++i) {
      TextEmbedding& embedding = entry(tokens[static_cast<size_t>(i)], file.path().string());
      const Tensor own = count == 1 ? rows : slice(rows, 0, i, i + 1);
      if (embedding.rows.emplace(component, own).second) continue;
      tensor::fail("{}: the word {} has rows for {} already, of {}; expected another word",
                   file.path().string(), tensor::printable(embedding.token), component,
                   embedding.file);
    }
  }

  TextEmbedding* find(const std::string& token) {
    const auto found = std::ranges::find_if(
        found_, [&](const TextEmbedding& embedding) { return embedding.token == token; });
    return found == found_.end() ? nullptr : &*found;
  }
  TextEmbedding& entry(const std::string& token, const std::string& file) {
    if (TextEmbedding* known = find(token)) return *known;
    found_.push_back({token, file, {}});
    return found_.back();
  }

  void expect_whole(const TextEmbedding& embedding) const {
    const auto& [component, rows] = *embedding.rows.begin();
    for (const auto& [other, width] : widths_) {
      const auto found = embedding.rows.find(other);
      if (found == embedding.rows.end()) {
        const bool is_of_sd_1 = component == "text_encoder";
        tensor::fail(
            "{}: has rows of {} numbers, for {} alone{}; expected clip_l and clip_g, or a second "
            "file of the word {} with rows of {} numbers",
            embedding.file, rows.dim(1), component,
            is_of_sd_1 ? ", as an embedding for Stable Diffusion 1 or 2 has" : "",
            tensor::printable(embedding.token), width);
      }
      if (found->second.dim(0) == rows.dim(0)) continue;
      tensor::fail("{}: {} rows for {} and {} for {}; expected as many", embedding.file,
                   rows.dim(0), component, found->second.dim(0), other);
    }
  }

  Widths widths_;
  std::vector<TextEmbedding> found_;
};

}  // namespace

std::vector<TextEmbedding> read_embeddings(const StableDiffusionXL& model,
                                           const std::vector<EmbeddingChoice>& choices) {
  Reader reader(model);
  for (const EmbeddingChoice& choice : choices) reader.read(choice);
  return reader.take();
}

}  // namespace sdxl
