#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.h"

namespace nn {

using tensor::Tensor;

class Module;
class Parameter;
struct WeightOwners;

/// The place a module takes in the tree: child `name` of `parent`.
struct Slot {
  Module* parent = nullptr;
  std::string name;
};

/// The place of a module that has no parent: a whole model, or a block in a test.
inline Slot root() { return {}; }

/// A node of the network. Its path, such as "mid_block.attentions.0", is the prefix of its
/// parameters' names in the checkpoint, the key of its output in a trace, and the place a debugger
/// can be asked to stop.
class Module {
 public:
  virtual ~Module() = default;
  Module(const Module&) = delete;  // children hold our address: a module never moves
  Module& operator=(const Module&) = delete;

  /// "" for a root.
  const std::string& path() const { return path_; }
  const std::vector<Module*>& children() const { return children_; }
  const std::vector<Parameter*>& parameters() const { return parameters_; }

  /// Shares the memory that the weights below this module lie in: see nn::load.
  void share(std::shared_ptr<const WeightOwners> owners) { owners_ = std::move(owners); }
  /// Drops the memory of the mapped files that this module was loaded from. A page comes back from
  /// the file when a kernel reads it again. Call it when the module has finished its work.
  void release_pages() const;

 protected:
  explicit Module(const Slot& slot);  // registers itself with slot.parent
  Slot child(std::string name) { return {this, std::move(name)}; }
  /// Shows `out`, this module's output, to the active observers and returns it: untouched, unless
  /// an observer replaces it.
  Tensor record(Tensor out) const;

 private:
  friend class Parameter;  // a parameter registers itself likewise
  std::string path_;
  std::vector<Module*> children_;
  std::vector<Parameter*> parameters_;
  std::shared_ptr<const WeightOwners> owners_;  // of a module that was loaded, else null
};

/// `name` under `path`: "a.b"; where one of them is empty, the other.
std::string join_path(const std::string& path, const std::string& name);

/// All parameters below a module (itself included), in declaration order: the order of diffusers'
/// state_dict except where a class says so.
std::vector<Parameter*> all_parameters(const Module& module);

}  // namespace nn
