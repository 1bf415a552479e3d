#include "nn/module.h"

#include "nn/parameter.h"
#include "nn/trace.h"
#include "nn/weight_source.h"

namespace nn {

Module::Module(const Slot& slot) : path_(slot.name), root_size_(slot.name.size()) {
  if (!slot.parent) return;
  path_ = join_path(slot.parent->path_, slot.name);
  root_size_ = slot.parent->root_size_;
  slot.parent->children_.push_back(this);
}

void Module::release_pages() const {
  if (!owners_) return;
  for (const auto& file : owners_->files) {
    file->expect_unchanged();
    file->release_pages();
  }
}

void Module::record_inputs(Inputs inputs) const {
  for (Observer* observer : active_observers()) observer->on_input(*this, inputs);
}

Tensor Module::record(Tensor out) const {
  tensor::io::expect_whole_files();
  for (Observer* observer : active_observers()) {
    observer->on_output(*this, out);
    out = observer->replace(*this, out);
  }
  return out;
}

void Module::put_below(const std::string& front) {
  const size_t before = path_.size();
  path_ = join_path(front, path_);
  root_size_ += path_.size() - before;
  for (Module* child : children_) child->put_below(front);
}

std::string Module::path_below_root() const {
  const size_t dot = root_size_ > 0 && path_.size() > root_size_ ? 1 : 0;
  return path_.substr(root_size_ + dot);
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
