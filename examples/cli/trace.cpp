#include <memory>

#include "examples/cli/commands.h"
#include "examples/cli/options.h"
#include "examples/cli/trace_file.h"
#include "sdxl/parity/component.h"
#include "tensor/io/atomic_file.h"

namespace cli {

namespace {

using tensor::io::NamedTensors;

struct Options {
  ModelOptions model;
  std::string component;
  std::string inputs;
  std::string output;
};

void trace(const Options& o) {
  tensor::io::check_writable(o.output);
  const std::unique_ptr<sdxl::Checkpoint> checkpoint = o.model.open();
  const auto component = sdxl::load_component(*checkpoint, o.component);
  const std::string whole = sdxl::part_of(o.component);  // its output is among the results
  const nn::Recorder recorder([&](const std::string& path) { return path != whole; });
  const NamedTensors results = component->run(
      {o.inputs, [&](const std::string& name) { return read_tensor(o.inputs, name); }});
  NamedTensors outputs = named_tensors(recorder);
  outputs.insert(outputs.end(), results.begin(), results.end());
  tensor::io::write_safetensors(o.output, outputs);
}

}  // namespace

void add_trace(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "trace", "Run one component of a model once, and write every module's output");
  auto options = std::make_shared<Options>();
  options->model.add_to(*command);
  command->add_option("--component", options->component, "Which component")
      ->type_name("NAME")
      ->required()
      ->check(CLI::IsMember(sdxl::component_names()));
  command->add_option("--inputs", options->inputs, "Its inputs under diffusers' names")
      ->type_name("FILE")
      ->required();
  command->add_option("--output", options->output, "Where the outputs go, by path (unet.conv_in)")
      ->type_name("FILE")
      ->required();
  add_compute(*command);
  command->footer(
      "Inputs: unet         sample, timestep, encoder_hidden_states, text_embeds, time_ids\n"
      "        text_encoder input_ids (and text_encoder_2)\n"
      "        vae_encoder  sample, an image of -1 to 1\n"
      "        vae_decoder  sample, unscaled latents\n"
      "Example: sdxl trace --component unet --inputs in.safetensors --output ours.safetensors");
  command->callback([options] { trace(*options); });
}

}  // namespace cli
