#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "examples/cli/foreign_samplers.h"
#include "examples/cli/foreign_settings.h"
#include "sdxl/json_text.h"
#include "sdxl/pipeline/micro_conditioning.h"
#include "tensor/error.h"

// The text `parameters` of A1111's stable-diffusion-webui and of Forge, SD.Next and others:
//
//   the prompt, of one or several lines
//   Negative prompt: the same
//   Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 965400086, Size: 512x512, ...
//
// modules/infotext_utils.py, parse_generation_parameters

namespace cli {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view negative_mark = "Negative prompt:";

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

/// The value at `position`: a JSON string, or all up to a comma. Moves behind it.
std::string take_value(const std::string& line, size_t& position) {
  position = std::min(line.find_first_not_of(' ', position), line.size());
  size_t end = position + 1;
  if (position < line.size() && line[position] == '"') {
    while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
    const std::string quoted = line.substr(position, end + 1 - position);
    const nlohmann::json text = sdxl::parse_json(quoted);
    position = std::min(line.find(',', std::min(end, line.size())), line.size());
    return text.is_string() ? text.get<std::string>() : quoted;
  }
  end = std::min(line.find(',', position), line.size());
  const std::string value = trimmed(line.substr(position, end - position));
  position = end;
  return value;
}

/// "Steps: 20, Sampler: Euler a" as pairs.
Fields fields_of(const std::string& line) {
  Fields fields;
  for (size_t position = 0; position < line.size(); ++position) {
    const size_t colon = line.find(':', position);
    if (colon == std::string::npos) break;
    const std::string key = trimmed(line.substr(position, colon - position));
    position = colon + 1;
    fields.emplace_back(key, take_value(line, position));
  }
  return fields;
}

struct Parameters {
  std::string prompt, negative_prompt;
  Fields fields;

  /// The value of a key, "" without it.
  std::string get(const std::string& key) const {
    for (const auto& [name, value] : fields) {
      if (name == key) return value;
    }
    return "";
  }
  bool has(const std::string& key) const { return !get(key).empty(); }
};

Parameters parse(const std::string& text) {
  Parameters parameters;
  std::string* part = &parameters.prompt;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    std::string line = trimmed(text.substr(start, end - start));
    start = end + 1;
    if (line.starts_with("Steps: ") && fields_of(line).size() >= 3) {
      parameters.fields = fields_of(line);
      break;
    }
    if (line.starts_with(negative_mark)) {
      part = &parameters.negative_prompt;
      line = trimmed(line.substr(negative_mark.size()));
    }
    *part += (part->empty() ? "" : "\n") + line;
  }
  parameters.prompt = trimmed(parameters.prompt);
  parameters.negative_prompt = trimmed(parameters.negative_prompt);
  return parameters;
}

/// Height and width of "512x768", which is width x height; zeros for another text.
sdxl::PixelSize size_of(const std::string& text) {
  const size_t cross = text.find('x');
  const auto number = [](const std::string& digits) -> int64_t {
    const bool is_number = !digits.empty() && digits.size() <= 6 &&
                           digits.find_first_not_of("0123456789") == std::string::npos;
    return is_number ? std::stoll(digits) : 0;
  };
  if (cross == std::string::npos) return {0, 0};
  return {number(text.substr(cross + 1)), number(text.substr(0, cross))};
}

bool looks_like_sdxl(const Parameters& p) {
  std::string model = p.get("Model");
  for (char& c : model) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const sdxl::PixelSize size = size_of(p.get("Size"));
  return model.find("xl") != std::string::npos || size.height * size.width >= 832 * 832;
}

/// The length of "<lora:name:0.8>" and its like; 0 if there is none.
size_t network_length(const std::string& text, size_t start) {
  constexpr size_t longest = 300;
  for (const std::string kind : {"<lora:", "<lyco:", "<hypernet:"}) {
    if (text.compare(start, kind.size(), kind) != 0) continue;
    const size_t length = text.substr(start, longest).find('>');
    if (length != std::string::npos) return length + 1;
  }
  return 0;
}

/// Adds a prompt, and takes its networks out.
void add_prompt(CommandDraft& draft, const char* option, const std::string& text,
                std::string& networks) {
  std::string words;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t length = text[i] == '<' ? network_length(text, i) : 0;
    if (length == 0) {
      words += text[i];
      continue;
    }
    networks += (networks.empty() ? "" : " ") + text.substr(i, length);
    i += length - 1;
  }
  draft.add(option, words, option);
}

void add_texts(CommandDraft& draft, const Parameters& p) {
  std::string networks;
  add_prompt(draft, "--prompt", p.prompt, networks);
  // An empty one is left out: then SDXL's is zero here as there.
  if (!p.negative_prompt.empty()) {
    add_prompt(draft, "--negative-prompt", p.negative_prompt, networks);
  }
  draft.add("--prompt-syntax", "a1111", "the syntax");
  if (!networks.empty()) {
    draft.note(tensor::format("networks are not taken: {} (give their files as --lora FILE:SCALE)",
                              tensor::printable(networks)));
  }
}

/// A1111 counts the layers from 1, and with SDXL it takes no notice of the setting.
void add_clip_skip(CommandDraft& draft, const Parameters& p) {
  const std::string text = p.get("Clip skip");
  if (text.empty() || text == "1") return;
  const bool is_number = text.size() <= 2 && text.find_first_not_of("0123456789") == text.npos;
  const int skip = is_number ? std::stoi(text) : 0;
  if (looks_like_sdxl(p) || skip < 1) {
    draft.note(
        tensor::format("Clip skip {} is left out: A1111 ignores it with SDXL, whose encoders "
                       "always skip one layer; "
                       "a Stable Diffusion 1 model needs --clip-skip {}",
                       tensor::printable(text, 20), skip - 1));
    return;
  }
  draft.add("--clip-skip", std::to_string(skip - 1), "Clip skip");
  draft.note("Clip skip counts from 1 in A1111; with an SDXL model leave --clip-skip out");
}

void add_size(CommandDraft& draft, const Parameters& p) {
  const sdxl::PixelSize size = size_of(p.get("Size"));
  if (size.height == 0 || size.width == 0) return;
  draft.add("--height", std::to_string(size.height), "the height");
  draft.add("--width", std::to_string(size.width), "the width");
}

void add_seed(CommandDraft& draft, const Parameters& p) {
  if (p.has("Seed")) draft.add("--seed", p.get("Seed"), "Seed");
  if (p.get("RNG") == "CPU") return;
  draft.add("--rng", "cuda", "RNG");
  draft.note(
      "A1111 draws its noise on the GPU (RNG GPU or NV), so --rng cuda; above 800 x 800 pixels "
      "name "
      "the GPU, as in --rng cuda:rtx-3060");
}

/// The second pass of "Hires. fix", or the strength of image to image.
void add_second_pass(CommandDraft& draft, const Parameters& p) {
  const std::string strength = p.get("Denoising strength");
  if (p.has("Hires upscale")) {
    draft.add("--hires-scale", p.get("Hires upscale"), "Hires upscale");
    if (!strength.empty()) draft.add("--hires-strength", strength, "Denoising strength");
    draft.note(tensor::format(
        "Hires upscaler {}: here Lanczos enlarges the decoded image; and of its steps the share "
        "--hires-strength is taken, where A1111 takes Hires steps",
        tensor::printable(p.has("Hires upscaler") ? p.get("Hires upscaler") : "Latent", 60)));
  } else if (!strength.empty() && !p.has("Hires resize") && !p.has("First pass size")) {
    draft.add("--image", "INPUT.png", "the image");
    draft.add("--strength", strength, "Denoising strength");
    draft.note(
        "the image is image to image: put the path of its start for INPUT.png (A1111 takes one "
        "step "
        "more than the strength says)");
    if (p.has("Mask blur")) draft.note("a part was repainted: add --mask FILE");
  }
}

void add_models(CommandDraft& draft, const Parameters& p) {
  const auto file = [](const std::string& name) {
    return name.substr(0, name.find(" [")) + ".safetensors";  // "sd_xl_refiner_1.0 [7440042bbd]"
  };
  if (p.has("Model")) draft.add("--model", file(p.get("Model")), "Model");
  if (p.has("VAE") && p.get("VAE") != "None") draft.add("--vae", p.get("VAE"), "VAE");
  if (p.has("Refiner")) {
    draft.add("--refiner", file(p.get("Refiner")), "Refiner");
    draft.add("--high-noise-fraction", p.get("Refiner switch at"), "Refiner switch at");
  }
  if (p.has("Model"))
    draft.note("--model and other files: put their paths; A1111 writes names alone");
}

/// One note for all other keys, which would change the image.
void note_others(CommandDraft& draft, const Parameters& p) {
  const std::vector<std::string> known = {"Steps",
                                          "Sampler",
                                          "Schedule type",
                                          "CFG scale",
                                          "Seed",
                                          "Size",
                                          "Model",
                                          "Model hash",
                                          "VAE",
                                          "VAE hash",
                                          "Clip skip",
                                          "RNG",
                                          "Version",
                                          "Denoising strength",
                                          "Hires upscale",
                                          "Refiner",
                                          "Hires upscaler",
                                          "Hires steps",
                                          "Refiner switch at",
                                          "Mask blur",
                                          "Lora hashes"};
  std::string others;
  for (const auto& [key, value] : p.fields) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    others += (others.empty() ? "" : ", ") + key + " " + value;
  }
  if (!others.empty()) draft.note("not taken: " + tensor::printable(others, 400));
}

}  // namespace

ForeignSettings read_a1111(const std::string& text) {
  const Parameters p = parse(text);
  CommandDraft draft("A1111");
  if (p.fields.empty()) {
    draft.note(
        "the text has no line of settings (\"Steps: 20, Sampler: ...\"); the prompt is all of it");
  }
  add_models(draft, p);
  add_texts(draft, p);
  add_clip_skip(draft, p);
  add_size(draft, p);
  if (p.has("Steps")) draft.add("--steps", p.get("Steps"), "Steps");
  if (p.has("Sampler")) add_sampler(draft, p.get("Sampler"), p.get("Schedule type"));
  if (p.has("CFG scale")) draft.add("--guidance-scale", p.get("CFG scale"), "CFG scale");
  if (!p.fields.empty()) add_seed(draft, p);
  add_second_pass(draft, p);
  note_others(draft, p);
  return draft.take();
}

}  // namespace cli
