#include <memory>

#include "examples/cli/commands.h"
#include "examples/cli/options.h"
#include "examples/cli/trace_file.h"
#include "sdxl/text/clip_text_model.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "tensor/error.h"
#include "tensor/io/atomic_file.h"

namespace cli {

namespace {

using tensor::Tensor;
using tensor::io::NamedTensors;

const std::map<std::string, Component> components = {{"unet", Component::unet},
                                                     {"text_encoder", Component::text_encoder},
                                                     {"text_encoder_2", Component::text_encoder_2},
                                                     {"vae_encoder", Component::vae_encoder},
                                                     {"vae_decoder", Component::vae_decoder}};

struct Options {
  ModelOptions model;
  std::string component;
  std::string inputs;
  std::string output;
};

/// A timestep for the whole batch: one number, or the same one for each sample.
float read_timestep(const std::string& inputs) {
  const Tensor values = read_tensor(inputs, "timestep");
  for (int64_t i = 0; i < values.size(); ++i) {
    if (values.data()[i] == values.data()[0]) continue;
    tensor::fail("{}: timestep: expected one for the whole batch, got several", inputs);
  }
  if (values.size() == 0) tensor::fail("{}: timestep: expected a number, got none", inputs);
  return values.data()[0];
}

std::vector<std::vector<int64_t>> read_ids(const std::string& inputs) {
  const Tensor values = read_tensor(inputs, "input_ids");
  if (values.shape().rank() != 2) {
    tensor::fail("{}: input_ids: expected (N, S), got {}", inputs, values.shape());
  }
  const auto [rows, columns] = values.dims<2>();
  std::vector<std::vector<int64_t>> ids;
  for (int64_t i = 0; i < rows; ++i) {
    const float* row = values.data() + i * columns;
    ids.emplace_back(row, row + columns);
  }
  return ids;
}

NamedTensors run_unet(sdxl::Checkpoint& checkpoint, const std::string& inputs) {
  sdxl::UNet2DConditionModel unet(nn::root(), checkpoint.unet_config());
  checkpoint.load("unet", unet);
  sdxl::Conditioning cond;
  cond.context = read_tensor(inputs, "encoder_hidden_states");
  if (unet.config().text_time_embedding) {
    cond.pooled = read_tensor(inputs, "text_embeds");
    cond.time_ids = read_tensor(inputs, "time_ids");
  }
  if (unet.config().time_cond_proj_dim > 0) {
    cond.timestep_cond = read_tensor(inputs, "timestep_cond");
  }
  return {{"sample", unet.forward(read_tensor(inputs, "sample"), read_timestep(inputs), cond)}};
}

NamedTensors run_text_encoder(sdxl::Checkpoint& checkpoint, const std::string& part,
                              const std::string& inputs) {
  const auto config = checkpoint.text_config(part);
  sdxl::CLIPTextModel encoder(nn::root(), config);
  checkpoint.load(part, encoder);
  const sdxl::TextFeatures features = encoder.forward(read_ids(inputs));
  NamedTensors results = {{"last_hidden_state", features.last_hidden_state}};
  for (size_t i = 0; i < features.hidden_states.size(); ++i) {
    results.emplace_back("hidden_states." + std::to_string(i), features.hidden_states[i]);
  }
  results.emplace_back(config.projection_dim > 0 ? "text_embeds" : "pooler_output",
                       features.pooled);
  return results;
}

NamedTensors run_vae(sdxl::Checkpoint& checkpoint, Component component, const std::string& inputs) {
  const std::unique_ptr<sdxl::AutoencoderKL> vae = load_vae(checkpoint);
  const Tensor sample = read_tensor(inputs, "sample");
  if (component == Component::vae_encoder) return {{"moments", vae->encode(sample).moments()}};
  return {{"sample", vae->decode(sample)}};
}

NamedTensors run_component(sdxl::Checkpoint& checkpoint, Component component,
                           const std::string& inputs) {
  switch (component) {
    case Component::unet:
      return run_unet(checkpoint, inputs);
    case Component::text_encoder:
      return run_text_encoder(checkpoint, "text_encoder", inputs);
    case Component::text_encoder_2:
      return run_text_encoder(checkpoint, "text_encoder_2", inputs);
    default:
      return run_vae(checkpoint, component, inputs);
  }
}

void trace(const Options& o) {
  tensor::io::check_writable(o.output);
  const Component component = components.at(o.component);
  const std::string part = o.component.starts_with("vae") ? "vae" : o.component;
  const std::unique_ptr<sdxl::Checkpoint> checkpoint = o.model.open();
  checkpoint->expect_parts({part});
  nn::Recorder recorder;
  const NamedTensors results = run_component(*checkpoint, component, o.inputs);
  NamedTensors outputs = named_outputs(recorder, component);
  outputs.insert(outputs.end(), results.begin(), results.end());
  tensor::io::write_safetensors(o.output, outputs);
}

}  // namespace

void add_trace(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("trace", "Run one part of a model once, and keep every module's output");
  auto options = std::make_shared<Options>();
  options->model.add_to(*command);
  std::vector<std::string> names;
  for (const auto& [name, component] : components) names.push_back(name);
  command->add_option("--component", options->component, "Which part")
      ->type_name("NAME")
      ->required()
      ->check(CLI::IsMember(names));
  command->add_option("--inputs", options->inputs, "Its inputs under diffusers' names")
      ->type_name("FILE")
      ->required();
  command->add_option("--output", options->output, "Where the outputs go, by module path")
      ->type_name("FILE")
      ->required();
  add_threads(*command);
  command->footer(
      "Inputs: unet         sample, timestep, encoder_hidden_states, text_embeds, time_ids\n"
      "        text_encoder input_ids (and text_encoder_2)\n"
      "        vae_encoder  sample, a picture of -1 to 1\n"
      "        vae_decoder  sample, unscaled latents\n"
      "Example: sdxl trace --component unet --inputs in.safetensors --output ours.safetensors");
  command->callback([options] { trace(*options); });
}

}  // namespace cli
