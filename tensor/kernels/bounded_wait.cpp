#include <cstdlib>

// How long a thread without work spins before it sleeps.
//
// An image of the tiny model is several thousand parallel regions, and at the end of each the
// threads wait for the last one. libgomp lets a waiting thread spin for milliseconds. This is right
// on an idle machine. On a busy one another program has the core of the last thread, and the spin
// takes the time that this thread needs: the image takes about ten times as long
// (tests/benchmark/busy.py). After a short spin a waiting thread costs nothing.
//
// The runtimes have no function for this, only environment variables. libgomp reads them when it is
// loaded. So this file is a library of its own, which the loader initialises before libgomp: it
// depends on nothing and comes after libgomp in the list of the kernels' libraries. The user's own
// OMP_WAIT_POLICY, GOMP_SPINCOUNT and KMP_BLOCKTIME are left as they are.

namespace {

[[gnu::constructor]] void bound_the_spin() {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  constexpr int keep = 0;                  // a value that is there already
  setenv("GOMP_SPINCOUNT", "5000", keep);  // libgomp: turns, 0.1 to 0.2 ms (300000)
  setenv("KMP_BLOCKTIME", "1", keep);      // of LLVM and Intel: milliseconds (200)
}

}  // namespace
