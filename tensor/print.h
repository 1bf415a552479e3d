#pragma once

#include <ostream>
#include <string>

#include "tensor/tensor.h"

namespace tensor {

/// One line about a tensor, "Tensor(2, 77, 64) min -3.1 max 2.9 mean 0.01 and 3 NaN": the last only
/// if there are any, and all else is about the other numbers.
std::string summary(const Tensor& x);
/// The numbers as NumPy prints them: four digits, nested brackets, long axes cut in the middle.
std::string to_string(const Tensor& x);
std::ostream& operator<<(std::ostream& out, const Tensor& x);

}  // namespace tensor
