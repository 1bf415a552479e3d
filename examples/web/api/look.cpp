#include "examples/cli/tree_page.h"
#include "examples/web/api/session.h"
#include "nn/observe/summary.h"
#include "nn/observe/teacher_forcing.h"
#include "nn/parameter.h"
#include "sdxl/inspect/knobs/head_mute.h"
#include "sdxl/inspect/skips.h"
#include "sdxl/inspect/tree_subject.h"
#include "sdxl/pipeline/latents.h"
#include "sdxl/unet/attention.h"
#include "tensor/compute.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace web {

namespace {

std::vector<const nn::Recorder*> recorders() {
  std::vector<const nn::Recorder*> all;
  if (session().inside) all.push_back(session().inside.get());
  if (session().run.around) all.push_back(session().run.around.get());
  return all;
}

/// The tensor of a name in one of the records, or null.
const Tensor* recorded(const std::string& name) {
  for (const nn::Recorder* recorder : recorders()) {
    if (const Tensor* found = recorder->find(name)) return found;
  }
  return nullptr;
}

const Tensor& expect_recorded(const std::string& name) {
  const Tensor* found = recorded(name);
  if (!found) tensor::fail("{}: this step has no such tensor", name);
  return *found;
}

const nn::Parameter* parameter(const nn::Module& module, const std::string& name) {
  for (const nn::Parameter* p : module.parameters()) {
    if (p->name() == nn::join_path(module.path_below_root(), name)) return p;
  }
  return nullptr;
}

/// "PATH/NAME" -> the two.
std::pair<std::string, std::string> halves(const std::string& text) {
  const size_t slash = text.rfind('/');
  return {text.substr(0, slash), slash == std::string::npos ? "" : text.substr(slash + 1)};
}

Tensor parameter_of(const std::string& place) {
  const auto [path, name] = halves(place);
  const nn::Parameter* found = parameter(session().module(path), name);
  if (!found) tensor::fail("{} has no parameter {}", path, name);
  return found->to_tensor();
}

Tensor by_textbook(const std::string& path) {
  const nn::ObserversPaused paused;
  const tensor::BackendScope textbook(tensor::Backend::textbook);
  const Tensor result =
      nn::replay(session().module(path), expect_recorded("inputs/" + path + "/x"));
  if (result.empty()) tensor::fail("{} is no single layer: no sum makes its output", path);
  return result;
}

/// Of a UNet's attention: the page shows no other.
Tensor attention_of(const std::string& path) {
  const nn::ObserversPaused paused;
  const auto* attention = dynamic_cast<const sdxl::Attention*>(&session().module(path));
  if (!attention) tensor::fail("{} is no attention", path);
  return tensor::attention_weights(expect_recorded(path + ".to_q"), expect_recorded(path + ".to_k"),
                                   attention->heads());
}

Tensor of_step(const std::string& place) {
  const auto [number, name] = halves(place);
  const Step& step = step_of_run(std::atoi(number.c_str()));
  if (name == "predicted") return step.predicted;
  if (name == "latents") return step.latents;
  if (name == "sample") return step.sample;
  tensor::fail("steps/{}: no such tensor", place);
}

json shape_of(const tensor::Shape& shape) {
  return std::vector<int64_t>(shape.begin(), shape.end());
}

json skips_of(const nn::Module& unet) {
  json list = json::array();
  for (const sdxl::Skip& skip : sdxl::skips_of(unet)) {
    list.push_back({{"from", skip.pushed_by}, {"to", skip.popped_by}, {"channels", skip.channels}});
  }
  return list;
}

sdxl::TreeSubject subject_of(const std::string& component) {
  if (sdxl::built_in_subjects().count(component) > 0)
    return sdxl::built_in_subjects().at(component)();
  const Session& s = session();
  if (component == "unet") return sdxl::tree_subject(s.model().checkpoint->unet_config());
  if (component == "vae") return sdxl::tree_subject(s.model().checkpoint->vae_config());
  if (component == "refiner.unet" && s.refiner) {
    return sdxl::tree_subject(s.refiner->checkpoint->unet_config());
  }
  return sdxl::tree_subject(s.model().checkpoint->text_config(component), component);
}

}  // namespace

void look(int step, double timestep) {
  Session& s = session();
  const Step& taken = step_of_run(step);
  s.inside.reset();  // its memory first
  const Knobs knobs = make_knobs(s.run.options.value("knobs", json()));
  auto inside = std::make_unique<nn::Recorder>(nullptr, nn::Recorder::Keep::inputs_and_outputs);
  const float t = timestep < 0 ? taken.timestep.at({0}) : static_cast<float>(timestep);
  taken.unet->forward(taken.sample, t, taken.cond);
  s.inside = std::move(inside);
}

void look_at_decoder() {
  Session& s = session();
  const Tensor latents = step_of_run(static_cast<int>(s.run.steps.size()) - 1).latents;
  s.inside.reset();
  const Knobs knobs = make_knobs(s.run.options.value("knobs", json()));
  auto inside = std::make_unique<nn::Recorder>(nullptr, nn::Recorder::Keep::inputs_and_outputs);
  sdxl::decode_latents(*s.model().vae, latents);
  s.inside = std::move(inside);
}

Tensor tensor_of(const std::string& name) {
  const size_t slash = name.find('/');
  const std::string kind = slash == std::string::npos ? "" : name.substr(0, slash);
  const std::string rest = name.substr(slash + 1);
  if (kind == "parameters") return parameter_of(rest);
  if (kind == "textbook") return by_textbook(rest);
  if (kind == "attention") return attention_of(rest);
  if (kind == "steps") return of_step(rest);
  return expect_recorded(name);
}

json tree(const std::string& component) {
  const sdxl::TreeSubject subject = subject_of(component);
  const auto rows =
      nn::summarize(*subject.model, tensor::DType::f16, [&] { subject.forward(subject.own_size); });
  json result = {{"modules", json::parse(cli::tree_json(rows))}, {"skips", json::array()}};
  if (rows.front().kind == "UNet2DConditionModel") result["skips"] = skips_of(*subject.model);
  return result;
}

json describe(const std::string& path) {
  const nn::Module& module = session().module(path);
  json inputs = json::array(), parameters = json::array();
  for (const nn::Recorder* recorder : recorders()) {
    if (!inputs.empty()) break;
    const std::string front = "inputs/" + path + "/";
    for (const nn::Recorder::Entry& entry : recorder->inputs()) {
      if (entry.path.rfind(front, 0) != 0) continue;
      inputs.push_back(
          {{"name", entry.path.substr(front.size())}, {"shape", shape_of(entry.tensor.shape())}});
    }
  }
  for (const nn::Parameter* p : module.parameters()) {
    const std::string name = p->name().substr(p->name().rfind('.') + 1);
    parameters.push_back({{"name", name}, {"shape", shape_of(p->shape())}});
  }
  const Tensor* output = recorded(path);
  return {{"path", path},
          {"kind", nn::class_name(module)},
          {"heads", sdxl::heads_of(module)},
          {"inputs", inputs},
          {"parameters", parameters},
          {"output", output ? shape_of(output->shape()) : json::array()}};
}

}  // namespace web
