// The blocks of the UNet. Arguments have diffusers' names; skips go in and out as tuples.
#include "examples/python/bind.h"
#include "sdxl/unet/down_blocks.h"
#include "sdxl/unet/mid_block.h"
#include "sdxl/unet/timestep_embedding.h"
#include "sdxl/unet/up_blocks.h"

namespace glassbox {

namespace {

using namespace sdxl;  // NOLINT: the classes that are bound

void bind_small_blocks(nb::module_& m) {
  layer<TimestepEmbedding>(m, "TimestepEmbedding")
      .init<int64_t, int64_t, int64_t>("in_channels"_a, "time_embed_dim"_a, "cond_proj_dim"_a = 0)
      .call("sample", "condition");
  layer<ResnetBlock>(m, "ResnetBlock")
      .call("input_tensor", "temb")
      .def(
          "__init__",
          [](ResnetBlock* self, int64_t in_channels, int64_t out_channels, int64_t temb_channels,
             int64_t groups, float eps) {
            new (self)
                ResnetBlock(nn::root(), {in_channels, out_channels, temb_channels, groups, eps});
          },
          "in_channels"_a, "out_channels"_a, "temb_channels"_a = 0, "groups"_a = 32,
          "eps"_a = 1e-6f);
  layer<Downsample2D>(m, "Downsample2D")
      .call("hidden_states")
      .def(
          "__init__",
          [](Downsample2D* self, int64_t channels, int padding) {
            // diffusers' padding of 0 stands for one row below and one column to the right.
            const tensor::Padding sides = padding == 0 ? tensor::Padding{.bottom = 1, .right = 1}
                                                       : tensor::Padding::all(padding);
            new (self) Downsample2D(nn::root(), channels, sides);
          },
          "channels"_a, "padding"_a = 1);
  layer<Upsample2D>(m, "Upsample2D")
      .init<int64_t>("channels"_a)
      .def(
          "__call__",
          [](const Upsample2D& self, const Array& hidden_states,
             const std::optional<std::pair<int64_t, int64_t>>& output_size) {
            const Tensor x = needed(hidden_states, "hidden_states");
            return run([&] {
              return output_size ? self.forward(x, output_size->first, output_size->second)
                                 : self.forward(x);
            });
          },
          "hidden_states"_a, "output_size"_a.none() = nb::none());
}

void bind_transformers(nb::module_& m) {
  layer<Attention>(m, "Attention")
      .call("hidden_states", "encoder_hidden_states")
      .def(
          "__init__",
          [](Attention* self, int64_t query_dim, int64_t cross_attention_dim, int64_t heads) {
            new (self) Attention(nn::root(), query_dim,
                                 cross_attention_dim > 0 ? cross_attention_dim : query_dim, heads);
          },
          "query_dim"_a, "cross_attention_dim"_a = 0, "heads"_a = 8)
      .def_prop_ro("heads", &Attention::heads);
  layer<GEGLU>(m, "GEGLU").init<int64_t, int64_t>("dim_in"_a, "dim_out"_a).call("hidden_states");
  layer<FeedForward>(m, "FeedForward").init<int64_t>("dim"_a).call("hidden_states");
  layer<BasicTransformerBlock>(m, "BasicTransformerBlock")
      .init<int64_t, int64_t, int64_t>("dim"_a, "cross_attention_dim"_a, "num_attention_heads"_a)
      .call("hidden_states", "encoder_hidden_states");
  layer<Transformer2D>(m, "Transformer2D")
      .init<const TransformerConfig&>("config"_a)
      .call("hidden_states", "encoder_hidden_states");
}

void bind_configs(nb::module_& m) {
  nb::class_<TransformerConfig>(m, "TransformerConfig", "The sizes of a Transformer2D.")
      .def(
          "__init__",
          [](TransformerConfig* self, int64_t channels, int64_t heads, int64_t context_channels,
             int64_t depth, int64_t groups, bool linear_projection) {
            new (self) TransformerConfig{channels,         heads,  depth,
                                         context_channels, groups, linear_projection};
          },
          "channels"_a, "heads"_a, "context_channels"_a, "depth"_a = 1, "groups"_a = 32,
          "linear_projection"_a = true);
  nb::class_<DownBlockConfig>(m, "DownBlockConfig", "The sizes of a down block.")
      .def(
          "__init__",
          [](DownBlockConfig* self, int64_t in_channels, int64_t out_channels, int64_t layers,
             bool add_downsample, int64_t temb_channels, int64_t groups, float eps,
             const std::optional<TransformerConfig>& transformer,
             const std::vector<int64_t>& depths) {
            new (self) DownBlockConfig{
                in_channels,   out_channels, layers, add_downsample,
                temb_channels, groups,       eps,    transformer.value_or(TransformerConfig{}),
                depths};
          },
          "in_channels"_a, "out_channels"_a, "layers"_a, "add_downsample"_a, "temb_channels"_a,
          "groups"_a = 32, "eps"_a = 1e-5f, "transformer"_a.none() = nb::none(),
          "depths"_a = std::vector<int64_t>{});
  nb::class_<UpBlockConfig>(m, "UpBlockConfig", "The sizes of an up block.")
      .def(
          "__init__",
          [](UpBlockConfig* self, int64_t in_channels, int64_t out_channels,
             int64_t last_skip_channels, int64_t layers, bool add_upsample, int64_t temb_channels,
             int64_t groups, float eps, const std::optional<TransformerConfig>& transformer,
             const std::vector<int64_t>& depths) {
            new (self)
                UpBlockConfig{in_channels, out_channels, last_skip_channels,
                              layers,      add_upsample, temb_channels,
                              groups,      eps,          transformer.value_or(TransformerConfig{}),
                              depths};
          },
          "in_channels"_a, "out_channels"_a, "last_skip_channels"_a, "layers"_a, "add_upsample"_a,
          "temb_channels"_a, "groups"_a = 32, "eps"_a = 1e-5f, "transformer"_a.none() = nb::none(),
          "depths"_a = std::vector<int64_t>{});
}

template <class Block>
void bind_down_block(nb::module_& m, const char* name) {
  layer<Block>(m, name)
      .template init<const DownBlockConfig&>("config"_a)
      .def(
          "__call__",
          [](const Block& self, const Array& hidden_states, const Array& temb,
             const Array& encoder_hidden_states) {
            const Tensor x = needed(hidden_states, "hidden_states"), t = tensor_of(temb, "temb");
            const Tensor context = tensor_of(encoder_hidden_states, "encoder_hidden_states");
            std::vector<Tensor> pushed;
            const Tensor h = run([&] {
              SkipStack skips;
              Tensor output = self.forward(x, t, context, skips);
              while (skips.size() > 0) pushed.insert(pushed.begin(), skips.pop());
              return output;
            });
            return nb::make_tuple(h, nb::tuple(nb::cast(pushed)));
          },
          "hidden_states"_a, "temb"_a = nb::none(), "encoder_hidden_states"_a = nb::none(),
          "-> (output, the tuple of residuals), as diffusers' block returns them.");
}

template <class Block>
void bind_up_block(nb::module_& m, const char* name) {
  layer<Block>(m, name)
      .template init<const UpBlockConfig&>("config"_a)
      .def(
          "__call__",
          [](const Block& self, const Array& hidden_states, const nb::sequence& residuals,
             const Array& temb, const Array& encoder_hidden_states,
             const std::optional<std::pair<int64_t, int64_t>>& upsample_size) {
            const Tensor x = needed(hidden_states, "hidden_states"), t = tensor_of(temb, "temb");
            const Tensor context = tensor_of(encoder_hidden_states, "encoder_hidden_states");
            SkipStack skips;
            if (upsample_size) {  // the size of a skip of the next level, which stays on the stack
              skips.push(Tensor::zeros({1, 1, upsample_size->first, upsample_size->second}));
            }
            for (const nb::handle residual : residuals) {
              skips.push(needed({nb::borrow(residual)}, "res_hidden_states_tuple"));
            }
            return run([&] { return self.forward(x, t, context, skips); });
          },
          "hidden_states"_a, "res_hidden_states_tuple"_a, "temb"_a = nb::none(),
          "encoder_hidden_states"_a = nb::none(), "upsample_size"_a.none() = nb::none(),
          "The residuals are those of a down block: the last one is taken first.");
}

void bind_mid_block(nb::module_& m) {
  layer<MidBlock2DCrossAttn>(m, "MidBlock2DCrossAttn")
      .def(
          "__init__",
          [](MidBlock2DCrossAttn* self, int64_t in_channels, int64_t temb_channels, int64_t groups,
             float eps, const std::optional<TransformerConfig>& transformer) {
            new (self) MidBlock2DCrossAttn(
                nn::root(), {in_channels, in_channels, temb_channels, groups, eps},
                transformer.value_or(TransformerConfig{}), transformer.has_value());
          },
          "in_channels"_a, "temb_channels"_a, "groups"_a = 32, "eps"_a = 1e-5f,
          "transformer"_a.none() = nb::none())
      .def(
          "__call__",
          [](const MidBlock2DCrossAttn& self, const Array& hidden_states, const Array& temb,
             const Array& encoder_hidden_states) {
            const Tensor x = needed(hidden_states, "hidden_states"), t = tensor_of(temb, "temb");
            const Tensor context = tensor_of(encoder_hidden_states, "encoder_hidden_states");
            return run([&] { return self.forward(x, t, context); });
          },
          "hidden_states"_a, "temb"_a = nb::none(), "encoder_hidden_states"_a = nb::none());
}

}  // namespace

void bind_unet_blocks(nb::module_& m) {
  bind_configs(m);
  bind_small_blocks(m);
  bind_transformers(m);
  bind_down_block<DownBlock2D>(m, "DownBlock2D");
  bind_down_block<CrossAttnDownBlock2D>(m, "CrossAttnDownBlock2D");
  bind_up_block<UpBlock2D>(m, "UpBlock2D");
  bind_up_block<CrossAttnUpBlock2D>(m, "CrossAttnUpBlock2D");
  bind_mid_block(m);
}

}  // namespace glassbox
