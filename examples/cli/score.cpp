#include <iomanip>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "examples/cli/commands.h"
#include "examples/cli/options.h"
#include "sdxl/json_text.h"
#include "sdxl/vision/aesthetic_predictor.h"
#include "sdxl/vision/open_vision_model.h"
#include "tensor/error.h"

namespace cli {

namespace {

struct ScoreOptions {
  std::vector<std::string> images;
  std::string clip, predictor;
  bool json = false;
};

void score(const ScoreOptions& o) {
  const auto predictor = sdxl::open_aesthetic_predictor(o.predictor);
  const auto clip = sdxl::open_vision_model(o.clip, "", "image_encoder");
  nlohmann::json list = nlohmann::json::array();
  for (const std::string& file : o.images) {
    const double value = sdxl::aesthetic_score(*clip, *predictor, tensor::read_image(file));
    if (o.json) {
      list.push_back({{"aesthetic_score", value}, {"image", file}});
    } else {
      std::cout << std::fixed << std::setprecision(3) << value << "  " << tensor::printable(file)
                << std::endl;
    }
  }
  if (o.json) std::cout << sdxl::json_text(list, 2) << "\n";
}

}  // namespace

void add_score(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "score", "Print the aesthetic score of images: what people like on average, 1 to 10");
  auto options = std::make_shared<ScoreOptions>();
  command->add_option("IMAGE", options->images, "PNG, JPEG, WebP or BMP")
      ->type_name("")
      ->required();
  command
      ->add_option("--clip", options->clip,
                   "The CLIP that the predictor was trained with, a folder or a file: ViT-L/14")
      ->type_name("PATH")
      ->required();
  command
      ->add_option("--predictor", options->predictor,
                   "The improved aesthetic predictor as safetensors: layers.0.weight ...")
      ->type_name("FILE")
      ->required();
  command->add_flag("--json", options->json, "The numbers as JSON");
  add_compute(*command);
  command->footer(
      "It is the number that the refiner is conditioned on, --aesthetic-score of generate.\n"
      "Example: sdxl score fox.png --clip clip-vit-large-patch14 \\\n"
      "           --predictor aesthetic.safetensors");
  command->callback([options] { score(*options); });
}

}  // namespace cli
