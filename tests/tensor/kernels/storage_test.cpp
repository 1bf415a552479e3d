#include "tensor/kernels/storage.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "tensor/kernels/sanitizers.h"

using tensor::kernels::allocate;

TEST_CASE("storage: memory of any size starts at a cache line and has one owner") {
  struct Block {
    std::shared_ptr<float[]> numbers;
    int64_t count;
    float mark;
  };
  std::vector<Block> blocks;
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    if (blocks.size() < 40) {
      const int64_t count = 1 + random() % 60000;
      blocks.push_back({allocate(count), count, static_cast<float>(i)});
      Block& block = blocks.back();
      REQUIRE(reinterpret_cast<uintptr_t>(block.numbers.get()) % 64 == 0);
      std::fill_n(block.numbers.get(), count, block.mark);
    } else {
      const size_t place = random() % blocks.size();
      const Block& block = blocks[place];
      const float* numbers = block.numbers.get();
      // Whoever had a number of this block as well would have left another mark there.
      REQUIRE(std::count(numbers, numbers + block.count, block.mark) == block.count);
      blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(place));
    }
  }
}

// With AddressSanitizer all memory is malloc's, which keeps what was given back.
TEST_CASE("storage: the memory of a large tensor is reused for the next one" *
          doctest::skip(tensor::kernels::has_address_sanitizer)) {
  constexpr int64_t count = (1 << 20) + 16 * 37;  // no other gap is so nearly as large
  std::shared_ptr<float[]> first = allocate(count);
  const std::shared_ptr<float[]> beside = allocate(count);
  const float* place = first.get();
  first.reset();
  std::shared_ptr<float[]> most = allocate(count - 64);
  CHECK(most.get() == place);
  most.reset();  // and is whole again with what was left of it
  const std::shared_ptr<float[]> all = allocate(count);
  CHECK(all.get() == place);
}
