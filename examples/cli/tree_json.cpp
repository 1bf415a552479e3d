#include <nlohmann/json.hpp>

#include "examples/cli/tree_page.h"

namespace cli {

std::string tree_json(const std::vector<nn::ModuleSummary>& rows) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const nn::ModuleSummary& row : rows) {
    list.push_back({{"path", row.path},
                    {"kind", row.kind},
                    {"output", row.output.rank() > 0
                                   ? std::vector<int64_t>(row.output.begin(), row.output.end())
                                   : std::vector<int64_t>()},
                    {"parameters", row.parameters},
                    {"bytes", row.bytes},
                    {"multiply_adds", row.multiply_adds}});
  }
  return list.dump(1) + "\n";
}

}  // namespace cli
