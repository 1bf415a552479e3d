#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace cli {

/// A node of ComfyUI. An input is a value, or a link: ["4", 0] is the first output of node 4.
struct ComfyNode {
  std::string kind;  // class_type: "KSampler"
  nlohmann::json inputs;
};

/// The graph that drew an image. It comes from a file of unknown origin, so no link is followed
/// twice: loops end.
class ComfyGraph {
 public:
  /// `prompt` holds the nodes by their numbers; `workflow` the editor's nodes, whose values have no
  /// names: those of the common nodes are named by a table.
  /// Errors: std::runtime_error, beginning with `path`, for a text that is no graph, larger than
  /// 64 MB or nested deeper than 500 brackets.
  static ComfyGraph parse(const std::string& path, const std::string& text);

  const std::map<std::string, ComfyNode>& nodes() const { return nodes_; }

  /// The node that an input of a node is linked to; null for a value or a missing node.
  const ComfyNode* linked(const ComfyNode& node, const std::string& input) const;

  /// The nearest node upstream of a node, first through this input, for which `is_it` holds.
  using Test = std::function<bool(const ComfyNode&)>;
  const ComfyNode* upstream(const ComfyNode& node, const std::string& input,
                            const Test& is_it) const;

  /// The kinds of all nodes that a node depends on.
  std::vector<std::string> kinds_upstream(const ComfyNode& node) const;

  /// An input's value as text, also where it is linked to a node that only holds a value. Nothing
  /// for an input that is missing or that is computed.
  std::optional<std::string> value(const ComfyNode& node, const std::string& input) const;
  std::optional<double> number(const ComfyNode& node, const std::string& input) const;

 private:
  std::vector<const ComfyNode*> links_of(const ComfyNode& node) const;
  const ComfyNode* target(const nlohmann::json& link) const;

  std::map<std::string, ComfyNode> nodes_;
};

}  // namespace cli
