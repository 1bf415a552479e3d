#pragma once

#include <string>
#include <string_view>

namespace fuzz {

/// A safetensors file with the tensors that the lines of a text name, the sizes behind each name.
/// All are zeros in float16, which take no room on the disk. -> its path
std::string write_sparse_file(std::string_view lines);

}  // namespace fuzz
