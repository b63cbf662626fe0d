// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <rrdp/base/endian.hpp>
#include <rrdp/base/octets.hpp>

namespace rrdp::wire::detail {

/// Advances the register by as many groups of eight octets as `data` begins with, which are taken
/// off: by the processor's own instruction, where the program is compiled for one that has it.
inline std::uint32_t crc32c_by_eights(std::uint32_t crc, octets_view& data) noexcept {
#if defined(__SSE4_2__) && defined(__x86_64__)
    std::uint64_t state = crc;
    for (; data.size() >= 8; data = data.subspan(8))
        state = __builtin_ia32_crc32di(state, load_raw<std::uint64_t>(data, 0));
    return static_cast<std::uint32_t>(state);
#else
    static_cast<void>(data);
    return crc;
#endif
}

}  // namespace rrdp::wire::detail
