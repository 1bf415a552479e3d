#include <iostream>
#include <memory>
#include <optional>

#include "examples/cli/commands.h"
#include "examples/cli/ip_adapter_options.h"
#include "examples/cli/knobs.h"
#include "examples/cli/lora_options.h"
#include "examples/cli/options.h"
#include "examples/cli/trace_file.h"
#include "sdxl/parity/component.h"
#include "sdxl/parity/example_inputs.h"
#include "sdxl/parity/trace_inputs.h"
#include "sdxl/pipeline/prompt_features.h"
#include "tensor/error.h"
#include "tensor/io/atomic_file.h"

namespace cli {

namespace {

using tensor::Tensor;
using tensor::io::NamedTensors;

struct TraceCommand {
  ModelOptions model;
  std::string component, control;
  std::string inputs, example_inputs;
  std::string output;
  int64_t step = -1;  // of a trace of several steps; -1: not given
  bool keeps_inputs = false;
  KnobOptions knobs;
  LoraOptions lora;
  IpAdapterOptions ip;
};

/// The text encoders of the model, for --swap-context.
Tensor encode(const TraceCommand& o, const std::string& prompt) {
  const nn::ObserversPaused paused;
  sdxl::StableDiffusionXL model(o.model.open());
  sdxl::add_adapters(model, o.lora.choices());
  return sdxl::encode_prompt(model, {prompt, ""}).context;
}

void trace(const TraceCommand& o) {
  tensor::io::check_writable(o.output);
  const std::unique_ptr<sdxl::Checkpoint> checkpoint = o.model.open();
  const auto component = sdxl::load_component(*checkpoint, o.component, o.control);
  sdxl::add_adapters(component->module(), sdxl::part_of(o.component), o.lora.choices());
  component->add_ip_adapters(o.ip.files_and_scales());
  std::optional<Knobs> knobs;
  if (o.knobs.any()) {
    const auto of_text = [&](const std::string&, const std::string& prompt) {
      return encode(o, prompt);
    };
    knobs.emplace(o.knobs, KnobSubjects{.components = {&component->module()}, .encode = of_text});
  }
  const std::string whole = sdxl::part_of(o.component);  // its output is among the results
  using Keep = nn::Recorder::Keep;
  const nn::Recorder recorder([&](const std::string& path) { return path != whole; },
                              o.keeps_inputs ? Keep::inputs_and_outputs : Keep::outputs);
  std::optional<int64_t> step;
  if (o.step >= 0) step = o.step;
  const NamedTensors results = component->run(
      sdxl::inputs_in_file(o.inputs, o.component, checkpoint->requires_aesthetics_score(), step));
  if (knobs) knobs->expect_met();
  NamedTensors outputs = named_tensors(recorder);
  outputs.insert(outputs.end(), results.begin(), results.end());
  tensor::io::write_safetensors(o.output, outputs);
}

void write_example(const TraceCommand& o) {
  tensor::io::check_writable(o.example_inputs);
  const NamedTensors inputs = sdxl::example_inputs(o.model.open(), o.component);
  tensor::io::write_safetensors(o.example_inputs, inputs);
  for (const auto& [name, value] : inputs) {
    std::cout << name << " " << value.shape().str() << "\n";
  }
}

void check(const TraceCommand& o) {
  const bool is_control_net = o.component == "controlnet";
  if (is_control_net == o.control.empty()) {
    throw CLI::ValidationError(is_control_net ? "--component controlnet needs --control PATH"
                                              : "--control is for --component controlnet");
  }
  if (is_control_net && !o.example_inputs.empty()) {
    throw CLI::ValidationError(
        "--example-inputs: there are none of a ControlNet; take a step of generate --trace-inputs "
        "--trace-components controlnet");
  }
  const bool runs = !o.inputs.empty() && !o.output.empty();
  if (!o.example_inputs.empty() && o.inputs.empty() && o.output.empty()) return;
  if (o.example_inputs.empty() && runs) return;
  throw CLI::ValidationError(
      "expected --inputs FILE and --output FILE, or --example-inputs FILE alone");
}

}  // namespace

void add_trace(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "trace", "Run one component of a model once, and write every module's output");
  auto options = std::make_shared<TraceCommand>();
  options->model.add_to(*command, {"unet", "text-encoder", "text-encoder-2"});
  command->add_option("--component", options->component, "Which component")
      ->type_name("NAME")
      ->required()
      ->check(CLI::IsMember(sdxl::component_names()));
  const auto file = [&](const char* name, std::string& value, const char* meaning) {
    command->add_option(name, value, meaning)->type_name("FILE");
  };
  command->add_option("--control", options->control, "The ControlNet, of component controlnet")
      ->type_name("PATH");
  file("--inputs", options->inputs,
       "Its inputs under diffusers' names, or a file of generate --trace-inputs");
  command->add_option("--step", options->step, "Which step of a file of several steps")
      ->type_name("K")
      ->check(at_least(0));
  file("--output", options->output, "Where the outputs go, by path (unet.conv_in)");
  command->add_flag("--trace-inputs", options->keeps_inputs,
                    "The modules' inputs too, as inputs/PATH/NAME");
  file("--example-inputs", options->example_inputs,
       "Write inputs to start from to this file, and run nothing");
  options->lora.add_to(*command);
  options->ip.add_files_to(*command);
  options->knobs.add_to(*command, KnobOptions::Steps::no);
  add_compute(*command);
  command->footer(
      "Inputs: unet         sample, timestep, encoder_hidden_states, text_embeds, time_ids\n"
      "        text_encoder input_ids (and text_encoder_2)\n"
      "                     (with ControlNets also mid_block_additional_residual and\n"
      "                     down_block_additional_residuals.N for each skip)\n"
      "        controlnet   as the unet, and controlnet_cond, pictures of 0 to 1\n"
      "        vae_encoder  sample, an image of -1 to 1\n"
      "        vae_decoder  sample, unscaled latents\n"
      "Example: sdxl trace --component unet --example-inputs in.safetensors\n"
      "         sdxl trace --component unet --inputs in.safetensors --output ours.safetensors\n"
      "Example, of a real step and without one block:\n"
      "         sdxl generate --prompt \"a red ring\" --steps 25 --seed 7 --trace run.safetensors "
      "\\\n"
      "           --trace-step 10 --trace-inputs\n"
      "         sdxl trace --component unet --inputs run.safetensors --output muted.safetensors "
      "\\\n"
      "           --mute unet.mid_block\n"
      "         sdxl compare muted.safetensors run.safetensors --limit 100");
  command->callback([options] {
    check(*options);
    options->example_inputs.empty() ? trace(*options) : write_example(*options);
  });
}

}  // namespace cli
