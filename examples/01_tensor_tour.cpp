// A tour of tensors. Every claim below is checked when this program runs. It runs with the tests,
// so the claims are true.
//
//   cmake --build --preset release && build/release/01_tensor_tour

#include <iostream>
#include <stdexcept>
#include <string>

#include "examples/check.h"
#include "tensor/ops.h"
#include "tensor/print.h"
#include "tensor/random.h"

using tensor::Shape;
using tensor::Tensor;

// A tensor is a shape and a pointer to float32 elements, row after row.
void shapes_and_numbers() {
  const Tensor x = Tensor::from({2, 3}, {1, 2, 3, 4, 5, 6});
  check(x.shape() == Shape{2, 3});
  check(x.size() == 6);
  check(x.dim(0) == 2);
  check(x.dim(-1) == 3);  // from the end
  check(x.at({1, 0}) == 4);
  check(x.data()[1 * 3 + 0] == 4);  // the same element, by its place in memory
  check(to_string(x) == "[[1. 2. 3.]\n [4. 5. 6.]]");
  std::cout << summary(x) << '\n';  // Tensor(2, 3) min 1 max 6 mean 3.5
}

// Copying a tensor copies a handle. That is safe, because no op ever writes to its arguments.
void values_never_change() {
  const Tensor x = Tensor::full({2}, 1.0f);
  const Tensor copy = x;
  const Tensor sum = x + x;
  check(copy.data() == x.data());
  check(sum.data() != x.data());
  check(x.at({0}) == 1 && sum.at({0}) == 2);
}

// Reshaping moves no element; every other change of the layout makes a new tensor.
void layout() {
  const Tensor x = Tensor::from({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor column = x.reshape({6, 1});
  check(column.data() == x.data());
  const Tensor transposed = permute(x, {1, 0});
  check(to_string(transposed) == "[[1. 4.]\n [2. 5.]\n [3. 6.]]");
  check(to_string(slice(x, 1, 1, 3)) == "[[2. 3.]\n [5. 6.]]");
  check(concat(x, x, 0).shape() == Shape{4, 3});
}

// Broadcasting is explicit: two operands have the same rank, and an axis of size 1 is repeated.
void broadcasting() {
  const Tensor image = Tensor::zeros({2, 3, 4, 5});     // (N, C, H, W)
  const Tensor bias = Tensor::from({3}, {10, 20, 30});  // one value for each channel
  const Tensor shifted = image + bias.reshape({1, 3, 1, 1});
  check(shifted.shape() == image.shape());
  check(shifted.at({1, 2, 3, 4}) == 30);
}

// A wrong argument is an error. Its message has the expected and the given shapes.
void errors_teach() {
  try {
    Tensor::zeros({2, 3}) + Tensor::zeros({3});
    check(false);
  } catch (const std::invalid_argument& error) {
    std::cout << error.what() << '\n';
    check(std::string(error.what()).find("(2, 3)") != std::string::npos);
  }
}

// A linear layer is y = x W^T + b, with W in the checkpoint's shape, (outputs, inputs).
void a_linear_layer() {
  const Tensor x = Tensor::from({1, 2}, {1, 2});
  const Tensor w = Tensor::from({3, 2}, {1, 0, 0, 1, 1, 1});
  const Tensor b = Tensor::from({3}, {0, 0, 10});
  const tensor::WeightView weight{w.data(), tensor::DType::f32, w.shape()};
  const tensor::WeightView bias{b.data(), tensor::DType::f32, b.shape()};
  check(to_string(linear(x, weight, &bias)) == "[[ 1.  2. 13.]]");
}

// The same seed gives the same values as in PyTorch, to the last bit: torch.randn(4).
void the_same_noise_as_torch() {
  tensor::Generator generator(0);  // torch.manual_seed(0)
  check(to_string(generator.randn({4})) == "[ 1.541  -0.2934 -2.1788  0.5684]");
}

int main() {
  shapes_and_numbers();
  values_never_change();
  layout();
  broadcasting();
  errors_teach();
  a_linear_layer();
  the_same_noise_as_torch();
  std::cout << "every claim holds\n";
}
