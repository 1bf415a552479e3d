#include <iostream>

#include "examples/cli/command_form.h"
#include "examples/cli/commands.h"

/// Two hidden commands, which the installation runs: they print files made from the command line.
namespace cli {

void add_installation(CLI::App& app) {
  CLI::App* manual = app.add_subcommand("manual", "Print the manual page, as roff")->group("");
  manual->footer("Example: sdxl manual > sdxl.1");
  manual->callback([&app] { std::cout << manual_page(app); });

  CLI::App* completion =
      app.add_subcommand("completion", "Print the completion script of a shell")->group("");
  auto shell = std::make_shared<std::string>();
  completion->add_option("SHELL", *shell, "Which shell")
      ->type_name("")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->footer("Example: source <(sdxl completion bash)");
  completion->callback([&app, shell] {
    std::cout << (*shell == "bash"  ? bash_completion(app)
                  : *shell == "zsh" ? zsh_completion(app)
                                    : fish_completion(app));
  });
}

}  // namespace cli
