// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Whether a sanitizer watches: then everything takes ten times as long, and tests that run seeds
/// by the hundred run fewer.
namespace rrdp::testing {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
inline constexpr bool sanitized =
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace rrdp::testing
