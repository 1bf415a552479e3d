#include <map>
#include <sstream>

#include "examples/cli/command_form.h"
#include "sdxl/version.h"

namespace cli {

namespace {

constexpr const char* description = R"(.SH DESCRIPTION
.B sdxl
draws images with Stable Diffusion XL and its relatives on the processor, and shows every state
between the prompt and the image.
It computes what Hugging Face diffusers computes: each module's output is compared with that of
diffusers.
Without
.B \-\-model
a command takes the tiny model that is installed with the program.
)";

constexpr const char* ends = R"(.SH EXIT STATUS
.TP
.B 0
The command has done its work.
.TP
.B 1
A file is missing or damaged, or does not fit; memory or the disk is full; or a comparison failed.
.TP
.B 2
The command line is wrong.
.TP
.BR 130 ", " 143
Ended by Ctrl\-C or SIGTERM. No file is left half\-written.
.SH ENVIRONMENT
.TP
.B SDXL_MODEL
The model of commands without
.BR \-\-model .
.TP
.BR OMP_NUM_THREADS ", " OMP_WAIT_POLICY ", " GOMP_SPINCOUNT ", " KMP_BLOCKTIME
Of the OpenMP runtime: the number of threads, and how long a thread without work spins.
.SH FILES
.TP
.I ../share/glassbox_sdxl/tiny_sdxl
The tiny model, relative to the folder of the program.
)";

/// Text as roff prints it letter by letter. A hyphen is a minus and a quote is ASCII's, so that a
/// command can be copied from the page.
std::string roff(const std::string& text) {
  const std::map<char, std::string> special = {{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"},
                                               {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"}};
  std::string result;
  for (const char letter : text) {
    const bool begins_line = result.empty() || result.back() == '\n';
    if (begins_line && letter == '.') result += "\\&";  // else a request
    const auto found = special.find(letter);
    result += found == special.end() ? std::string(1, letter) : found->second;
  }
  return result;
}

std::string bold(const std::string& text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + roff(text) + "\\fR"; }

/// "a, b or c"
std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    const bool is_last = i + 1 == words.size();
    text += (i == 0 ? "" : is_last ? " or " : ", ") + bold(words[i]);
  }
  return text;
}

void write_option(std::ostream& page, const OptionForm& option) {
  page << ".TP\n";
  for (size_t i = 0; i < option.names.size(); ++i) page << (i ? ", " : "") << bold(option.names[i]);
  if (!option.value.empty()) page << (option.is_positional() ? "" : " ") << italic(option.value);
  page << (option.is_repeatable ? " ...\n" : "\n") << roff(option.help) << "\n";
  if (!option.words.empty())
    page << ".br\n" << italic(option.value) << " is " << listed(option.words) << ".\n";
}

void write_command(std::ostream& page, const CommandForm& command) {
  page << ".SH sdxl " << roff(command.name) << "\n" << roff(command.help) << ".\n";
  page << ".PP\n" << bold("sdxl " + command.name) << " [" << italic("OPTIONS") << "]";
  for (const OptionForm& option : command.options) {
    if (option.is_positional()) page << " " << italic(option.value);
  }
  page << "\n";
  std::string group = "Options";  // the first group has no heading
  for (const OptionForm& option : command.options) {
    if (!option.is_positional() && option.group != group)
      page << ".SS " << roff(option.group) << "\n";
    if (!option.is_positional()) group = option.group;
    write_option(page, option);
  }
  if (!command.footer.empty()) {
    page << ".PP\n.nf\n" << roff(command.footer) << "\n.fi\n";
  }
}

}  // namespace

std::string manual_page(const CLI::App& app) {
  const std::vector<CommandForm> commands = command_forms(app);
  std::ostringstream page;
  page << ".TH SDXL 1 \"\" \"Glassbox SDXL " << sdxl::version
       << "\" \"User Commands\"\n.nh\n.ad l\n"
       << ".SH NAME\nsdxl \\- Stable Diffusion XL, every layer open to view\n"
       << ".SH SYNOPSIS\n.B sdxl\n"
       << italic("COMMAND") << " [" << italic("OPTIONS") << "]\n.br\n"
       << ".B sdxl\n[" << italic("COMMAND") << "] " << bold("--help") << "\n.br\n"
       << ".B sdxl \\-\\-version\n"
       << description << ".SH COMMANDS\n";
  for (const CommandForm& command : commands) {
    page << ".TP\n" << bold(command.name) << "\n" << roff(command.help) << "\n";
  }
  for (const CommandForm& command : commands) write_command(page, command);
  page << ends;
  return page.str();
}

}  // namespace cli
