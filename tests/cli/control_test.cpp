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

namespace {

using Arguments = std::vector<std::string>;

/// A folder with the tiny base, its ControlNet and two pictures.
class ControlFolder : public support::ScratchFolder {
 public:
  ControlFolder() {
    for (const char* name :
         {"three_levels_f32", "control_net_f16", "control_net_union_f16", "every_level_bf16"}) {
      std::filesystem::copy(support::test_file(std::string("goldens/models/") + name),
                            path() / name, std::filesystem::copy_options::recursive);
    }
    write_picture("edges.png", 40, 56);
    write_picture("large.png", 48, 56);
    write_picture("odd.png", 42, 56);
  }
  Outcome run(const Arguments& arguments) const { return support::run_program(path(), arguments); }
  Outcome generate(const Arguments& more) const {
    Arguments arguments = {"generate", "--model", "three_levels_f32", "--prompt", "a star",
                           "--seed",   "7",       "--steps",          "2",        "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  Outcome controlled(Arguments more) const {
    more.insert(more.begin(), {"--control", "control_net_f16", "--control-image", "edges.png"});
    return generate(more);
  }
  Tensor latents(const Outcome& outcome) const {
    CHECK_MESSAGE(outcome.status == 0, outcome.err);
    return tensor::io::SafetensorsFile(path() / "latents").tensor("latents");
  }

 private:
  void write_picture(const std::string& name, int height, int width) const {
    tensor::Image image{height, width, std::vector<uint8_t>(3 * height * width, 0)};
    for (int x = 0; x < width; ++x) image.pixels[3 * (20 * width + x)] = 255;
    tensor::write_png(path() / name, image);
  }
};

double moved(const Tensor& x, const Tensor& from) { return nn::difference("", x, from).relative; }

const Arguments save = {"--save-latents", "latents"};

Arguments saving(Arguments more) {
  more.insert(more.end(), save.begin(), save.end());
  return more;
}

}  // namespace

TEST_CASE("cli: --control moves the latents, of scale 0 no bit, and gives the image its size") {
  const ControlFolder folder;
  const Tensor plain = folder.latents(folder.generate(saving({"--height", "40", "--width", "56"})));
  const Tensor controlled = folder.latents(folder.controlled(saving({})));
  CHECK(controlled.shape() == plain.shape());
  CHECK(moved(controlled, plain) > 1e-3);
  const auto with = [&](const Arguments& more) {
    return folder.latents(folder.controlled(saving(more)));
  };
  CHECK(moved(with({"--control-scale", "0"}), plain) == 0.0);
  CHECK(moved(with({"--control-scale", "0.5"}), controlled) > 1e-4);
  CHECK(moved(with({"--control-start", "0.4", "--control-end", "0.6"}), plain) == 0.0);
  CHECK(moved(with({"--control-end", "0.5"}), controlled) > 1e-4);
  CHECK(moved(with({"--guess-mode"}), controlled) > 1e-4);
  CHECK(moved(with({"--control", "control_net_f16", "--control-image", "edges.png",
                    "--control-scale", "1", "--control-scale", "-1"}),
              plain) < 1e-4);
}

TEST_CASE("cli: a union ControlNet takes a type for each picture, and sees several together") {
  const ControlFolder folder;
  const Arguments one = {"--control", "control_net_union_f16", "--control-image", "edges.png"};
  const auto with = [&](Arguments more) {
    more.insert(more.begin(), one.begin(), one.end());
    return folder.generate(saving(more));
  };
  const Tensor depth = folder.latents(with({"--control-type", "depth"}));
  CHECK(moved(folder.latents(with({"--control-type", "1"})), depth) == 0.0);
  CHECK(moved(folder.latents(with({"--control-type", "canny"})), depth) > 1e-4);
  Arguments two = one;
  two.insert(two.end(), {"--control-type", "depth", "--control-type", "canny"});
  const Tensor together = folder.latents(with(two));
  CHECK(moved(together, depth) > 1e-4);
  two.insert(two.end(), {"--control-scale", "1", "--control-scale", "0"});
  CHECK(moved(folder.latents(with(two)), together) > 1e-4);

  CHECK(refused(with({}), 1,
                {"control_net_union_f16 is a union ControlNet of the types openpose (0), depth (1)",
                 "expected one of them, got none"}) == "");
  CHECK(refused(with({"--control-type", "sketch"}), 1,
                {"segment (5), tile (6); expected one of them, got sketch"}) == "");
  CHECK(refused(with({"--control-type", "7"}), 1, {"got 7"}) == "");
  CHECK(refused(folder.controlled({"--control-type", "depth"}), 1,
                {"expected one for each union ControlNet, 0, got 1"}) == "");
  CHECK(refused(folder.generate({"--control-type", "depth"}), 2, {"need --control PATH"}) == "");
}

TEST_CASE("cli: info shows the ControlNets of an image and its command makes the same bytes") {
  const ControlFolder folder;
  CHECK(folder.controlled({"--control-scale", "0.5", "--output", "a.png"}).status == 0);
  const Outcome outcome = folder.run({"info", "a.png"});
  CHECK(outcome.out.find("\ncontrolnet: control_net_f16\ncontrol_image: edges.png\n"
                         "controlnet_conditioning_scale: 0.5\ncontrol_guidance: 0 to 1\n") !=
        std::string::npos);
  CHECK(run_in_shell(folder.path(), last_line(outcome.out)) == 0);
  CHECK(read_bytes(folder.path() / "sdxl.png") == read_bytes(folder.path() / "a.png"));
}

TEST_CASE("cli: a ControlNet, a picture or a number that doesn't fit is refused") {
  const ControlFolder folder;
  CHECK(refused(folder.controlled({"--height", "48", "--width", "56"}), 1,
                {"edges.png is 40 x 56 pixels; expected 48 x 56, the size of the image"}) == "");
  CHECK(refused(folder.controlled({"--control", "control_net_f16", "--control-image", "large.png"}),
                1, {"large.png is 48 x 56 pixels; expected 40 x 56, the size of the first one"}) ==
        "");
  CHECK(refused(folder.generate({"--control", "control_net_f16", "--control-image", "odd.png"}), 1,
                {"odd.png is 42 x 56 pixels; expected multiples of 8"}) == "");
  CHECK(refused(folder.generate({"--control", "control_net_f16"}), 2,
                {"--control-image: expected one for each --control, 1, got 0"}) == "");
  CHECK(refused(folder.generate({"--control-image", "edges.png"}), 2, {"need --control PATH"}) ==
        "");
  CHECK(refused(folder.controlled({"--control-start", "0.7", "--control-end", "0.5"}), 2,
                {"--control-start: expected less than --control-end"}) == "");
  CHECK(refused(folder.controlled({"--hires-scale", "2"}), 2, {"expected no --control"}) == "");
  CHECK(refused(
            folder.generate({"--control", "three_levels_f32/unet", "--control-image", "edges.png"}),
            1, {"ControlNetModel"}) == "");
  const Outcome other =
      folder.run({"generate", "--model", "every_level_bf16", "--prompt", "a star", "--control",
                  "control_net_f16", "--control-image", "edges.png"});
  CHECK(refused(other, 1, {"is a ControlNet for another model"}) == "");
}
