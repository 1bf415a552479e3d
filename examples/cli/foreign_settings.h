#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tensor/image/image.h"

namespace cli {

/// What another program wrote into an image about itself, as a command of ours.
struct ForeignSettings {
  std::string program;                 // "A1111" or "ComfyUI"
  std::vector<std::string> arguments;  // of `sdxl generate`; each is one that it accepts
  std::vector<std::string> notes;      // what is not taken, and what differs
};

/// The settings in the text `parameters` (A1111 and its kin), or in `prompt` or `workflow`
/// (ComfyUI's graph of nodes); nothing for other texts.
/// Errors: std::runtime_error, beginning with the path of the image, for a graph that is damaged,
/// larger than 64 MB or without a sampler.
std::optional<ForeignSettings> foreign_settings(const std::string& path,
                                                const tensor::TextChunks& texts);

/// Whether a text is a graph of ComfyUI: too long to print.
bool is_comfyui_graph(const std::string& text);

/// Collects a command. Values come from a file of unknown origin: each option is tried alone on our
/// own parser, and one that is refused becomes a note.
class CommandDraft {
 public:
  explicit CommandDraft(std::string program) { settings_.program = std::move(program); }

  /// `origin` names the value for the note, such as "CFG scale".
  void add(const std::string& option, const std::string& value, const std::string& origin);
  void note(const std::string& sentence) { settings_.notes.push_back(sentence); }
  /// The settings; a note says what generate has against the command as a whole, if anything.
  ForeignSettings take();

 private:
  ForeignSettings settings_;
};

/// The parsers of the two formats. Errors: as above.
ForeignSettings read_a1111(const std::string& parameters);
ForeignSettings read_comfyui(const std::string& path, const std::string& graph);

}  // namespace cli
