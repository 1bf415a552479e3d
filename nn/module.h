#pragma once

#include <initializer_list>
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

/// The place of a module in the tree: child `name` of `parent`.
struct Slot {
  Module* parent = nullptr;
  std::string name;
};

/// The place of a module without a parent. A whole model has the name of its component, such as
/// root("unet"), in front of all paths; a block in a test has none.
inline Slot root(std::string name = "") { return {nullptr, std::move(name)}; }

/// One tensor argument of a forward, by name. An optional argument that is absent is empty.
struct Input {
  std::string_view name;
  const Tensor& value;
};
using Inputs = std::initializer_list<Input>;

/// A node of the network.
///
/// Its path, such as "unet.mid_block.attentions.0", is the component and the prefix of the names
/// that its parameters have in the component's checkpoint. It is also the key of its output in a
/// trace, and the place of a breakpoint (`at PATH`).
class Module {
 public:
  virtual ~Module() = default;
  Module(const Module&) = delete;  // children hold our address: a module never moves
  Module& operator=(const Module&) = delete;

  /// The root's name and the names of all children down to this one; "" for a root without a name.
  const std::string& path() const { return path_; }
  const std::vector<Module*>& children() const { return children_; }
  const std::vector<Parameter*>& parameters() const { return parameters_; }

  /// Shares the memory that the weights below this module lie in: see nn::load.
  void share(std::shared_ptr<const WeightOwners> owners) { owners_ = std::move(owners); }
  /// Drops the memory of the mapped files that this module was loaded from. A page comes back from
  /// the file when a kernel reads it again. Call it when the module has finished its work.
  void release_pages() const;
  /// Puts `front` before the paths of this module and all below it: "refiner" makes
  /// "refiner.unet.conv_in". Parameters keep their names. For two models of one program.
  void put_below(const std::string& front);

 protected:
  explicit Module(const Slot& slot);  // registers itself with slot.parent
  Slot child(std::string name) { return {this, std::move(name)}; }

  /// Shows the arguments of a forward to the active observers. It is the first line of a forward:
  ///
  ///   record_inputs({{"x", x}, {"context", context}});
  ///
  /// The tensors are references: nothing is copied unless an observer does so.
  void record_inputs(Inputs inputs) const;
  /// Shows `out`, this module's output, to the active observers and returns it, or what an observer
  /// replaces it with.
  Tensor record(Tensor out) const;

 private:
  friend class Parameter;  // a parameter registers itself likewise
  /// The path without the root's name: what a parameter's name begins with.
  std::string path_below_root() const;

  std::string path_;
  size_t root_size_ = 0;  // length of the root's name
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
