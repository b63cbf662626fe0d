// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <rrdp/wire/flags.hpp>
#include <rrdp/wire/layout.hpp>

/// libFuzzer's own mutations; it is there only where a fuzzer is linked that has it.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t room);

namespace rrdp::fuzz {

/// Mutates an input whose segment begins behind `prefix` octets, and three times out of four makes
/// its header one that passes the first questions: a version, flags that may stand together, ports,
/// lengths that fit. Checksums are repaired by the targets, so that a corpus means the same with
/// every fuzzer. The new size.
inline std::size_t mutate_segment(std::uint8_t* data, std::size_t size, std::size_t room,
                                  unsigned seed, std::size_t prefix) {
    constexpr std::uint8_t flags[]{0x83, 0xc3, 0x43, 0x43, 0x43, 0x63,
                                   0x63, 0x4b, 0x0b, 0x13, 0x53};
    size = LLVMFuzzerMutate(data, size, room);
    if (seed % 4 == 0 || size < prefix + wire::base_octets) return size;
    std::uint8_t* const segment = data + prefix;
    const std::size_t length = size - prefix;
    seed /= 4;
    if (seed % 4 == 0) segment[0] = flags[seed / 4 % sizeof flags];
    const std::size_t longest = length < 510 ? length / 2 : 255;
    if (segment[1] < wire::base_words || segment[1] > longest)
        segment[1] = static_cast<std::uint8_t>(wire::base_words +
                                               seed / 64 % (longest - wire::base_words + 1));
    const std::size_t data_length = (segment[0] & 0x98) != 0 ? 0 : length - 2U * segment[1];
    segment[6] = static_cast<std::uint8_t>(data_length >> 8);
    segment[7] = static_cast<std::uint8_t>(data_length);
    for (const std::size_t port : {2U, 4U})
        if (segment[port] == 0 && segment[port + 1] == 0) segment[port + 1] = 7;
    return size;
}

}  // namespace rrdp::fuzz
