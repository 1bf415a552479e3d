#include <algorithm>
#include <cmath>

#include "examples/cli/comfyui_graph.h"
#include "examples/cli/foreign_samplers.h"
#include "examples/cli/foreign_settings.h"
#include "examples/cli/prompt_weights.h"
#include "tensor/error.h"

// A graph of ComfyUI as a command: from the node that saves the image back to the sampler, and from
// that to its model, its texts and its first latents. A sampler before the sampler is the first pass
// of the high-resolution fix, or the base of a refiner.

namespace cli {

namespace {

bool is_sampler(const ComfyNode& node) {
  return node.kind == "KSampler" || node.kind == "KSamplerAdvanced" ||
         node.kind == "SamplerCustom" || node.kind == "SamplerCustomAdvanced";
}

bool is_start(const ComfyNode& node) {
  return is_sampler(node) || node.kind == "LoadLatent" || node.kind == "LoadImage" ||
         (node.kind.starts_with("Empty") && node.kind.find("Latent") != std::string::npos);
}

bool is_text(const ComfyNode& node) { return node.kind.starts_with("CLIPTextEncode"); }

ComfyGraph::Test is_kind(const std::string& kind) {
  return [kind](const ComfyNode& node) { return node.kind == kind; };
}

/// The last sampler in front of a saved image, or else any sampler.
const ComfyNode* last_sampler(const ComfyGraph& graph) {
  int tries = 100;  // a hostile graph has many ends
  for (const char* output : {"SaveImage", "SaveLatent", "PreviewImage"}) {
    for (const auto& [id, node] : graph.nodes()) {
      if (node.kind.find(output) == std::string::npos || tries-- <= 0) continue;
      for (const char* input : {"images", "samples", "image"}) {
        if (const ComfyNode* sampler = graph.upstream(node, input, is_sampler)) return sampler;
      }
    }
  }
  for (const auto& [id, node] : graph.nodes()) {
    if (is_sampler(node)) return &node;
  }
  return nullptr;
}

/// A setting of a sampler: its own, or that of a node of its noise, sampler, steps or guidance.
std::optional<std::string> setting(const ComfyGraph& graph, const ComfyNode& sampler,
                                   const std::string& name) {
  if (const auto own = graph.value(sampler, name)) return own;
  for (const char* part : {"noise", "sampler", "sigmas", "guider"}) {
    const ComfyNode* node = graph.linked(sampler, part);
    if (node == nullptr) continue;
    if (const auto value = graph.value(*node, name)) return value;
  }
  return {};
}

double number_of(const std::optional<std::string>& text, double fallback) {
  if (!text) return fallback;
  const double number = std::strtod(text->c_str(), nullptr);
  return std::isfinite(number) ? number : fallback;
}

/// A text of a sampler, "positive" or "negative", also behind a guider.
const ComfyNode* text_node(const ComfyGraph& graph, const ComfyNode& sampler, const char* side) {
  if (const ComfyNode* node = graph.upstream(sampler, side, is_text)) return node;
  const ComfyNode* guider = graph.linked(sampler, "guider");
  return guider ? graph.upstream(*guider, side, is_text) : nullptr;
}

const ComfyNode* model_node(const ComfyGraph& graph, const ComfyNode& sampler,
                            const std::string& kind) {
  if (const ComfyNode* node = graph.upstream(sampler, "model", is_kind(kind))) return node;
  const ComfyNode* guider = graph.linked(sampler, "guider");
  return guider ? graph.upstream(*guider, "model", is_kind(kind)) : nullptr;
}

void add_text(CommandDraft& draft, const std::string& option, const std::string& text) {
  const PlainPrompt plain = plain_prompt(text);
  draft.add(option, plain.text, option);
  if (plain.had_weights) {
    draft.note(option + ": weights of words, such as (a:1.2), are not taken");
  }
  if (plain.text.find("embedding:") != std::string::npos) {
    draft.note(option + ": embedding:NAME is read as letters");
  }
}

void add_texts(CommandDraft& draft, const ComfyGraph& graph, const ComfyNode& sampler) {
  for (const auto& [side, option] : {std::pair<const char*, std::string>{"positive", "--prompt"},
                                     {"negative", "--negative-prompt"}}) {
    const ComfyNode* node = text_node(graph, sampler, side);
    if (node == nullptr) continue;
    if (graph.upstream(sampler, side, is_kind("ConditioningZeroOut"))) {
      draft.note(option + " is zeroed there: left out, which does the same for SDXL's own configs");
      continue;
    }
    const auto text = graph.value(*node, "text"), text_l = graph.value(*node, "text_l");
    const auto text_g = graph.value(*node, "text_g");
    if (text || text_l) {
      add_text(draft, option, text ? *text : *text_l);
    } else {
      draft.note(option + ": its text is computed by other nodes, so it is missing");
    }
    if (text_g && text_g != text_l) add_text(draft, option + "-2", *text_g);
  }
}

/// The sizes that CLIPTextEncodeSDXL conditions on.
void add_sizes(CommandDraft& draft, const ComfyGraph& graph, const ComfyNode& sampler) {
  const ComfyNode* node = text_node(graph, sampler, "positive");
  if (node == nullptr || node->kind != "CLIPTextEncodeSDXL") return;
  const std::pair<const char*, const char*> names[] = {{"height", "--original-height"},
                                                       {"width", "--original-width"},
                                                       {"crop_h", "--crop-top"},
                                                       {"crop_w", "--crop-left"},
                                                       {"target_height", "--target-height"},
                                                       {"target_width", "--target-width"}};
  for (const auto& [input, option] : names) {
    if (const auto value = graph.value(*node, input)) draft.add(option, *value, input);
  }
}

void add_clip_skip(CommandDraft& draft, const ComfyGraph& graph, const ComfyNode& sampler) {
  const ComfyNode* text = text_node(graph, sampler, "positive");
  const ComfyNode* layer =
      text ? graph.upstream(*text, "clip", is_kind("CLIPSetLastLayer")) : nullptr;
  if (layer == nullptr) return;
  const double given = graph.number(*layer, "stop_at_clip_layer").value_or(-2.0);
  const int stop = static_cast<int>(std::clamp(given, -1e6, 1e6));
  if (stop < -2) draft.add("--clip-skip", std::to_string(-2 - stop), "stop_at_clip_layer");
  draft.note(
      tensor::format("CLIPSetLastLayer {}: SDXL's encoders end at -2, which is --clip-skip 0; "
                     "Stable Diffusion 1's "
                     "at -1, so there it is --clip-skip {}",
                     stop, -1 - stop));
}

void add_model(CommandDraft& draft, const ComfyGraph& graph, const ComfyNode& sampler) {
  if (const ComfyNode* node = model_node(graph, sampler, "CheckpointLoaderSimple")) {
    draft.add("--model", graph.value(*node, "ckpt_name").value_or("MODEL"), "ckpt_name");
  } else {
    draft.note("no CheckpointLoaderSimple in the graph: name the model with --model");
  }
  for (const auto& [id, node] : graph.nodes()) {
    const ComfyNode* vae = node.kind == "VAEDecode" ? graph.linked(node, "vae") : nullptr;
    if (vae == nullptr || vae->kind != "VAELoader") continue;
    draft.add("--vae", graph.value(*vae, "vae_name").value_or("VAE"), "vae_name");
    break;
  }
  const ComfyNode* sampling = model_node(graph, sampler, "ModelSamplingDiscrete");
  if (sampling && graph.value(*sampling, "sampling") == "v_prediction") {
    draft.add("--scheduler-option", "prediction_type=v_prediction", "ModelSamplingDiscrete");
    if (graph.value(*sampling, "zsnr") == "true") {
      draft.add("--scheduler-option", "rescale_betas_zero_snr=true", "ModelSamplingDiscrete");
    }
  }
}

struct Run {
  int steps = 20;
  double strength = 1.0;  // denoise
};

Run run_of(const ComfyGraph& graph, const ComfyNode& sampler) {
  Run run;
  run.steps =
      static_cast<int>(std::clamp(number_of(setting(graph, sampler, "steps"), 20), 1.0, 1e5));
  run.strength = std::clamp(number_of(setting(graph, sampler, "denoise"), 1.0), 0.0, 1.0);
  return run;
}

/// ComfyUI takes `steps` steps at every strength; diffusers takes int(steps strength) of them.
int steps_of_diffusers(const Run& run) {
  if (run.strength <= 0.0 || run.strength >= 1.0) return run.steps;
  constexpr double too_many = 1 << 21;  // the parser refuses it
  int steps = static_cast<int>(std::min(run.steps / run.strength, too_many));
  if (steps == too_many) return steps;
  while (static_cast<int>(steps * run.strength) < run.steps) ++steps;
  return steps;
}

void add_start(CommandDraft& draft, const ComfyGraph& graph, const ComfyNode& sampler,
               const Run& run) {
  const ComfyNode* start = graph.upstream(sampler, "latent_image", is_start);
  int steps = run.steps;
  if (start && start->kind.starts_with("Empty")) {
    for (const char* side : {"height", "width"}) {
      if (const auto value = graph.value(*start, side))
        draft.add(std::string("--") + side, *value, side);
    }
    const double images = graph.number(*start, "batch_size").value_or(1);
    if (images > 1) draft.add("--images", *graph.value(*start, "batch_size"), "batch_size");
  } else if (start && !is_sampler(*start)) {
    const char* input = start->kind == "LoadImage" ? "image" : "latent";
    draft.add("--image", graph.value(*start, input).value_or("INPUT.png"), input);
    draft.add("--strength", tensor::format("{}", run.strength), "denoise");
    steps = steps_of_diffusers(run);
    const std::vector<std::string> kinds = graph.kinds_upstream(sampler);
    for (const char* mask :
         {"VAEEncodeForInpaint", "SetLatentNoiseMask", "InpaintModelConditioning"}) {
      if (std::find(kinds.begin(), kinds.end(), mask) == kinds.end()) continue;
      draft.note(std::string(mask) + ": a part was repainted; add --mask FILE");
    }
  } else {
    draft.note("the first latents come from nodes that are not read; give --height and --width");
  }
  draft.add("--steps", std::to_string(steps), "steps");
}

void add_sampling(CommandDraft& draft, const ComfyGraph& graph, const ComfyNode& sampler) {
  const auto name = setting(graph, sampler, "sampler_name");
  if (name) add_sampler(draft, *name, setting(graph, sampler, "scheduler").value_or(""));
  if (const auto cfg = setting(graph, sampler, "cfg")) draft.add("--guidance-scale", *cfg, "cfg");
  auto seed = setting(graph, sampler, "seed");
  if (!seed) seed = setting(graph, sampler, "noise_seed");
  if (seed) draft.add("--seed", *seed, "seed");
  if (name &&
      (name->find("ancestral") != std::string::npos || name->find("sde") != std::string::npos)) {
    draft.note("ComfyUI draws the noise of " + tensor::printable(*name, 40) +
               "'s steps from another generator, so the image differs");
  }
}

/// The sampler after the first: the refiner's, or the second pass at a larger size.
void add_second(CommandDraft& draft, const ComfyGraph& graph, const ComfyNode& first,
                const ComfyNode& second) {
  const Run run = run_of(graph, second), of_first = run_of(graph, first);
  const double start = number_of(graph.value(second, "start_at_step"), 0.0);
  const ComfyNode* model = model_node(graph, second, "CheckpointLoaderSimple");
  const bool has_model = model && model != model_node(graph, first, "CheckpointLoaderSimple");
  const auto by = [](const ComfyNode& node) { return node.kind == "LatentUpscaleBy"; };
  const ComfyNode* enlarged = graph.upstream(second, "latent_image", by);
  const ComfyNode* to_size = graph.upstream(second, "latent_image", is_kind("LatentUpscale"));
  if (has_model) {
    draft.add("--refiner", graph.value(*model, "ckpt_name").value_or("REFINER"), "ckpt_name");
  }
  if (has_model && start > 0.0) {
    draft.add("--high-noise-fraction", tensor::format("{}", start / run.steps), "start_at_step");
  } else if (has_model) {
    draft.add("--refine-strength", tensor::format("{}", run.strength), "denoise");
  } else if (enlarged || to_size) {
    const double width = number_of(to_size ? graph.value(*to_size, "width") : std::nullopt, 0.0);
    const ComfyNode* empty = graph.upstream(first, "latent_image", is_start);
    const double own = empty ? graph.number(*empty, "width").value_or(0.0) : 0.0;
    const double scale = enlarged    ? graph.number(*enlarged, "scale_by").value_or(1.5)
                         : own > 0.0 ? width / own
                                     : 1.5;
    draft.add("--hires-scale", tensor::format("{}", scale), "the upscale");
    draft.add("--hires-strength", tensor::format("{}", run.strength), "denoise");
    draft.note(
        tensor::format("the second pass: here Lanczos enlarges the decoded image, and the share "
                       "--hires-strength of "
                       "{} steps is taken, where ComfyUI takes {}",
                       of_first.steps, run.steps));
  } else {
    draft.note("a second sampler of the same model is not taken");
  }
}

void note_others(CommandDraft& draft, const ComfyGraph& graph, const ComfyNode& last) {
  const std::vector<std::string> known = {"KSampler",
                                          "KSamplerAdvanced",
                                          "SamplerCustom",
                                          "SamplerCustomAdvanced",
                                          "RandomNoise",
                                          "CFGGuider",
                                          "KSamplerSelect",
                                          "BasicScheduler",
                                          "CLIPTextEncode",
                                          "CLIPTextEncodeSDXL",
                                          "EmptyLatentImage",
                                          "CheckpointLoaderSimple",
                                          "VAELoader",
                                          "VAEEncode",
                                          "VAEDecode",
                                          "LoadImage",
                                          "LoadLatent",
                                          "CLIPSetLastLayer",
                                          "LatentUpscale",
                                          "LatentUpscaleBy",
                                          "ModelSamplingDiscrete",
                                          "PrimitiveNode",
                                          "ConditioningZeroOut",
                                          "VAEEncodeForInpaint",
                                          "SetLatentNoiseMask",
                                          "Note",
                                          "CLIPTextEncodeSDXLRefiner",
                                          "Reroute"};
  std::string others;
  for (const std::string& kind : graph.kinds_upstream(last)) {
    if (std::find(known.begin(), known.end(), kind) != known.end()) continue;
    others += (others.empty() ? "" : ", ") + kind;
  }
  if (!others.empty()) draft.note("nodes that are not taken: " + tensor::printable(others, 400));
}

}  // namespace

ForeignSettings read_comfyui(const std::string& path, const std::string& text) {
  const ComfyGraph graph = ComfyGraph::parse(path, text);
  const ComfyNode* last = last_sampler(graph);
  if (last == nullptr) {
    tensor::fail(
        "{}: ComfyUI's graph has no sampler that is read here, such as KSampler, among {} nodes",
        path, graph.nodes().size());
  }
  const ComfyNode* before = graph.upstream(*last, "latent_image", is_sampler);
  const ComfyNode& first = before && before != last ? *before : *last;
  CommandDraft draft("ComfyUI");
  add_model(draft, graph, first);
  add_texts(draft, graph, first);
  add_clip_skip(draft, graph, first);
  add_sizes(draft, graph, first);
  const Run run = run_of(graph, first);
  add_start(draft, graph, first, run);
  add_sampling(draft, graph, first);
  if (&first != last) {
    add_second(draft, graph, first, *last);
    if (graph.upstream(first, "latent_image", is_sampler)) {
      draft.note("samplers before the last two are not taken");
    }
  } else {
    const double end = number_of(graph.value(*last, "end_at_step"), run.steps);
    if (end < run.steps)
      draft.add("--denoising-end", tensor::format("{}", end / run.steps), "end_at_step");
  }
  draft.note("--model and other files: put their paths; ComfyUI writes names inside its folders");
  note_others(draft, graph, *last);
  return draft.take();
}

}  // namespace cli
