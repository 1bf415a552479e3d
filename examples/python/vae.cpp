// The autoencoders.
#include "examples/python/bind.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "sdxl/vae/autoencoder_tiny.h"
#include "tensor/error.h"

// Its vector of unique_ptr only seems to be one that can be copied.
template <>
struct nanobind::detail::is_copy_constructible<sdxl::NoisePerImage> : std::false_type {};

namespace glassbox {

namespace {

using namespace sdxl;  // NOLINT: the classes that are bound

template <class Block>
void bind_of_block_config(nb::module_& m, const char* name) {
  layer<Block>(m, name)
      .call("hidden_states")
      .def(
          "__init__",
          [](Block* self, int64_t in_channels, int64_t out_channels, int64_t layers, int64_t groups,
             bool resample) {
            new (self) Block(nn::root(),
                             VaeBlockConfig{in_channels, out_channels, layers, groups, resample});
          },
          "in_channels"_a, "out_channels"_a, "layers"_a, "groups"_a = 32, "resample"_a = true);
}

void bind_blocks(nb::module_& m) {
  layer<VaeAttention>(m, "VaeAttention")
      .init<int64_t, int64_t>("channels"_a, "groups"_a = 32)
      .call("hidden_states");
  layer<UNetMidBlock2D>(m, "UNetMidBlock2D")
      .init<int64_t, int64_t, bool>("channels"_a, "groups"_a = 32, "add_attention"_a = true)
      .call("hidden_states");
  bind_of_block_config<DownEncoderBlock2D>(m, "DownEncoderBlock2D");
  bind_of_block_config<UpDecoderBlock2D>(m, "UpDecoderBlock2D");
  layer<Encoder>(m, "Encoder").init_of_config<&VaeConfig::read>().call("hidden_states");
  layer<Decoder>(m, "Decoder").init_of_config<&VaeConfig::read>().call("hidden_states");
  layer<AutoencoderTinyBlock>(m, "AutoencoderTinyBlock")
      .init<int64_t>("channels"_a)
      .call("hidden_states");
  layer<EncoderTiny>(m, "EncoderTiny").init_of_config<&TinyVaeConfig::read>().call("hidden_states");
  layer<DecoderTiny>(m, "DecoderTiny").init_of_config<&TinyVaeConfig::read>().call("hidden_states");
}

void bind_noise(nb::module_& m) {
  /// Draws by a function of Python, such as torch.randn with the user's generator.
  class DrawnInPython : public NoiseSource {
   public:
    explicit DrawnInPython(nb::callable draw) : draw_(std::move(draw)) {}
    Tensor draw(const tensor::Shape& shape) override {
      const nb::gil_scoped_acquire lock;
      const std::vector<int64_t> dims(shape.begin(), shape.end());
      const Tensor x = needed({draw_(nb::tuple(nb::cast(dims)))}, "the noise");
      tensor::require(x.shape() == shape, "the noise: expected {}, got {}", shape, x.shape());
      return x;
    }

   private:
    nb::callable draw_;
  };
  nb::class_<NoiseSource>(m, "NoiseSource", header_comment("NoiseSource"))
      .def(
          "draw",
          [](NoiseSource& self, const std::vector<int64_t>& shape) {
            return run([&] { return self.draw(tensor::Shape(shape)); });
          },
          "shape"_a);
  nb::class_<SeededNoise, NoiseSource>(m, "SeededNoise", header_comment("SeededNoise"))
      .def(nb::init<uint64_t>(), "seed"_a);
  nb::class_<CudaNoise, NoiseSource>(m, "CudaNoise", header_comment("CudaNoise"))
      .def(
          "__init__", [](CudaNoise* self, uint64_t seed) { new (self) CudaNoise(seed); }, "seed"_a);
  nb::class_<NoisePerImage, NoiseSource>(m, "NoisePerImage", header_comment("NoisePerImage"))
      .def(
          "__init__",
          [](NoisePerImage* self, const std::vector<uint64_t>& seeds) {
            std::vector<std::unique_ptr<NoiseSource>> sources;
            for (const uint64_t seed : seeds)
              sources.push_back(std::make_unique<SeededNoise>(seed));
            new (self) NoisePerImage(std::move(sources));
          },
          "seeds"_a);
  nb::class_<DrawnInPython, NoiseSource>(m, "DrawnInPython", "Draws by a function of a shape.")
      .def(nb::init<nb::callable>(), "draw"_a);
}

nb::dict config_of(const AutoencoderKL& vae) {
  const VaeConfig& c = vae.config();
  nb::dict d;
  d["_class_name"] = "AutoencoderKL";
  d["in_channels"] = c.in_channels;
  d["out_channels"] = c.out_channels;
  d["latent_channels"] = c.latent_channels;
  d["sample_size"] = c.sample_size;
  d["block_out_channels"] = c.block_out_channels;
  d["down_block_types"] = std::vector<std::string>(c.levels(), "DownEncoderBlock2D");
  d["up_block_types"] = std::vector<std::string>(c.levels(), "UpDecoderBlock2D");
  d["layers_per_block"] = c.layers_per_block;
  d["norm_num_groups"] = c.norm_num_groups;
  d["mid_block_add_attention"] = c.mid_block_add_attention;
  d["use_quant_conv"] = c.use_quant_conv;
  d["use_post_quant_conv"] = c.use_post_quant_conv;
  d["scaling_factor"] = c.scaling_factor;
  if (!c.latents_mean.empty()) {
    d["latents_mean"] = c.latents_mean;
    d["latents_std"] = c.latents_std;
  }
  return d;
}

nb::dict config_of(const AutoencoderTiny& vae) {
  const TinyVaeConfig& c = vae.config();
  nb::dict d;
  d["_class_name"] = "AutoencoderTiny";
  d["in_channels"] = c.in_channels;
  d["out_channels"] = c.out_channels;
  d["latent_channels"] = c.latent_channels;
  d["encoder_block_out_channels"] = std::vector<int64_t>(c.levels(), c.encoder_channels);
  d["decoder_block_out_channels"] = std::vector<int64_t>(c.levels(), c.decoder_channels);
  d["num_encoder_blocks"] = c.num_encoder_blocks;
  d["num_decoder_blocks"] = c.num_decoder_blocks;
  d["scaling_factor"] = c.scaling_factor;
  return d;
}

void bind_models(nb::module_& m) {
  layer<Autoencoder>(m, "Autoencoder")
      .def(
          "to_latents",
          [](const Autoencoder& self, const Array& image, NoiseSource* noise, bool tiled) {
            const Tensor x = needed(image, "image");
            return run([&] { return self.to_latents(x, noise, tiled); });
          },
          "image"_a, "noise"_a.none() = nb::none(), "tiled"_a = false)
      .def(
          "to_image",
          [](const Autoencoder& self, const Array& latents, bool tiled) {
            const Tensor z = needed(latents, "latents");
            return run([&] { return self.to_image(z, tiled); });
          },
          "latents"_a, "tiled"_a = false);
  nb::class_<DiagonalGaussian>(m, "DiagonalGaussian", header_comment("DiagonalGaussian"))
      .def_prop_ro("moments", [](const DiagonalGaussian& self) { return array_of(self.moments()); })
      .def_prop_ro("mean", [](const DiagonalGaussian& self) { return array_of(self.mean()); })
      .def_prop_ro("log_variance",
                   [](const DiagonalGaussian& self) { return array_of(self.log_variance()); })
      .def("mode", &DiagonalGaussian::mode)
      .def("sample", &DiagonalGaussian::sample, "noise"_a);
  layer<AutoencoderKL, Autoencoder>(m, "AutoencoderKL")
      .init_of_config<&VaeConfig::read>("vae")
      .def_prop_ro("config", [](const AutoencoderKL& self) { return config_of(self); })
      .def(
          "encode",
          [](const AutoencoderKL& self, const Array& image) {
            const Tensor x = needed(image, "image");
            return run([&] { return self.encode(x); });
          },
          "image"_a, "image (N, 3, H, W) in [-1, 1] -> the distribution of its latents.")
      .def(
          "decode",
          [](const AutoencoderKL& self, const Array& latents) {
            const Tensor z = needed(latents, "latents");
            return run([&] { return self.decode(z); });
          },
          "latents"_a, "latents, no longer scaled -> image (N, 3, 8 h, 8 w).");
  layer<AutoencoderTiny, Autoencoder>(m, "AutoencoderTiny")
      .init_of_config<&TinyVaeConfig::read>("vae")
      .def_prop_ro("config", [](const AutoencoderTiny& self) { return config_of(self); });
}

}  // namespace

void bind_vae(nb::module_& m) {
  bind_blocks(m);
  bind_noise(m);
  bind_models(m);
}

}  // namespace glassbox
