#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nn/module.h"

namespace nn {

/// A numbered list of layers: its items are the children "0", "1", "2" ... `Item` may be a base
/// class: `down_blocks.add<CrossAttnDownBlock2D>(config)`.
///
/// The list has no forward and no output.
/// torch: nn.ModuleList
template <class Item>
class ModuleList : public Module {
 public:
  explicit ModuleList(const Slot& slot) : Module(slot) {}

  template <class Actual = Item, class... Arguments>
  Actual& add(Arguments&&... arguments) {
    const Slot slot = child(std::to_string(items_.size()));
    auto item = std::make_unique<Actual>(slot, std::forward<Arguments>(arguments)...);
    Actual& result = *item;
    items_.push_back(std::move(item));
    return result;
  }

  size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  const Item& operator[](size_t index) const { return *items_.at(index); }

  /// For `for (const Item& item : list)`.
  class Iterator {
   public:
    explicit Iterator(const std::unique_ptr<Item>* place) : place_(place) {}
    const Item& operator*() const { return **place_; }
    Iterator& operator++() {
      ++place_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return place_ != other.place_; }

   private:
    const std::unique_ptr<Item>* place_;
  };
  Iterator begin() const { return Iterator(items_.data()); }
  Iterator end() const { return Iterator(items_.data() + items_.size()); }

 private:
  std::vector<std::unique_ptr<Item>> items_;
};

}  // namespace nn
