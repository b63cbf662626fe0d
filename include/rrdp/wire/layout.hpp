// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace rrdp::wire {

/// A field of the base header: where it begins, how long it is, both in octets, and what it is
/// called by everything that prints it.
struct field {
    std::size_t offset;
    std::size_t width;
    const char* name;

    [[nodiscard]] constexpr std::size_t end() const noexcept { return offset + width; }
};

/// Figure 4 of the paper as constants: codec, printers and documents read it from here.
///
///      0               1               2               3
///     +-+-+-+-+-+-+-+-+---------------+-------------------------------+
///     |S|A|E|R|N|0|Ver| header length |          source port          |
///     +-+-+-+-+-+-+-+-+---------------+-------------------------------+
///     |       destination port        |          data length          |
///     +-------------------------------+-------------------------------+
///     |           sequence            |        acknowledgement        |
///     +-------------------------------+-------------------------------+
///     |           checksum            |  extension words, tail, data  :
///     +-------------------------------+  -  -  -  -  -  -  -  -  -  - +
namespace layout {

inline constexpr field control{0, 1, "flags"};
inline constexpr field header_length{1, 1, "header_length"};
inline constexpr field source_port{2, 2, "source_port"};
inline constexpr field destination_port{4, 2, "destination_port"};
inline constexpr field data_length{6, 2, "data_length"};
inline constexpr field sequence{8, 2, "sequence"};
inline constexpr field acknowledgement{10, 2, "acknowledgement"};
inline constexpr field checksum{12, 2, "checksum"};

inline constexpr std::array base{control,     header_length, source_port,     destination_port,
                                 data_length, sequence,      acknowledgement, checksum};

}  // namespace layout

/// The header length counts words of two octets: seven at least, and what eight bits can say at
/// most.
inline constexpr std::size_t word_octets = 2;
inline constexpr std::size_t base_words = 7;
inline constexpr std::size_t base_octets = base_words * word_octets;
inline constexpr std::size_t header_words_max = 255;

/// What the 16 bits of the data length can say.
inline constexpr std::size_t data_length_max = 65'535;

static_assert(
    [] {
        std::size_t next = 0;
        for (const field& f : layout::base) {
            if (f.offset != next) return false;
            next = f.end();
        }
        return next == base_octets;
    }(),
    "the fields fill the base header without a gap");

}  // namespace rrdp::wire
