#pragma once

#include <ostream>
#include <string>

#include "tensor/tensor.h"

namespace tensor {

/// One line about a tensor: "Tensor(2, 77, 64) min -3.1 max 2.9 mean 0.01 and 3 NaN". Minimum,
/// maximum and mean leave NaN out; "and 3 NaN" stands there only if x has some.
std::string summary(const Tensor& x);
/// The elements as NumPy prints them: four digits, nested brackets, long axes cut in the middle.
std::string to_string(const Tensor& x);
std::ostream& operator<<(std::ostream& out, const Tensor& x);

}  // namespace tensor
