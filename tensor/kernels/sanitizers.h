#pragma once

namespace tensor::kernels {

/// Whether this file is compiled for AddressSanitizer or for ThreadSanitizer. g++ defines a macro,
/// clang has a feature.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool has_address_sanitizer = true, has_thread_sanitizer = false;
#elif defined(__SANITIZE_THREAD__)
inline constexpr bool has_address_sanitizer = false, has_thread_sanitizer = true;
#elif defined(__clang__)
inline constexpr bool has_address_sanitizer = __has_feature(address_sanitizer);
inline constexpr bool has_thread_sanitizer = __has_feature(thread_sanitizer);
#else
inline constexpr bool has_address_sanitizer = false, has_thread_sanitizer = false;
#endif

}  // namespace tensor::kernels
