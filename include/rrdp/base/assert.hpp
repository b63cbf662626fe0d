// SPDX-License-Identifier: Apache-2.0
#pragma once

/// RRDP_ASSERT(condition) stops the program where one of *our* invariants is broken. It is never
/// used for a peer's octets (dropped and counted) nor for a caller's mistake (an error value).
///
/// On unless NDEBUG is defined; `RRDP_ASSERT` may be defined beforehand to report in another way.
#ifndef RRDP_ASSERT
#ifdef NDEBUG
#define RRDP_ASSERT(condition) static_cast<void>(sizeof(!(condition)))
#else
#define RRDP_ASSERT(condition) \
    ((condition) ? static_cast<void>(0) : ::rrdp::detail::broken_invariant())
#endif
#endif

namespace rrdp::detail {

/// Not constexpr on purpose: in a constant expression a broken invariant is a compile error.
[[noreturn]] inline void broken_invariant() noexcept {  // never run: it ends the program
    __builtin_trap();                                   // never run: it ends the program
}  // never run: it ends the program

}  // namespace rrdp::detail
