#include <iostream>
#include <memory>

#include "examples/cli/commands.h"
#include "examples/cli/remake.h"
#include "tensor/error.h"
#include "tensor/image/image.h"

namespace cli {

namespace {

constexpr size_t longest_text = 1 << 20;

void print_info(const std::string& path) {
  const tensor::TextChunks texts = tensor::read_png_texts(path);
  if (texts.empty()) tensor::fail("{}: no text in it says how it was made", path);
  std::vector<std::string> command;
  for (const auto& [key, text] : texts) {
    if (key == "arguments") {
      command = {"sdxl", "generate"};
      const std::vector<std::string> arguments = unpack_arguments(text);
      command.insert(command.end(), arguments.begin(), arguments.end());
    } else {
      std::cout << tensor::printable(key) << ": " << tensor::printable(text, longest_text) << "\n";
    }
  }
  if (!command.empty()) std::cout << "\n" << shell_line(command) << "\n";
}

}  // namespace

void add_info(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "info", "Print how an image was made, and the command that makes it again");
  auto path = std::make_shared<std::string>();
  command->add_option("PNG", *path, "An image made by generate")->type_name("")->required();
  command->footer(
      "Run the last line where the image was made: its paths are as they were typed there.\n"
      "Example: sdxl info fox.png");
  command->callback([path] { print_info(*path); });
}

}  // namespace cli
