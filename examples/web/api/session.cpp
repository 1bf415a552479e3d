#include "examples/web/api/session.h"

#include "nn/observe/path_pattern.h"
#include "tensor/error.h"

namespace web {

namespace {

const nn::Module* find(const nn::Module& module, const std::string& path) {
  if (module.path() == path) return &module;
  for (const nn::Module* child : module.children()) {
    if (const nn::Module* found = find(*child, path)) return found;
  }
  return nullptr;
}

}  // namespace

Session& session() {
  static Session only;
  return only;
}

const sdxl::StableDiffusionXL& Session::model() const {
  if (!base) tensor::fail("no model is open");
  return *base;
}

const Step& step_of_run(int step) {
  const std::vector<Step>& steps = session().run.steps;
  tensor::require(step >= 0 && step < std::ssize(steps), "step: expected 0 to {}, got {}",
                  std::ssize(steps) - 1, step);
  return steps[step];
}

std::vector<const nn::Module*> Session::components() const {
  std::vector<const nn::Module*> all = {&*model().text_encoder, &*base->text_encoder_2,
                                        &base->unet};
  if (refiner) all.insert(all.end(), {&*refiner->text_encoder_2, &refiner->unet});
  all.push_back(base->vae.get());
  return all;
}

const nn::Module& Session::module(const std::string& path) const {
  std::vector<std::string> paths;
  for (const nn::Module* component : components()) {
    if (const nn::Module* found = find(*component, path)) return *found;
    const std::vector<std::string> below = nn::all_paths(*component);
    paths.insert(paths.end(), below.begin(), below.end());
  }
  nn::expect_matches("this model", {path}, paths);
  tensor::fail("{}: not in this model", path);
}

}  // namespace web
