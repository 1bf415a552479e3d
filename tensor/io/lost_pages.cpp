#include "tensor/io/lost_pages.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <mutex>

namespace tensor::io {

/// The entry of a range in the list that the handler walks through. Entries are used again and
/// never freed, so the handler needs no lock.
struct WatchedSlot {
  std::atomic<bool> is_taken = true;
  std::atomic<uintptr_t> begin = UINTPTR_MAX;  // no range: above every address
  std::atomic<uintptr_t> end = 0;              // of the last page
  std::atomic<bool> is_lost = false;
  WatchedSlot* next = nullptr;
};

namespace {

std::atomic<WatchedSlot*> first_slot = nullptr;
std::atomic<bool> any_lost = false;
static_assert(std::atomic<WatchedSlot*>::is_always_lock_free);
static_assert(std::atomic<uintptr_t>::is_always_lock_free);

uintptr_t page_size = 4096;
struct sigaction previous {};

/// The slot of the range that holds an address, or null.
WatchedSlot* find_slot(uintptr_t address) {
  for (WatchedSlot* slot = first_slot; slot; slot = slot->next) {
    if (slot->begin <= address && address < slot->end) return slot;
  }
  return nullptr;
}

/// Maps zeros from the page of an address to the end of its range. A thread that reads another lost
/// page at this moment does the same, which is harmless. The rest of the file may be there, but
/// the run is in vain, and one page at a time would take a signal for each.
bool replace_by_zeros(uintptr_t address) {
  WatchedSlot* slot = find_slot(address);
  if (!slot) return false;
  const uintptr_t page = address / page_size * page_size;
  const void* zeros = mmap(reinterpret_cast<void*>(page), slot->end - page, PROT_READ,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  if (zeros == MAP_FAILED) return false;
  slot->is_lost = true;
  any_lost = true;
  return true;
}

/// Calls nothing but mmap and sigaction, which are plain system calls.
void on_sigbus(int number, siginfo_t* info, void* context) {
  const int error = errno;
  const bool is_mended = replace_by_zeros(reinterpret_cast<uintptr_t>(info->si_addr));
  errno = error;
  if (is_mended) return;
  if (previous.sa_flags & SA_SIGINFO) return previous.sa_sigaction(number, info, context);
  if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    return previous.sa_handler(number);
  }
  sigaction(SIGBUS, &previous, nullptr);  // the read is repeated, and ends the program
  if (info->si_code <= 0) raise(SIGBUS);  // it was sent by a program: nothing is repeated
}

void install_handler() {
  page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  struct sigaction action {};
  action.sa_sigaction = on_sigbus;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGBUS, &action, &previous);
}

/// A free slot of the list, or a new one.
WatchedSlot* take_slot() {
  for (WatchedSlot* slot = first_slot; slot; slot = slot->next) {
    if (!slot->is_taken.exchange(true)) return slot;
  }
  auto* slot = new WatchedSlot;
  slot->next = first_slot;
  while (!first_slot.compare_exchange_weak(slot->next, slot)) {
  }
  return slot;
}

}  // namespace

WatchedRange::WatchedRange() : slot_(take_slot()) {
  static std::once_flag once;
  std::call_once(once, install_handler);
}

void WatchedRange::watch(std::span<const char> bytes) {
  const auto begin = reinterpret_cast<uintptr_t>(bytes.data());
  slot_->is_lost = false;
  slot_->end = (begin + bytes.size() + page_size - 1) / page_size * page_size;
  slot_->begin = begin;
}

WatchedRange::~WatchedRange() {
  slot_->begin = UINTPTR_MAX;  // above every address; the handler reads `begin` first
  slot_->end = 0;
  slot_->is_taken = false;
}

bool WatchedRange::is_lost() const { return slot_->is_lost; }

bool are_pages_lost() { return any_lost; }

}  // namespace tensor::io
