#include "nn/module.h"

#include "nn/parameter.h"
#include "nn/trace.h"
#include "nn/weight_source.h"

namespace nn {

Module::Module(const Slot& slot) {
  if (!slot.parent) return;
  path_ = join_path(slot.parent->path_, slot.name);
  slot.parent->children_.push_back(this);
}

void Module::release_pages() const {
  if (!owners_) return;
  for (const auto& file : owners_->files) file->release_pages();
}

Tensor Module::record(Tensor out) const {
  for (Observer* observer : active_observers()) {
    observer->on_output(*this, out);
    out = observer->replace(*this, out);
  }
  return out;
}

std::string join_path(const std::string& path, const std::string& name) {
  if (path.empty() || name.empty()) return path + name;
  return path + "." + name;
}

std::vector<Parameter*> all_parameters(const Module& module) {
  std::vector<Parameter*> result = module.parameters();
  for (const Module* child : module.children()) {
    const std::vector<Parameter*> below = all_parameters(*child);
    result.insert(result.end(), below.begin(), below.end());
  }
  return result;
}

}  // namespace nn
