#include "examples/cli/control_options.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "examples/cli/options.h"
#include "sdxl/control/open_control_net.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace cli {

namespace {

void expect_that(bool holds, const std::string& message) {
  if (!holds) throw CLI::ValidationError(message);
}

/// The value of one ControlNet, of one for all or one for each.
double of_net(const std::vector<double>& values, size_t i, double fallback) {
  if (values.empty()) return fallback;
  return values.size() == 1 ? values.front() : values.at(i);
}

/// The kind of a picture. `text` is null if there are fewer types than union ControlNets.
int64_t type_of(const sdxl::ControlNet& net, const std::string& path, const std::string* text) {
  const int64_t types = net.config().types;
  const auto type = text ? sdxl::control_type(*text, types) : std::nullopt;
  if (type) return *type;
  tensor::fail(
      "--control-type: {} is a union ControlNet of the types {}; expected one of them, got {}",
      path, sdxl::control_type_names(types), text ? tensor::printable(*text) : "none");
}

/// (1, 3, H, W) from 0 to 1.
tensor::Tensor read_picture(const std::string& file) {
  const tensor::Image image = tensor::read_image(file);
  if (image.height % 8 != 0 || image.width % 8 != 0) {
    tensor::fail("--control-image: {} is {} x {} pixels; expected multiples of 8", file,
                 image.height, image.width);
  }
  return 0.5f * (tensor::from_image(image) + 1.0f);
}

std::string last_part(const std::string& path) {
  const std::filesystem::path normal = std::filesystem::path(path).lexically_normal();
  return (normal.has_filename() ? normal : normal.parent_path()).filename().string();
}

}  // namespace

void ControlOptions::add_to(CLI::App& command) {
  const char* group = "ControlNet";
  const auto add = [&](const char* name, auto& value, const char* meaning, const char* type) {
    return command.add_option(name, value, meaning)->type_name(type)->group(group);
  };
  add("--control", nets,
      "A ControlNet: a diffusers folder or a file. Several add up, each with its picture", "PATH");
  add("--control-image", images,
      "Its picture, such as edges or a depth map, of the image's size, which it gives unless "
      "--height and --width do",
      "FILE");
  add("--control-type", types,
      "What the picture of a union ControlNet is: openpose, depth, scribble, canny, normal, "
      "segment, "
      "tile, repaint, or a number; one for each union",
      "NAME|N");
  add("--control-scale", scales, "The strength of what it adds: one for all, or one for each (1)",
      "F")
      ->check(finite_number());
  add("--control-start", starts, "It begins after this share of the schedule (0)", "F")
      ->check(fraction());
  add("--control-end", ends, "It ends after this share of the schedule (1)", "F")
      ->check(fraction());
  command
      .add_flag("--guess-mode", guess_mode,
                "Only the conditional half is controlled, and the finer a skip, the weaker: the "
                "picture counts more than the prompt")
      ->group(group);
}

void ControlOptions::check() const {
  expect_that(any() || (images.empty() && types.empty() && scales.empty() && starts.empty() &&
                        ends.empty()),
              "--control-image, -type, -scale, -start and -end need --control PATH");
  expect_that(any() || !guess_mode, "--guess-mode needs --control PATH");
  expect_that(images.size() == nets.size(),
              tensor::format("--control-image: expected one for each --control, {}, got {}",
                             nets.size(), images.size()));
  for (const auto& [name, values] :
       {std::pair{"--control-scale", &scales}, std::pair{"--control-start", &starts},
        std::pair{"--control-end", &ends}}) {
    expect_that(values->size() <= 1 || values->size() == nets.size(),
                tensor::format("{}: expected one for all, or one for each --control, {}, got {}",
                               name, nets.size(), values->size()));
  }
  for (size_t i = 0; i < nets.size(); ++i) {
    expect_that(of_net(starts, i, 0.0) < of_net(ends, i, 1.0),
                "--control-start: expected less than --control-end");
  }
}

sdxl::Controls ControlOptions::open(const sdxl::StableDiffusionXL& model,
                                    const std::string& variant) const {
  sdxl::Controls controls;
  controls.guess_mode = guess_mode;
  std::map<std::string, std::shared_ptr<const sdxl::ControlNet>> unions;  // by path
  size_t unions_with_type = 0;
  for (size_t i = 0; i < nets.size(); ++i) {
    std::shared_ptr<const sdxl::ControlNet> net = unions[nets[i]];
    if (!net) net = sdxl::open_control_net(nets[i], variant, *model.checkpoint, name_of(i));
    sdxl::Control control = {.net = net,
                             .picture = read_picture(images[i]),
                             .scale = of_net(scales, i, 1.0),
                             .start = of_net(starts, i, 0.0),
                             .end = of_net(ends, i, 1.0)};
    if (net->is_union()) {
      unions[nets[i]] = net;
      const size_t number = unions_with_type++;
      control.type = type_of(*net, nets[i], number < types.size() ? &types[number] : nullptr);
    }
    controls.all.push_back(control);
  }
  if (types.size() > unions_with_type) {
    tensor::fail("--control-type: expected one for each union ControlNet, {}, got {}",
                 unions_with_type, types.size());
  }
  if (const auto size = size_of(controls)) expect_size(controls, *size);
  return controls;
}

std::string ControlOptions::name_of(size_t i) const {
  const bool is_one_union =
      types.size() == nets.size() && std::ranges::count(nets, nets.front()) == std::ssize(nets);
  if (nets.size() == 1 || is_one_union) return "controlnet";
  return tensor::format("controlnet.nets.{}", i);
}

void ControlOptions::expect_size(const sdxl::Controls& controls,
                                 const sdxl::PixelSize& size) const {
  for (size_t i = 0; i < controls.all.size(); ++i) {
    const tensor::Tensor& picture = controls.all[i].picture;
    if (picture.dim(2) == size.height && picture.dim(3) == size.width) continue;
    tensor::fail("--control-image: {} is {} x {} pixels; expected {} x {}, the size of {}",
                 images.at(i), picture.dim(2), picture.dim(3), size.height, size.width,
                 i > 0 ? "the first one" : "the image");
  }
}

tensor::TextChunks ControlOptions::texts() const {
  tensor::TextChunks texts;
  for (size_t i = 0; i < nets.size(); ++i) {
    texts.emplace_back("controlnet", last_part(nets[i]));
    texts.emplace_back("control_image", last_part(images[i]));
    texts.emplace_back("controlnet_conditioning_scale",
                       tensor::format("{}", of_net(scales, i, 1.0)));
    texts.emplace_back("control_guidance",
                       tensor::format("{} to {}", of_net(starts, i, 0.0), of_net(ends, i, 1.0)));
  }
  for (const std::string& type : types) texts.emplace_back("control_mode", type);
  if (guess_mode) texts.emplace_back("guess_mode", "true");
  return texts;
}

std::optional<sdxl::PixelSize> size_of(const sdxl::Controls& controls) {
  if (controls.all.empty()) return std::nullopt;
  const tensor::Tensor& picture = controls.all.front().picture;
  return sdxl::PixelSize{picture.dim(2), picture.dim(3)};
}

}  // namespace cli
