#include "sdxl/checkpoint/single_file.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "nn/parameter.h"
#include "sdxl/checkpoint/single_file_names.h"
#include "sdxl/pipeline/text_to_image.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "tensor/ops.h"
#include "tests/support/odd_models.h"
#include "tests/support/paths.h"
#include "tests/support/scratch_folder.h"

// Models of diffusers folders written as single files, in Stability's layout, and read back.

namespace fs = std::filesystem;
using sdxl::SingleFile;
using sdxl::SingleFilePlace;
using sdxl::StableDiffusionXL;
using support::as_single_file;
using support::difference;
using support::ScratchFolder;
using support::tiny_model;
using tensor::Tensor;
using tensor::io::NamedTensors;

namespace {

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.size(), b.data());
}

Tensor draw(const StableDiffusionXL& model) {
  sdxl::TextToImage args;
  args.prompt = "a large red star";
  args.size = {32, 40};
  args.num_inference_steps = 2;
  const auto scheduler = sdxl::make_scheduler(model.scheduler_config, "euler");
  sdxl::SeededNoise noise(3);
  return sdxl::text_to_image(model, *scheduler, args, noise);
}

void check_same_models(const StableDiffusionXL& file, const StableDiffusionXL& folder) {
  CHECK(difference(file.unet, folder.unet) == "");
  CHECK(difference(*file.vae, *folder.vae) == "");
  CHECK(file.text_encoder.has_value() == folder.text_encoder.has_value());
  CHECK(file.text_encoder_2.has_value() == folder.text_encoder_2.has_value());
  if (folder.text_encoder) CHECK(difference(*file.text_encoder, *folder.text_encoder) == "");
  if (folder.text_encoder_2) {
    CHECK(difference(*file.text_encoder_2, *folder.text_encoder_2) == "");
  }
  CHECK(file.is_refiner() == folder.is_refiner());
  if (!folder.is_refiner()) CHECK(same_bits(draw(file), draw(folder)));
}

/// Writes a folder's model as a file, opens that by the folder's configs and compares.
void check_both_forms(const std::string& name, const std::string& clip_l,
                      const std::string& open_clip, sdxl::ModelKind kind,
                      const NamedTensors& more = {}) {
  CAPTURE(name);
  const ScratchFolder scratch;
  const StableDiffusionXL folder{sdxl::DiffusersFolder(tiny_model(name))};
  NamedTensors tensors = as_single_file(folder, clip_l, open_clip);
  tensors.insert(tensors.end(), more.begin(), more.end());
  const fs::path path = scratch.path() / "renamed.safetensors";
  tensor::io::write_safetensors(path, tensors);
  CHECK(SingleFile(path).kind() == kind);

  const StableDiffusionXL file(sdxl::open_checkpoint(path, {.config = tiny_model(name)}));
  CHECK(file.checkpoint->name() == "renamed.safetensors");
  check_same_models(file, folder);
}

/// A file of the right size with a header and no numbers, which take no room on the disk.
fs::path write_header_alone(const ScratchFolder& scratch,
                            const std::vector<std::pair<std::string, std::string>>& shapes) {
  std::string header = "{";
  int64_t end = 0;
  for (const auto& [name, shape] : shapes) {
    int64_t bytes = 2;
    std::istringstream dims(shape);
    for (std::string dim; std::getline(dims, dim, ',');) bytes *= std::stoll(dim);
    header += (end > 0 ? ",\"" : "\"") + name + R"(":{"dtype":"F16","shape":[)" + shape +
              R"(],"data_offsets":[)" + std::to_string(end) + "," + std::to_string(end + bytes) +
              "]}";
    end += bytes;
  }
  header += "}";
  std::string length(8, '\0');
  for (size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(header.size() >> (8 * i));
  const fs::path path = scratch.write("full.safetensors", length + header);
  fs::resize_file(path, 8 + header.size() + end);
  return path;
}

/// Our name and its place in the file, by the list of a part.
std::vector<std::pair<std::string, std::string>> read_pairs(const std::string& list) {
  std::ifstream file(support::test_file("names/" + list + ".txt"));
  REQUIRE(file);
  std::vector<std::pair<std::string, std::string>> pairs;
  for (std::string line; std::getline(file, line);) {
    pairs.emplace_back(line.substr(0, line.find(' ')), line.substr(line.find(' ') + 1));
  }
  return pairs;
}

/// "320,4,3,3": the shape in the file, for our shape "320x4x3x3" and what becomes of it.
std::string file_shape(std::string shape, const std::string& change) {
  std::ranges::replace(shape, 'x', ',');
  if (change == "conv1x1") return shape + ",1,1";
  if (!change.starts_with("rows[")) return shape;  // a transposed one is square
  const size_t comma = shape.find(',');
  const std::string rest = comma == std::string::npos ? "" : shape.substr(comma);
  return std::to_string(3 * std::stoll(shape)) + rest;
}

using Shapes = std::vector<std::pair<std::string, std::string>>;

/// Appends a part's names and shapes in the file; `places` is "" where the names are the same.
/// `from` and `to` exchange a prefix.
void add_lists(Shapes& file, const std::string& shapes, const std::string& places,
               const std::string& from = "", const std::string& to = "") {
  const auto ours = read_pairs(shapes);
  std::map<std::string, std::string> place_of;
  for (const auto& [name, place] : read_pairs(places.empty() ? shapes : places)) {
    place_of[name] = places.empty() ? name : place;
  }
  std::set<std::string> seen;
  for (const auto& [name, shape] : ours) {
    std::istringstream words(place_of.at(name));
    std::string place, change;
    words >> place >> change;
    if (place.starts_with(from)) place = to + place.substr(from.size());
    if (seen.insert(place).second) file.emplace_back(place, file_shape(shape, change));
  }
}

void check_full_size(const Shapes& shapes, sdxl::ModelKind kind) {
  const ScratchFolder scratch;
  const fs::path path = write_header_alone(scratch, shapes);
  const StableDiffusionXL model(sdxl::open_checkpoint(path));  // strictly: each name exactly once
  CHECK(SingleFile(path).kind() == kind);
}

}  // namespace

TEST_CASE("single file: both forms of a base draw the same bits") {
  check_both_forms("three_levels_f32", "conditioner.embedders.0.transformer.",
                   "conditioner.embedders.1.model.", sdxl::ModelKind::sdxl_base);
  check_both_forms("every_level_bf16", "conditioner.embedders.0.transformer.",
                   "conditioner.embedders.1.model.", sdxl::ModelKind::sdxl_base);
}

TEST_CASE("single file: both forms of a refiner have the same weights") {
  check_both_forms("refiner_f16", "", "conditioner.embedders.0.model.",
                   sdxl::ModelKind::sdxl_refiner);
}

TEST_CASE("single file: both forms of Stable Diffusion 1 and 2 draw the same bits") {
  check_both_forms("sd_1_f32", "cond_stage_model.transformer.", "", sdxl::ModelKind::sd_1);
  // OpenCLIP's last layer and its projection, which nothing reads.
  const NamedTensors more = {
      {"cond_stage_model.model.text_projection", Tensor::zeros({20, 20})},
      {"cond_stage_model.model.transformer.resblocks.2.ln_1.weight", Tensor::zeros({20})}};
  check_both_forms("sd_2_f16", "", "cond_stage_model.model.", sdxl::ModelKind::sd_2, more);
}

TEST_CASE("single file: one that diffusers reads back draws the bits of its folder") {
  const fs::path path = tiny_model("single_file_base.safetensors");
  const StableDiffusionXL folder{sdxl::DiffusersFolder(tiny_model("every_level_bf16"))};
  const StableDiffusionXL file(
      sdxl::open_checkpoint(path, {.config = tiny_model("every_level_bf16")}));
  check_same_models(file, folder);
}

TEST_CASE("single file: full-size files fit the built-in configs name for name") {
  const std::string bigg = "conditioner.embedders.1.model.";
  Shapes base, refiner, sd_1;
  add_lists(base, "unet_base", "single_file_unet_base");
  add_lists(base, "vae", "single_file_vae");
  add_lists(base, "text_encoder", "", "", "conditioner.embedders.0.transformer.");
  add_lists(base, "text_encoder_2", "single_file_text_encoder_2");
  check_full_size(base, sdxl::ModelKind::sdxl_base);

  add_lists(refiner, "unet_refiner", "single_file_unet_refiner");
  add_lists(refiner, "vae", "single_file_vae", "first_stage_model.", "vae.");
  add_lists(refiner, "text_encoder_2", "single_file_text_encoder_2", bigg,
            "conditioner.embedders.0.model.");
  check_full_size(refiner, sdxl::ModelKind::sdxl_refiner);

  add_lists(sd_1, "unet_sd15", "single_file_unet_sd");
  add_lists(sd_1, "vae", "single_file_vae");
  add_lists(sd_1, "text_encoder", "", "", "cond_stage_model.transformer.");
  check_full_size(sd_1, sdxl::ModelKind::sd_1);
  Shapes short_names = sd_1;  // as some programs save them
  for (auto& [name, shape] : short_names) {
    const size_t at = name.find("text_model.");
    if (at != std::string::npos) name.erase(at, 11);
  }
  check_full_size(short_names, sdxl::ModelKind::sd_1);
}

TEST_CASE("single file: a full-size file of Stable Diffusion 2 fits its config name for name") {
  Shapes sd_2;
  add_lists(sd_2, "unet_sd21", "single_file_unet_sd");
  add_lists(sd_2, "vae", "single_file_vae");
  const sdxl::CLIPTextModel encoder(nn::root(), sdxl::ClipTextConfig::openclip_h());
  std::set<std::string> seen;
  for (const nn::Parameter* parameter : nn::all_parameters(encoder)) {
    const SingleFilePlace place = sdxl::single_file_open_clip(parameter->name());
    if (!seen.insert(place.name).second) continue;
    const std::string shape = parameter->shape().str();  // "(1024, 1024)"
    std::string dims;
    std::ranges::copy_if(shape, std::back_inserter(dims),
                         [](char c) { return (c >= '0' && c <= '9') || c == ','; });
    if (dims.ends_with(',')) dims.pop_back();
    sd_2.emplace_back("cond_stage_model.model." + place.name,
                      file_shape(dims, place.part == SingleFilePlace::Part::third ? "rows[" : ""));
  }
  CHECK(seen.size() == 23 * 12 + 4);
  sd_2.emplace_back("cond_stage_model.model.transformer.resblocks.23.ln_1.weight", "1024");
  sd_2.emplace_back("cond_stage_model.model.text_projection", "1024,1024");
  check_full_size(sd_2, sdxl::ModelKind::sd_2);

  sd_2.emplace_back("cond_stage_model.model.transformer.resblocks.24.ln_1.weight", "1024");
  CHECK_THROWS_WITH(check_full_size(sd_2, sdxl::ModelKind::sd_2),
                    doctest::Contains("unused in file (1):\n    cond_stage_model.model.transf"));
}

TEST_CASE("single file: v_pred and ztsnr and the width of conv_in set the configs") {
  const ScratchFolder scratch;
  const std::string conv_in = "model.diffusion_model.input_blocks.0.0.weight";
  const auto write = [&](NamedTensors tensors) {
    tensors.emplace_back("conditioner.embedders.1.x", Tensor::zeros({1}));
    tensors.emplace_back("model.diffusion_model.label_emb.0.0.weight", Tensor::zeros({1}));
    tensors.emplace_back("model.diffusion_model.output_blocks.0.0.x", Tensor::zeros({1}));
    tensor::io::write_safetensors(scratch.path() / "x.safetensors", tensors);
    return SingleFile(scratch.path() / "x.safetensors");
  };
  const SingleFile plain = write({{conv_in, Tensor::zeros({320, 4, 3, 3})}});
  CHECK(plain.scheduler_config().prediction_type == sdxl::PredictionType::epsilon);
  CHECK_FALSE(plain.scheduler_config().rescale_betas_zero_snr);
  CHECK(plain.unet_config().in_channels == 4);
  CHECK(plain.unet_config().time_cond_proj_dim == 0);
  CHECK(plain.vae_config().scaling_factor == 0.13025);
  CHECK_THROWS_WITH(plain.expect_components({"vae"}),
                    doctest::Contains("holds Stable Diffusion XL base, but no vae; expected "
                                      "tensors first_stage_model...., or another one by --vae"));

  const SingleFile other =
      write({{conv_in, Tensor::zeros({320, 9, 3, 3})},
             {"model.diffusion_model.time_embed.cond_proj.weight", Tensor::zeros({320, 256})},
             {"v_pred", Tensor::zeros({1})},
             {"ztsnr", Tensor::zeros({1})}});
  CHECK(other.scheduler_config().prediction_type == sdxl::PredictionType::v_prediction);
  CHECK(other.scheduler_config().rescale_betas_zero_snr);
  CHECK(other.unet_config().in_channels == 9);
  CHECK(other.unet_config().time_cond_proj_dim == 256);
}

TEST_CASE("single file: other models are refused with their name") {
  const ScratchFolder scratch;
  const fs::path path = scratch.path() / "x.safetensors";
  const auto refuses = [&](const std::vector<std::string>& names, const std::string& said) {
    NamedTensors tensors;
    for (const std::string& name : names) tensors.emplace_back(name, Tensor::zeros({1}));
    tensor::io::write_safetensors(path, tensors);
    CHECK_THROWS_WITH_AS(SingleFile{path}, doctest::Contains(said.c_str()), std::runtime_error);
  };
  refuses({"model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight"}, "Stable Diffusion 3");
  refuses({"double_blocks.0.img_attn.qkv.weight"}, "holds FLUX");
  refuses({"transformer_blocks.0.attn.add_k_proj.weight"}, "SD3 or FLUX");
  refuses({"lora_unet_input_blocks_4_1_proj_in.lora_down.weight"}, "a LoRA: changes to a model");
  refuses({"unet.conv_in.lora_A.weight"}, "a LoRA");
  refuses({"down_blocks.0.resnets.0.conv1.weight", "time_embedding.linear_1.weight"},
          "a UNet alone (for --unet)");
  refuses({"input_blocks.0.0.weight", "output_blocks.0.0.x"}, "a UNet alone (for --unet)");
  refuses({"text_model.encoder.layers.0.self_attn.k_proj.weight"}, "a text encoder alone");
  refuses({"decoder.up.0.block.0.conv1.weight", "decoder.mid.block_1.conv1.weight"},
          "an autoencoder alone (for --vae)");
  refuses({"encoder.layers.0.weight", "decoder.layers.0.weight"},
          "a tiny autoencoder alone (for --vae)");
  refuses({"control_model.input_blocks.0.0.weight", "model.diffusion_model.input_blocks.0.0.bias"},
          "a ControlNet");
  refuses({"model.diffusion_model.input_blocks.0.0.bias", "edm_mean"}, "Playground 2.5");
  refuses({"model.diffusion_model.input_blocks.0.0.bias"},
          "a UNet alone, without text encoders (for --unet)");
  refuses({"cond_stage_model.model.x", "model.diffusion_model.label_emb.0.0.weight",
           "model.diffusion_model.input_blocks.0.0.bias"},
          "Stable unCLIP");
  refuses({"what.is.this"}, "no model that is known (what.is.this ...)");
  refuses({}, "no tensors");
  CHECK_THROWS_WITH(sdxl::open_checkpoint(scratch.write("x.ckpt", "PK\3\4")),
                    doctest::Contains("it is a PyTorch pickle"));
  CHECK_THROWS_WITH(sdxl::open_checkpoint(tiny_model("sd_1_f32"), {.config = "elsewhere"}),
                    doctest::Contains("a diffusers folder has configs of its own"));
}
