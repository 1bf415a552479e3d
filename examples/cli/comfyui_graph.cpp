#include "examples/cli/comfyui_graph.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <set>

#include "sdxl/json_text.h"
#include "tensor/error.h"

namespace cli {

using nlohmann::json;

namespace {

constexpr size_t largest_text = size_t{1} << 26;
constexpr int longest_chain = 16;  // of nodes that only hold a value

const std::string not_numbers[] = {"-Infinity", "Infinity", "NaN"};

/// The names of an editor node's values, in their order; "" for one that only the editor uses.
const std::map<std::string, std::vector<std::string>> value_names = {
    {"KSampler", {"seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"}},
    {"KSamplerAdvanced",
     {"add_noise", "noise_seed", "", "steps", "cfg", "sampler_name", "scheduler", "start_at_step",
      "end_at_step", "return_with_leftover_noise"}},
    {"SamplerCustom", {"add_noise", "noise_seed", "", "cfg"}},
    {"RandomNoise", {"noise_seed", ""}},
    {"CFGGuider", {"cfg"}},
    {"KSamplerSelect", {"sampler_name"}},
    {"BasicScheduler", {"scheduler", "steps", "denoise"}},
    {"SDTurboScheduler", {"steps", "denoise"}},
    {"CLIPTextEncode", {"text"}},
    {"CLIPTextEncodeSDXL",
     {"width", "height", "crop_w", "crop_h", "target_width", "target_height", "text_g", "text_l"}},
    {"CLIPTextEncodeSDXLRefiner", {"ascore", "width", "height", "text"}},
    {"EmptyLatentImage", {"width", "height", "batch_size"}},
    {"CheckpointLoaderSimple", {"ckpt_name"}},
    {"VAELoader", {"vae_name"}},
    {"LoadImage", {"image", ""}},
    {"LoadLatent", {"latent"}},
    {"CLIPSetLastLayer", {"stop_at_clip_layer"}},
    {"LatentUpscale", {"upscale_method", "width", "height", "crop"}},
    {"LatentUpscaleBy", {"upscale_method", "scale_by"}},
    {"ModelSamplingDiscrete", {"sampling", "zsnr"}},
    {"PrimitiveNode", {"value", ""}},
};

/// Python writes NaN and Infinity, which JSON lacks: they become null.
std::string without_nan(const std::string& text) {
  std::string result;
  result.reserve(text.size());
  bool is_in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_in_string && c == '\\') result += text[i++];
    if (c == '"') is_in_string = !is_in_string;
    if (!is_in_string) {
      const auto word =
          std::find_if(std::begin(not_numbers), std::end(not_numbers),
                       [&](const std::string& w) { return text.compare(i, w.size(), w) == 0; });
      if (word != std::end(not_numbers)) {
        result += "null";
        i += word->size() - 1;
        continue;
      }
    }
    if (i < text.size()) result += text[i];
  }
  return result;
}

json parse_object(const std::string& path, const std::string& text) {
  if (text.size() > largest_text) {
    tensor::fail("{}: ComfyUI's graph has {} bytes; expects at most {}", path, text.size(),
                 largest_text);
  }
  json graph = sdxl::parse_json(without_nan(text));
  if (graph.is_object()) return graph;
  tensor::fail(
      "{}: ComfyUI's graph is no JSON object, so it is damaged, cut short or nested deeper than "
      "500 brackets: {}",
      path, tensor::printable(text, 60));
}

/// Text of a number, a string or a truth value in JSON.
std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  std::string text = sdxl::json_text(value);
  if (value.is_number_float() && text.ends_with(".0")) text.erase(text.size() - 2);
  return text;
}

/// The identity of a node: a number in the editor's lists, a text elsewhere.
std::string id_of(const json& id) {
  return id.is_string() ? id.get<std::string>() : sdxl::json_text(id);
}

const json& field(const json& object, const char* name) {
  static const json none;
  const auto place = object.find(name);
  return object.is_object() && place != object.end() ? *place : none;
}

/// The values of an editor node under their names.
json named_values(const std::string& kind, const json& values) {
  if (values.is_object()) return values;  // some programs name them
  json inputs = json::object();
  const auto names = value_names.find(kind);
  if (!values.is_array() || names == value_names.end()) return inputs;
  for (size_t i = 0; i < std::min(values.size(), names->second.size()); ++i) {
    if (!names->second[i].empty()) inputs[names->second[i]] = values[i];
  }
  return inputs;
}

}  // namespace

ComfyGraph ComfyGraph::parse(const std::string& path, const std::string& text) {
  const json graph = parse_object(path, text);
  ComfyGraph result;
  const json& list = field(graph, "nodes");
  if (!list.is_array()) {
    for (const auto& [id, node] : graph.items()) {
      const json& kind = field(node, "class_type");
      if (kind.is_string()) result.nodes_[id] = {kind.get<std::string>(), field(node, "inputs")};
    }
    return result;
  }
  std::map<std::string, json> links;  // [identity, from node, from output, to node, to input, type]
  for (const json& link : field(graph, "links")) {
    if (link.is_array() && link.size() >= 3) links[id_of(link[0])] = {id_of(link[1]), link[2]};
  }
  for (const json& node : list) {
    const json& type = field(node, "type");
    if (!type.is_string()) continue;
    const auto kind = type.get<std::string>();
    json inputs = named_values(kind, field(node, "widgets_values"));
    for (const json& input : field(node, "inputs")) {
      const json& name = field(input, "name");
      const auto link = links.find(id_of(field(input, "link")));
      if (name.is_string() && link != links.end()) inputs[name.get<std::string>()] = link->second;
    }
    result.nodes_[id_of(field(node, "id"))] = {kind, inputs};
  }
  return result;
}

const ComfyNode* ComfyGraph::target(const json& link) const {
  if (!link.is_array() || link.size() != 2 || !link[1].is_number()) return nullptr;
  const auto node = nodes_.find(id_of(link[0]));
  return node == nodes_.end() ? nullptr : &node->second;
}

const ComfyNode* ComfyGraph::linked(const ComfyNode& node, const std::string& input) const {
  return target(field(node.inputs, input.c_str()));
}

std::vector<const ComfyNode*> ComfyGraph::links_of(const ComfyNode& node) const {
  std::vector<const ComfyNode*> linked;
  for (const json& input : node.inputs) {
    if (const ComfyNode* next = target(input)) linked.push_back(next);
  }
  return linked;
}

const ComfyNode* ComfyGraph::upstream(const ComfyNode& node, const std::string& input,
                                      const Test& is_it) const {
  std::deque<const ComfyNode*> waiting = {linked(node, input)};
  std::set<const ComfyNode*> seen = {nullptr};
  while (!waiting.empty()) {
    const ComfyNode* next = waiting.front();
    waiting.pop_front();
    if (!seen.insert(next).second) continue;
    if (is_it(*next)) return next;
    for (const ComfyNode* further : links_of(*next)) waiting.push_back(further);
  }
  return nullptr;
}

std::vector<std::string> ComfyGraph::kinds_upstream(const ComfyNode& node) const {
  std::deque<const ComfyNode*> waiting = {&node};
  std::set<const ComfyNode*> seen;
  std::set<std::string> kinds;
  while (!waiting.empty()) {
    const ComfyNode* next = waiting.front();
    waiting.pop_front();
    if (!seen.insert(next).second) continue;
    kinds.insert(next->kind);
    for (const ComfyNode* further : links_of(*next)) waiting.push_back(further);
  }
  return {kinds.begin(), kinds.end()};
}

std::optional<std::string> ComfyGraph::value(const ComfyNode& node,
                                             const std::string& input) const {
  const ComfyNode* holder = &node;
  const json* found = &field(node.inputs, input.c_str());
  for (int i = 0; i < longest_chain && found->is_array(); ++i) {
    holder = target(*found);
    if (holder == nullptr) return {};
    found = &field(json(), "");
    for (const char* name : {"value", "text", "string", "String", "Text", "prompt", "seed", "int",
                             "float", "number", "populated_text"}) {
      const json& candidate = field(holder->inputs, name);
      if (candidate.is_null()) continue;
      found = &candidate;
      break;
    }
  }
  if (!found->is_string() && !found->is_number() && !found->is_boolean()) return {};
  return text_of(*found);
}

std::optional<double> ComfyGraph::number(const ComfyNode& node, const std::string& input) const {
  const std::optional<std::string> text = value(node, input);
  if (!text) return {};
  const json parsed = sdxl::parse_json(*text);
  if (!parsed.is_number()) return {};
  return parsed.get<double>();
}

}  // namespace cli
