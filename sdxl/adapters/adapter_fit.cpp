// Whether an adapter's tensors fit each other and the layer.
#include <set>

#include "sdxl/adapters/layer_adapter.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

using tensor::Shape;

/// A matrix: the axes behind the first one count as one.
struct Sides {
  int64_t rows, columns;
};

/// The spelling of a part in a file, for messages.
std::string spelt(const std::string& part) {
  if (part == "down" || part == "up" || part == "mid") return "lora_" + part;
  return part;
}

class Fit {
 public:
  Fit(const LayerAdapter& adapter, std::string file) : a_(adapter), file_(std::move(file)) {}

  void expect_whole() const {
    std::set<std::string> kinds;
    for (const auto& [part, view] : a_.parts) {
      if (part == "magnitude") continue;
      kinds.insert(part.substr(0, part.starts_with("hada") || part.starts_with("lokr") ? 4 : 0));
      const bool is_matrix = view.shape.rank() >= 2 && view.shape.size() > 0;
      if (!is_matrix) wrong("{} is {}; expected a matrix", spelt(part), view.shape);
    }
    if (kinds.empty()) wrong("has a factor alone; expected lora_down and lora_up beside it");
    if (kinds.size() > 1) wrong("has tensors of two kinds of adapters");
    if (kinds.contains("")) expect_parts({"down", "up"});
    if (kinds.contains("hada")) {
      expect_parts({"hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"});
      if (a_.has("hada_t1") || a_.has("hada_t2")) expect_parts({"hada_t1", "hada_t2"});
    }
    if (!kinds.contains("lokr")) return;
    for (const std::string side : {"lokr_w1", "lokr_w2"}) {
      if (!a_.has(side)) expect_parts({side + "_a", side + "_b"});
    }
  }

  /// The weight that it changes, as a matrix.
  Sides changed() const {
    if (a_.is_low_rank()) {
      return a_.has("mid") ? tucker("up", "mid", "down", false) : product("up", "down");
    }
    if (a_.has("hada_w1_a")) {
      const Sides first = hadamard_side("1"), second = hadamard_side("2");
      if (first.rows != second.rows || first.columns != second.columns) {
        wrong("its two products are ({}, {}) and ({}, {}); expected one shape", first.rows,
              first.columns, second.rows, second.columns);
      }
      return first;
    }
    const Sides first = kronecker_side("lokr_w1"), second = kronecker_side("lokr_w2");
    return {first.rows * second.rows, first.columns * second.columns};
  }

  template <class... Values>
  [[noreturn]] void wrong(const char* message, const Values&... values) const {
    tensor::fail("{}: {}: {}", file_, tensor::printable(a_.name),
                 tensor::format(message, values...));
  }

 private:
  void expect_parts(const std::vector<std::string>& parts) const {
    for (const std::string& part : parts) {
      if (!a_.has(part)) wrong("has no {}; is the file whole?", spelt(part));
    }
  }

  Sides sides(const std::string& part) const {
    const Shape& shape = a_.view(part).shape;
    return {shape.dim(0), shape.size() / shape.dim(0)};
  }

  Sides product(const std::string& left, const std::string& right) const {
    const Sides a = sides(left), b = sides(right);
    if (a.columns != b.rows) {
      wrong("{} has the rank {} and {} the rank {}; expected one rank", spelt(left), a.columns,
            spelt(right), b.rows);
    }
    return {a.rows, b.columns};
  }

  /// A convolution from its factors. In LyCORIS the outer one lies as (rank, out).
  Sides tucker(const std::string& outer, const std::string& core, const std::string& inner,
               bool is_transposed) const {
    const Sides a = sides(outer), b = sides(inner);
    const int64_t rank = is_transposed ? a.rows : a.columns;
    const Shape& c = a_.view(core).shape;
    if (c.rank() != 4 || c.dim(0) != rank || c.dim(1) != b.rows) {
      wrong("{} is {}; expected ({}, {}, kernel, kernel) between {} and {}", spelt(core), c, rank,
            b.rows, spelt(outer), spelt(inner));
    }
    return {is_transposed ? a.columns : a.rows, b.columns * c.dim(2) * c.dim(3)};
  }

  Sides hadamard_side(const std::string& number) const {
    const std::string left = "hada_w" + number + "_a", right = "hada_w" + number + "_b";
    const std::string core = "hada_t" + number;
    return a_.has(core) ? tucker(left, core, right, true) : product(left, right);
  }

  Sides kronecker_side(const std::string& side) const {
    if (a_.has(side)) return sides(side);
    if (side == "lokr_w2" && a_.has("lokr_t2"))
      return tucker(side + "_a", "lokr_t2", side + "_b", true);
    return product(side + "_a", side + "_b");
  }

  const LayerAdapter& a_;
  std::string file_;
};

}  // namespace

void expect_fits(const LayerAdapter& adapter, const nn::AdaptableLayer& layer,
                 const std::string& file) {
  const Fit fit(adapter, file);
  fit.expect_whole();
  const Sides changed = fit.changed();
  const Shape& shape = weight_of(layer).shape;
  const int64_t outputs = shape.dim(0), inputs = shape.size() / outputs;
  if (changed.rows != outputs || changed.columns != inputs) {
    fit.wrong("changes a weight of ({}, {}), but that of {} is {}; is it an adapter of this model?",
              changed.rows, changed.columns, layer.path(), shape);
  }
  if (!adapter.has("magnitude")) return;
  const int64_t size = adapter.view("magnitude").shape.size();
  if (size == outputs) return;
  fit.wrong(
      "its DoRA magnitude has {} numbers; expected one for each of {} outputs{}", size, outputs,
      size == inputs ? " (magnitudes of inputs, of an older LyCORIS, are not supported)" : "");
}

}  // namespace sdxl
