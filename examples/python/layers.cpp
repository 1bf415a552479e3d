// The layers of nn/.
#include "examples/python/bind.h"
#include "nn/conv2d.h"
#include "nn/embedding.h"
#include "nn/group_norm.h"
#include "nn/layer_norm.h"
#include "nn/linear.h"
#include "nn/parameter.h"

namespace glassbox {

namespace {

/// A side of the first weight, or whether there is a weight of a name.
int64_t weight_dim(const nn::Module& module, int axis) {
  return module.parameters().front()->shape().dim(axis);
}
bool has_bias(const nn::Module& module) { return module.parameters().size() > 1; }

nb::dict dict_of(std::initializer_list<std::pair<const char*, nb::object>> entries) {
  nb::dict result;
  for (const auto& [key, value] : entries) result[key] = value;
  return result;
}

void bind_linear(nb::module_& m) {
  using nn::Linear;
  layer<Linear>(m, "Linear")
      .call("x")
      .def(
          "__init__",
          [](Linear* self, int64_t in_features, int64_t out_features, bool bias) {
            new (self) Linear(nn::root(), in_features, out_features,
                              bias ? Linear::Bias::yes : Linear::Bias::no);
          },
          "in_features"_a, "out_features"_a, "bias"_a = true)
      .def_prop_ro("config", [](const Linear& self) {
        return dict_of({{"in_features", nb::cast(weight_dim(self, 1))},
                        {"out_features", nb::cast(weight_dim(self, 0))},
                        {"bias", nb::cast(has_bias(self))}});
      });
}

void bind_conv2d(nb::module_& m) {
  using nn::Conv2d;
  layer<Conv2d>(m, "Conv2d")
      .def(
          "__init__",
          [](Conv2d* self, int64_t in_channels, int64_t out_channels, int kernel_size, int stride,
             const std::vector<int>& padding, bool bias) {
            tensor::Padding sides = tensor::Padding::all(padding.empty() ? 0 : padding[0]);
            if (padding.size() == 4) sides = {padding[0], padding[1], padding[2], padding[3]};
            if (padding.size() > 1 && padding.size() != 4) {
              throw std::invalid_argument(
                  "Conv2d: padding: expected one number for all sides, or those of top, bottom, "
                  "left and right");
            }
            new (self)
                Conv2d(nn::root(), in_channels, out_channels,
                       {.kernel = kernel_size, .stride = stride, .padding = sides, .bias = bias});
          },
          "in_channels"_a, "out_channels"_a, "kernel_size"_a, "stride"_a = 1,
          "padding"_a = std::vector<int>{}, "bias"_a = true)
      .def(
          "__call__",
          [](const Conv2d& self, const Array& x, int upsample) {
            const Tensor input = needed(x, "x");
            return run([&] { return self.forward(input, upsample); });
          },
          "x"_a, "upsample"_a = 1)
      .def_prop_ro("config", [](const Conv2d& self) {
        const tensor::Padding& p = self.padding();
        return dict_of({{"in_channels", nb::cast(weight_dim(self, 1))},
                        {"out_channels", nb::cast(weight_dim(self, 0))},
                        {"kernel_size", nb::cast(weight_dim(self, 2))},
                        {"stride", nb::cast(self.stride())},
                        {"padding", nb::make_tuple(p.top, p.bottom, p.left, p.right)},
                        {"bias", nb::cast(has_bias(self))}});
      });
}

void bind_norms(nb::module_& m) {
  using nn::GroupNorm, nn::LayerNorm;
  layer<GroupNorm>(m, "GroupNorm")
      .init<int64_t, int64_t, float>("num_groups"_a, "num_channels"_a, "eps"_a = 1e-5f)
      .call("x")
      .def_prop_ro("config", [](const GroupNorm& self) {
        return dict_of({{"num_groups", nb::cast(self.groups())},
                        {"num_channels", nb::cast(weight_dim(self, 0))},
                        {"eps", nb::cast(shortest(self.eps()))}});
      });
  layer<LayerNorm>(m, "LayerNorm")
      .init<int64_t, float>("normalized_shape"_a, "eps"_a = 1e-5f)
      .call("x")
      .def_prop_ro("config", [](const LayerNorm& self) {
        return dict_of({{"normalized_shape", nb::cast(weight_dim(self, 0))},
                        {"eps", nb::cast(shortest(self.eps()))}});
      });
}

void bind_embedding(nb::module_& m) {
  using nn::Embedding;
  layer<Embedding>(m, "Embedding")
      .init<int64_t, int64_t>("num_embeddings"_a, "embedding_dim"_a)
      .def(
          "__call__",
          [](const Embedding& self, const Array& ids) {
            const auto rows = ids_of(ids, "ids");
            return run([&] { return self.forward(rows); });
          },
          "ids"_a)
      .def_prop_ro("config", [](const Embedding& self) {
        return dict_of({{"num_embeddings", nb::cast(weight_dim(self, 0))},
                        {"embedding_dim", nb::cast(weight_dim(self, 1))}});
      });
}

}  // namespace

void bind_layers(nb::module_& m) {
  bind_linear(m);
  bind_conv2d(m);
  bind_norms(m);
  bind_embedding(m);
}

}  // namespace glassbox
