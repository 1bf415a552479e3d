#include <iostream>
#include <memory>
#include <optional>

#include "examples/cli/commands.h"
#include "examples/cli/foreign_settings.h"
#include "examples/cli/latents_file.h"
#include "examples/cli/remake.h"
#include "tensor/error.h"
#include "tensor/image/image.h"
#include "tensor/io/safetensors.h"

namespace cli {

namespace {

constexpr size_t longest_text = 1 << 20;

/// The texts of a PNG, or the metadata of a safetensors file, such as ComfyUI's .latent.
tensor::TextChunks read_texts(const std::string& path) {
  if (!holds_latents(path)) return tensor::read_png_texts(path);
  const tensor::io::SafetensorsFile file(path);
  return {file.metadata().begin(), file.metadata().end()};
}

void print_command(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"sdxl", "generate"});
  std::cout << "\n" << shell_line(arguments) << "\n";
}

void print_foreign(const ForeignSettings& settings) {
  std::cout << "\n" << settings.program << "'s settings as a command of ours, as far as they go\n";
  for (const std::string& note : settings.notes) {
    std::cout << "note: " << tensor::printable(note, 600) << "\n";
  }
  print_command(settings.arguments);
}

void print_info(const std::string& path) {
  const tensor::TextChunks texts = read_texts(path);
  if (texts.empty()) tensor::fail("{}: no text in it says how it was made", path);
  std::optional<std::vector<std::string>> arguments;
  for (const auto& [key, text] : texts) {
    if (key == "arguments") arguments = unpack_arguments(text);
  }
  std::optional<ForeignSettings> foreign;
  if (!arguments) foreign = foreign_settings(path, texts);
  for (const auto& [key, text] : texts) {
    if (key == "arguments") continue;
    if (is_comfyui_graph(text)) {
      std::cout << tensor::printable(key) << ": ComfyUI's graph, " << text.size() << " bytes\n";
    } else {
      std::cout << tensor::printable(key) << ": " << tensor::printable(text, longest_text) << "\n";
    }
  }
  if (arguments) print_command(*arguments);
  if (foreign) print_foreign(*foreign);
}

}  // namespace

void add_info(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "info", "Print how an image was made, and the command that makes it again");
  auto path = std::make_shared<std::string>();
  command
      ->add_option("FILE", *path,
                   "A PNG of generate, of A1111 or of ComfyUI, or a .latent of ComfyUI")
      ->type_name("")
      ->required();
  command->footer(
      "Run the last line where the image was made: its paths are as they were typed there.\n"
      "Of another program's image the last line is the nearest command of ours; notes above it say "
      "what is\nnot taken (docs/pipelines.md).\n"
      "Example: sdxl info fox.png");
  command->callback([path] { print_info(*path); });
}

}  // namespace cli
