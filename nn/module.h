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

/// One tensor argument of a forward, with its name. An absent optional argument is an empty tensor.
struct Input {
  std::string_view name;
  const Tensor& value;
};
using Inputs = std::initializer_list<Input>;

/// A node of the network: a layer, a block or a whole model.
///
/// Its path, such as "unet.mid_block.attentions.0", is the component, followed by the prefix of the
/// parameters' names in the component's checkpoint. The path is also the key of the module's output
/// in a trace, and the place of a breakpoint (`at PATH`).
/// torch: nn.Module
class Module {
 public:
  virtual ~Module() = default;
  Module(const Module&) = delete;  // parents hold our address: a module never moves
  Module& operator=(const Module&) = delete;

  /// The root's name and the names of all children down to this one; "" for a root without a name.
  const std::string& path() const { return path_; }
  /// The path without the root's name: the prefix of a parameter's name.
  std::string path_below_root() const;
  const std::vector<Module*>& children() const { return children_; }
  const std::vector<Parameter*>& parameters() const { return parameters_; }

  /// Shares the ownership of the memory that the weights below this module lie in: see nn::load.
  void share(std::shared_ptr<const WeightOwners> owners) { owners_ = std::move(owners); }
  /// Drops the mapped weight pages of this module from memory (a kernel's next read takes them from
  /// the file again). Call it when the module has finished. Only a module that was given to
  /// nn::load has pages to drop.
  /// Errors: std::runtime_error naming the file, when another program changed it since it was
  /// opened.
  void release_pages() const;
  /// Prefixes the paths of this module and all below it: "unet.conv_in" becomes
  /// "refiner.unet.conv_in" for the front "refiner". Parameters keep their names. For a program
  /// with two models.
  void put_below(const std::string& front);

 protected:
  explicit Module(const Slot& slot);  // registers itself with slot.parent
  Slot child(std::string name) { return {this, std::move(name)}; }
  /// Takes all children out of the tree, before they are destroyed.
  void forget_children() { children_.clear(); }

  /// Passes the arguments of a forward to the active observers. It is the first line of a forward:
  ///
  ///   record_inputs({{"x", x}, {"context", context}});
  ///
  /// The tensors are references: nothing is copied, unless an observer copies a tensor.
  void record_inputs(Inputs inputs) const;
  /// Passes `out`, this module's output, to the active observers, and returns it or an observer's
  /// replacement. It is the last line of a forward: `return record(h);`.
  /// Errors: those of tensor::io::expect_whole_files, when weights of a file were lost.
  Tensor record(Tensor out) const;

 private:
  friend class Parameter;  // a parameter registers itself with its module

  std::string path_;
  size_t root_size_ = 0;  // length of the root's name
  std::vector<Module*> children_;
  std::vector<Parameter*> parameters_;
  std::shared_ptr<const WeightOwners> owners_;  // of a module that was loaded, else null
};

/// `name` under `path`, "a.b"; if one of them is empty, the other.
std::string join_path(const std::string& path, const std::string& name);

/// All parameters of a module and the modules below it, in declaration order. This is the order of
/// diffusers' state_dict, unless a class documents another one.
std::vector<Parameter*> all_parameters(const Module& module);

}  // namespace nn
