# Linux on arm64, by Debian's cross compiler (g++-aarch64-linux-gnu). Its programs run here under
# qemu-aarch64 (qemu-user), so ctest runs the tests. scripts/arm64 finds the libraries for it.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu)
