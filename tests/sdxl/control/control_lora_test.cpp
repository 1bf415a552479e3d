#include "sdxl/control/control_lora.h"

#include <doctest/doctest.h>

#include "tests/sdxl/control/control_golden.h"
#include "tests/support/paths.h"

// A Control-LoRA of tests/make_goldens/control_lora.py against diffusers' ControlNetModel with the
// differences merged into the weights of the tiny base.

using namespace sdxl;
using support::control_message;
using support::has_text;

namespace {

std::filesystem::path file() {
  return support::test_file("goldens/adapters/control_lora.safetensors");
}

/// The message for the file without a tensor, or with one more.
std::string message_with(const std::function<void(tensor::io::NamedTensors&)>& change) {
  tensor::io::NamedTensors tensors = support::tensors_of(file());
  change(tensors);
  return control_message(tensors);
}

}  // namespace

TEST_CASE("control lora: beside the mapped layers it computes what diffusers computes merged") {
  const support::Golden golden("control_lora");
  const auto net = open_control_net(file(), "", *support::control_base(), "controlnet");
  const nn::Recorder recorder;
  const ControlResiduals residuals = net->forward(
      golden.input("sample"), golden.input("timestep").at({0}),
      support::control_conditioning(golden), {ControlPicture{golden.input("controlnet_cond")}});
  support::check_residuals(residuals, golden);
  CHECK(recorder.find("controlnet.conv_in.lora_A.default") != nullptr);
  CHECK(recorder.find("controlnet.conv_in.base_layer") != nullptr);
}

TEST_CASE("control lora: tensors that are missing, left over or of another size are refused") {
  CHECK(has_text(message_with([](auto& tensors) {
                   std::erase_if(tensors,
                                 [](const auto& x) { return x.first == "zero_convs.1.0.bias"; });
                 }),
                 "controlnet_down_blocks.1.bias"));
  CHECK(has_text(message_with([](auto& tensors) {
                   tensors.emplace_back("input_blocks.99.0.op.up", Tensor::zeros({2, 2}));
                 }),
                 "1 of "));
  CHECK(has_text(message_with([](auto& tensors) {
                   std::erase_if(tensors,
                                 [](const auto& x) { return x.first == "input_blocks.0.0.up"; });
                 }),
                 "input_blocks.0.0"));
  CHECK(has_text(message_with([](auto& tensors) {
                   for (auto& [name, value] : tensors) {
                     if (name == "input_blocks.0.0.up") value = Tensor::zeros({12, 2, 1, 1});
                   }
                 }),
                 "is it an adapter of this model?"));
}
