#include "nn/observe/read_ahead.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "nn/linear.h"
#include "nn/load.h"
#include "tests/support/scratch_folder.h"

namespace fs = std::filesystem;
using tensor::Tensor;

namespace {

constexpr int64_t width = 512;
constexpr int64_t megabyte = int64_t{1} << 20;  // of one layer: 512 x 512 numbers of 4 bytes

class Layers : public nn::Module {
 public:
  Layers()
      : nn::Module(nn::root()),
        a(child("a"), width, width, nn::Linear::Bias::no),
        b(child("b"), width, width, nn::Linear::Bias::no),
        c(child("c"), width, width, nn::Linear::Bias::no) {}
  nn::Linear a, b, c;
};

/// Three layers whose weights lie in a file, one behind the other.
struct OnDisk {
  OnDisk() {
    file = std::make_shared<tensor::io::MappedFile>(
        folder.write("weights", std::string(3 * megabyte, '\0')));
    nn::WeightSource source = {.description = "weights"};
    const char* at = file->bytes().data();
    for (const char* name : {"a.weight", "b.weight", "c.weight"}) {
      source.weights[name] = {at, tensor::DType::f32, {width, width}};
      at += megabyte;
    }
    source.owners.files.push_back(file);
    nn::load(layers, "Layers", source);
  }

  /// Takes the file's pages out of memory, where the file system has a disk.
  void make_cold() const {
    file->release_pages();
    const int descriptor = open((folder.path() / "weights").c_str(), O_RDONLY);
    fsync(descriptor);
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    close(descriptor);
  }

  /// The pages of a layer that are in memory, of 1.
  double in_memory(int64_t layer) const {
    const int64_t page = sysconf(_SC_PAGESIZE);
    std::vector<unsigned char> pages(megabyte / page);
    void* const start = const_cast<char*>(file->bytes().data()) + layer * megabyte;
    REQUIRE(mincore(start, megabyte, pages.data()) == 0);
    const auto count = std::count_if(pages.begin(), pages.end(), [](int p) { return p & 1; });
    return static_cast<double>(count) / static_cast<double>(pages.size());
  }

  support::ScratchFolder folder;
  std::shared_ptr<tensor::io::MappedFile> file;
  Layers layers;
};

}  // namespace

TEST_CASE("read ahead: weights up to the window behind the running module's own") {
  const OnDisk on_disk;
  const Layers& layers = on_disk.layers;
  nn::ReadAhead ahead({&layers}, 1);
  CHECK(ahead.bytes() == megabyte);  // a whole weight at least
  const Tensor x = Tensor::zeros({1, width});
  layers.a.forward(x);
  CHECK(ahead.bytes() == megabyte);
  layers.b.forward(x);
  CHECK(ahead.bytes() == 2 * megabyte);
  layers.a.forward(x);  // again: nothing is left to do
  CHECK(ahead.bytes() == 2 * megabyte);
  layers.c.forward(x);
  CHECK(ahead.bytes() == 3 * megabyte);

  CHECK(nn::ReadAhead({&layers}, 10 * megabyte).bytes() == 3 * megabyte);
}

TEST_CASE("read ahead: the pages arrive without being read") {
  const OnDisk on_disk;
  on_disk.make_cold();
  if (on_disk.in_memory(2) > 0) {
    MESSAGE("the temporary folder has no disk behind it");
    return;
  }
  const nn::ReadAhead ahead({&on_disk.layers}, megabyte + 1);
  for (int i = 0; i < 1000 && on_disk.in_memory(1) < 1; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(on_disk.in_memory(0) == 1);
  CHECK(on_disk.in_memory(1) == 1);
  CHECK(on_disk.in_memory(2) < 1);
}
