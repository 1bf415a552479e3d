#include "sdxl/upscale/open_upscaler.h"

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nn/parameter.h"
#include "sdxl/checkpoint/weight_files.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

enum class Naming { real_esrgan, esrgan, bsrgan };

/// A file's tensors, their prefix left out.
class UpscalerFile {
 public:
  explicit UpscalerFile(const std::filesystem::path& path) : source_(open_weights(path)) {
    for (const char* prefix : {"params_ema.", "params."}) drop(prefix);
    if (has("body.0.rdb1.conv1.weight"))
      naming_ = Naming::real_esrgan;
    else if (has("model.1.sub.0.RDB1.conv1.0.weight"))
      naming_ = Naming::esrgan;
    else if (has("RRDB_trunk.0.RDB1.conv1.weight"))
      naming_ = Naming::bsrgan;
    else
      refuse();
  }

  RRDBConfig config() const;
  /// The weights under the names of the parameters of a net of these sizes; others as they are.
  nn::WeightSource weights(const RRDBNet& net) const;

 private:
  bool has(const std::string& name) const { return source_.weights.contains(name); }
  void drop(const std::string& prefix);
  [[noreturn]] void refuse() const;
  tensor::Shape convolution(const std::string& own_name, const RRDBConfig& c) const;
  std::string name_of(const std::string& layer, const RRDBConfig& c) const;

  nn::WeightSource source_;
  Naming naming_ = Naming::real_esrgan;
};

void UpscalerFile::drop(const std::string& prefix) {
  std::map<std::string, tensor::WeightView> rest;
  for (const auto& [name, view] : source_.weights) {
    rest.emplace(name.starts_with(prefix) ? name.substr(prefix.size()) : name, view);
  }
  source_.weights = std::move(rest);
}

void UpscalerFile::refuse() const {
  const auto begins = [&](const std::string& front) {
    const auto found = source_.weights.lower_bound(front);
    return found != source_.weights.end() && found->first.starts_with(front);
  };
  std::string what = source_.weights.empty()
                         ? "nothing"
                         : tensor::printable(source_.weights.begin()->first) + " ...";
  if (has("model.1.sub.0.RDB1.conv1x1.weight")) what = "an ESRGAN+, with other dense blocks";
  if (has("body.0.weight") && !begins("conv_first.")) what = "an SRVGGNetCompact";
  if (begins("layers.0.residual_group.")) what = "a SwinIR, HAT or DAT";
  tensor::fail(
      "{}: holds {}; expected an upscaler of ESRGAN's architecture (RRDBNet): conv_first, "
      "body.0.rdb1.conv1 ..., or model.0, model.1.sub.0.RDB1.conv1.0 ...",
      source_.description, what);
}

std::string UpscalerFile::name_of(const std::string& layer, const RRDBConfig& c) const {
  if (naming_ == Naming::real_esrgan) return layer;
  const bool is_old = naming_ == Naming::esrgan;
  const int last_up = 3 * c.doublings;
  const std::map<std::string, std::array<std::string, 2>> ends = {
      {"conv_first", {"conv_first", "model.0"}},
      {"conv_body", {"trunk_conv", tensor::format("model.1.sub.{}", c.blocks)}},
      {"conv_hr", {"HRconv", tensor::format("model.{}", last_up + 2)}},
      {"conv_last", {"conv_last", tensor::format("model.{}", last_up + 4)}}};
  if (const auto found = ends.find(layer); found != ends.end()) return found->second[is_old];
  const std::string up = "conv_up";
  if (layer.starts_with(up)) {
    const int number = std::stoi(layer.substr(up.size()));
    return is_old ? tensor::format("model.{}", 3 * number) : tensor::format("upconv{}", number);
  }
  // body.N.rdbK.convJ
  const std::string front = "body.";
  std::string rest = layer.substr(front.size());
  rest.replace(rest.find("rdb"), 3, "RDB");
  return is_old ? "model.1.sub." + rest + ".0" : "RRDB_trunk." + rest;
}

/// The shape of a convolution's weight. Errors: std::runtime_error where it is none.
tensor::Shape UpscalerFile::convolution(const std::string& layer, const RRDBConfig& c) const {
  const std::string name = name_of(layer, c) + ".weight";
  const auto found = source_.weights.find(name);
  if (found == source_.weights.end()) {
    tensor::fail("{}: has no tensor {}", source_.description, name);
  }
  const tensor::Shape& shape = found->second.shape;
  if (shape.rank() != 4 || shape.size() == 0) {
    tensor::fail("{}: {}: expected a convolution's weight (out, in, 3, 3), got {}",
                 source_.description, name, shape);
  }
  return shape;
}

RRDBConfig UpscalerFile::config() const {
  RRDBConfig c{.blocks = 0, .doublings = 0};
  const tensor::Shape first = convolution("conv_first", c);
  c.features = first.dim(0);
  c.growth = convolution("body.0.rdb1.conv1", c).dim(0);
  while (has(name_of(tensor::format("body.{}.rdb1.conv1", c.blocks), c) + ".weight")) ++c.blocks;
  // Of the old names, the layer behind the last doubling stands two places behind it, not three.
  while (c.doublings < 3 &&
         has(name_of(tensor::format("conv_up{}", c.doublings + 1), c) + ".weight"))
    ++c.doublings;
  for (const int k : {1, 2, 4}) {
    if (first.dim(1) == 3 * k * k) c.shuffle = k;
  }
  const bool is_whole = c.doublings >= 1 && (1 << c.doublings) >= c.shuffle;
  if (first.dim(1) == 3 * c.shuffle * c.shuffle && is_whole) return c;
  tensor::fail(
      "{}: its first layer takes {} channels and it doubles the size {} times; expected 3 channels "
      "(x2, x4, x8), or 12 (x2) or 48 (x1) of a net with two doublings",
      source_.description, first.dim(1), c.doublings);
}

nn::WeightSource UpscalerFile::weights(const RRDBNet& net) const {
  nn::WeightSource result = source_;
  for (const nn::Parameter* parameter : nn::all_parameters(net)) {
    const size_t dot = parameter->name().rfind('.');
    const std::string end = parameter->name().substr(dot);
    const std::string theirs = name_of(parameter->name().substr(0, dot), net.config()) + end;
    auto entry = result.weights.extract(theirs);
    if (entry.empty()) continue;  // nn::load names what is missing
    entry.key() = parameter->name();
    result.weights.insert(std::move(entry));
  }
  return result;
}

}  // namespace

std::shared_ptr<const RRDBNet> open_upscaler(const std::filesystem::path& file,
                                             const LoadPolicy& policy) {
  const UpscalerFile weights(file);
  auto net = std::make_shared<RRDBNet>(nn::root("upscaler"), weights.config());
  load_part(*net, "RRDBNet", weights.weights(*net), policy);
  return net;
}

}  // namespace sdxl
