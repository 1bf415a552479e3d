#include <doctest/doctest.h>

#include "nn/observe/compare.h"
#include "tensor/image/image.h"
#include "tensor/io/safetensors.h"
#include "tests/support/paths.h"
#include "tests/support/program.h"

using support::last_line;
using support::Outcome;
using support::read_bytes;
using support::refused;
using support::run_in_shell;
using tensor::Tensor;
using tensor::io::SafetensorsFile;

namespace {

using Arguments = std::vector<std::string>;

/// A folder with the tiny base, its IP-Adapters, their encoder and two pictures.
class IpFolder : public support::ScratchFolder {
 public:
  IpFolder() {
    const auto copy = [&](const std::string& from, const std::string& to) {
      std::filesystem::copy(support::test_file("goldens/" + from), path() / to,
                            std::filesystem::copy_options::recursive);
    };
    copy("models/three_levels_f32", "model");
    copy("models/image_encoder_f16", "image_encoder");
    copy("models/every_level_bf16", "other");
    copy("adapters/ip_adapter_plain.safetensors", "plain.safetensors");
    copy("adapters/ip_adapter_plus.safetensors", "plus.safetensors");
    write_picture("a.png", 255);
    write_picture("b.png", 40);
  }
  Outcome run(const Arguments& arguments) const { return support::run_program(path(), arguments); }
  Outcome generate(const Arguments& more, const std::string& model = "model") const {
    Arguments arguments = {"generate", "--model", model,     "--prompt", "a star",
                           "--seed",   "7",       "--steps", "2",        "--height",
                           "40",       "--width", "56",      "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  Tensor latents(Arguments more) const {
    more.insert(more.end(), {"--save-latents", "latents"});
    const Outcome outcome = generate(more);
    CHECK_MESSAGE(outcome.status == 0, outcome.err);
    return SafetensorsFile(path() / "latents").tensor("latents");
  }

 private:
  void write_picture(const std::string& name, uint8_t brightness) const {
    tensor::Image image{50, 33, std::vector<uint8_t>(50 * 33 * 3, 0)};
    for (size_t i = 0; i < image.pixels.size(); i += 5) image.pixels[i] = brightness;
    tensor::write_png(path() / name, image);
  }
};

double moved(const Tensor& x, const Tensor& from) { return nn::difference("", x, from).relative; }

const Arguments plain = {"--ip-adapter", "plain.safetensors", "--ip-image", "a.png"};

Arguments and_more(Arguments arguments, const Arguments& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

const std::string attn2 = "unet.mid_block.attentions.0.transformer_blocks.0.attn2";

}  // namespace

TEST_CASE("cli: --ip-adapter moves the latents, of scale 0 no bit, and its layers have paths") {
  const IpFolder folder;
  const Tensor without = folder.latents({});
  const Tensor with = folder.latents(and_more(
      plain, {"--trace", "t", "--trace-components", "all", "--trace-paths", attn2 + "*",
              "--trace-paths", "image_encoder*", "--trace-paths", "unet.encoder_hid_proj*"}));
  CHECK(moved(with, without) > 1e-3);
  const SafetensorsFile trace(folder.path() / "t");
  CHECK(trace.shape(attn2 + ".processor.to_k_ip.0") == tensor::Shape{2, 1, 4, 16});
  CHECK(trace.shape("unet.encoder_hid_proj") == tensor::Shape{2, 1, 4, 28});
  CHECK(trace.shape("image_encoder") == tensor::Shape{1, 10});

  const auto latents = [&](const Arguments& more) { return folder.latents(and_more(plain, more)); };
  CHECK(moved(latents({"--ip-scale", "0"}), without) == 0.0);
  CHECK(moved(latents({"--ip-scale", "0.5"}), with) > 1e-4);
  CHECK(moved(latents({"--ip-encoder", "image_encoder"}), with) == 0.0);
  CHECK(moved(latents({"--ip-image", "b.png"}), with) > 1e-5);
  CHECK(moved(latents({"--scale", "unet.*.processor.to_v_ip.0=0"}), without) == 0.0);
  CHECK(moved(latents({"--scale", "unet.mid_block.*.processor.to_v_ip.0=0"}), with) > 1e-5);
  CHECK(moved(latents({"--guidance-scale", "1"}), with) > 1e-4);
  Arguments heads;  // all of the middle
  for (int k = 0; k < 8; ++k) {
    heads.insert(heads.end(), {"--mute-head", "unet.mid_block.*.attn2:" + std::to_string(k)});
  }
  const Arguments middle_only = {"--scale", "unet.down_blocks.*.processor.to_v_ip.0=0", "--scale",
                                 "unet.up_blocks.*.processor.to_v_ip.0=0"};
  CHECK(moved(latents(middle_only), without) > 1e-5);
  CHECK(moved(latents(and_more(heads, middle_only)), folder.latents(heads)) == 0.0);
  const Arguments two = {"--ip-adapter", "plus.safetensors", "--ip-image", "b.png"};
  CHECK(moved(latents(two), with) > 1e-4);
  CHECK(moved(latents(and_more(two, {"--ip-scale", "1", "--ip-scale", "0"})), with) == 0.0);
}

TEST_CASE("cli: info shows the IP-Adapters of an image and its command makes the same bytes") {
  const IpFolder folder;
  CHECK(folder.generate(and_more(plain, {"--ip-scale", "0.5", "--output", "x.png"})).status == 0);
  const Outcome outcome = folder.run({"info", "x.png"});
  CHECK(outcome.out.find("\nip_adapter: plain.safetensors\nip_adapter_scale: 0.5\n"
                         "ip_adapter_image: a.png\n") != std::string::npos);
  CHECK(run_in_shell(folder.path(), last_line(outcome.out)) == 0);
  CHECK(read_bytes(folder.path() / "sdxl.png") == read_bytes(folder.path() / "x.png"));
}

TEST_CASE("cli: parity and trace run the UNet with IP-Adapters on the images' embeddings") {
  const IpFolder folder;
  std::filesystem::copy(support::golden_path("ip_adapter_parity_dump"), folder.path() / "dump");
  const auto parity = [&](const Arguments& scales) {
    const Arguments both = {"parity",       "dump",
                            "--model",      "model",
                            "--ip-adapter", "plain.safetensors",
                            "--ip-adapter", "plus.safetensors"};
    return folder.run(and_more(both, scales));
  };
  const Outcome outcome = parity({"--ip-scale", "0.7", "--ip-scale", "-0.4"});
  CHECK_MESSAGE(outcome.status == 0, outcome.err);
  CHECK(outcome.out.find("modules agree") != std::string::npos);
  const Outcome other = parity({"--ip-scale", "0.7", "--ip-scale", "-0.5"});
  CHECK(other.status == 1);
  CHECK(other.out.find("also at " + attn2 + ": wrong arithmetic") != std::string::npos);
  CHECK(refused(parity({"--ip-scale", "1", "--ip-scale", "1", "--ip-scale", "1"}), 2,
                {"--ip-scale: expected one for all"}) == "");

  const Arguments traced = {"--trace", "t", "--trace-inputs", "--images", "2"};
  CHECK(folder.generate(and_more(plain, traced)).status == 0);
  CHECK(folder
            .run({"trace", "--component", "unet", "--model", "model", "--inputs", "t",
                  "--ip-adapter", "plain.safetensors", "--output", "again"})
            .status == 0);
  const SafetensorsFile first(folder.path() / "t"), again(folder.path() / "again");
  CHECK(moved(again.tensor(attn2), first.tensor(attn2)) == 0.0);
}

TEST_CASE("cli: an IP-Adapter, an image or a number that doesn't fit is refused") {
  const IpFolder folder;
  CHECK(refused(folder.generate({"--ip-image", "a.png"}), 2, {"need --ip-adapter FILE"}) == "");
  CHECK(refused(folder.generate({"--ip-adapter", "plain.safetensors"}), 2,
                {"--ip-adapter needs --ip-image FILE"}) == "");
  CHECK(refused(folder.generate(and_more(plain, {"--ip-adapter", "plus.safetensors"})), 2,
                {"--ip-image: expected one for each --ip-adapter, 2, got 1"}) == "");
  CHECK(refused(folder.generate(and_more(plain, {"--ip-scale", "1", "--ip-scale", "2"})), 2,
                {"--ip-scale: expected one for all"}) == "");
  CHECK(refused(folder.generate(and_more(plain, {"--ip-encoder", "plus.safetensors"})), 1,
                {"plus.safetensors: holds an IP-Adapter; expected an image encoder"}) == "");
  CHECK(refused(folder.generate(
                    {"--ip-adapter", "plain.safetensors", "--ip-image", "plain.safetensors"}),
                1, {"plain.safetensors"}) == "");
  CHECK(refused(folder.generate(plain, "other"), 1, {"is an IP-Adapter for another model"}) == "");
}
