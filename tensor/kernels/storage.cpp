#include "tensor/kernels/storage.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>
#include <new>

#include "tensor/kernels/sanitizers.h"

// A model allocates and frees thousands of large tensors. malloc takes memory of that size from the
// system, and free returns it at once. So every tensor begins on new pages, and the system first
// fills each of them with zeros: a third of the decoder's time in the autoencoder. Therefore one
// range of addresses is reserved for large tensors, and the memory of one is reused for the next.
// The used part grows only where no gap is large enough; after the first step that no longer
// happens. One range can also use pages of 2 MB instead of 4 KB.

namespace tensor::kernels {

namespace {

#ifdef __wasm__  // its mmap takes memory for all the addresses that are reserved
constexpr bool has_arena = false;
#else
constexpr bool has_arena = !has_address_sanitizer;  // which checks malloc's blocks alone
#endif
// In bytes; malloc is good at smaller ones.
constexpr size_t smallest_large_block = has_arena ? 1 << 16 : SIZE_MAX;
constexpr size_t alignment = 64;  // a line of the cache, and a row of a tile

class Arena {
 public:
  /// Reserves addresses only, as many as the machine has memory: a page comes with its first write.
  Arena() {
    size_t bytes = static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
    rlimit limit{};  // of all addresses: weights and threads need some, too
    if (getrlimit(RLIMIT_AS, &limit) == 0) bytes = std::min<size_t>(bytes, limit.rlim_cur / 2);
    bytes = bytes / alignment * alignment;
    void* start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) return;
#ifdef MADV_HUGEPAGE
    madvise(start, bytes, MADV_HUGEPAGE);
#endif
    gaps_.emplace(static_cast<std::byte*>(start), bytes);
  }

  /// The smallest gap that is large enough, of several the lowest; null if there is none.
  std::byte* take(size_t bytes) {
    const std::lock_guard lock(mutex_);
    auto best = gaps_.end();
    for (auto gap = gaps_.begin(); gap != gaps_.end(); ++gap) {
      const bool fits = gap->second >= bytes;
      if (fits && (best == gaps_.end() || gap->second < best->second)) best = gap;
    }
    if (best == gaps_.end()) return nullptr;
    const auto [block, size] = *best;
    gaps_.erase(best);
    if (size > bytes) gaps_.emplace(block + bytes, size - bytes);
    return block;
  }

  /// Makes a block a gap again and merges it with the gaps on both sides.
  void give_back(std::byte* block, size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto gap = gaps_.emplace(block, bytes).first;
    const auto next = std::next(gap);
    if (next != gaps_.end() && gap->first + gap->second == next->first) {
      gap->second += next->second;
      gaps_.erase(next);
    }
    if (gap == gaps_.begin()) return;
    const auto previous = std::prev(gap);
    if (previous->first + previous->second == gap->first) {
      previous->second += gap->second;
      gaps_.erase(gap);
    }
  }

 private:
  std::mutex mutex_;
  std::map<std::byte*, size_t> gaps_;  // sizes by where they start
};

/// Never destroyed, as static tensors may outlive it.
Arena& arena() {
  static Arena& only = *new Arena;
  return only;
}

}  // namespace

/// Deleters for arena and heap storage. Named structs, so that debuggers print their type.
struct GiveBack {
  size_t bytes;
  void operator()(float* data) const {
    arena().give_back(reinterpret_cast<std::byte*>(data), bytes);
  }
};
struct Delete {
  void operator()(float* data) const { ::operator delete(data, std::align_val_t(alignment)); }
};

std::shared_ptr<float[]> allocate(int64_t count) {
  const size_t bytes = (count * sizeof(float) + alignment - 1) / alignment * alignment;
  if (bytes >= smallest_large_block) {
    if (std::byte* block = arena().take(bytes)) {
      return {reinterpret_cast<float*>(block), GiveBack{bytes}};
    }
  }
  return {static_cast<float*>(::operator new(bytes, std::align_val_t(alignment))), Delete()};
}

}  // namespace tensor::kernels
