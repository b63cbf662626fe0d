// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace rrdp::wire {

/// Why a frame is not a segment, or not one of this connection: one reason per frame, in the order
/// in which the checks are made.
enum class wire_errc : std::uint8_t {
    short_frame,        ///< step 1: fewer octets than a base header
    bad_version,        ///< step 2: not version 3
    bad_zero_bit,       ///< step 3: the unused bit is set
    bad_header_length,  ///< step 4: less than seven words, or past the end of the frame
    bad_data_length,    ///< step 5: the data pass the end of the frame
    bad_flags,          ///< step 6: a flag set that has no meaning, or data where none may be
    bad_port,           ///< step 7: port 0
    bad_syn,            ///< step 8: a malformed SYN (R-5.3)
    bad_checksum,       ///< step 11
    bad_extension,      ///< step 12b: the header does not fit what was agreed (R-3.8, R-3.19)
    bad_tag,            ///< step 12c: meant for another incarnation (R-3.3, R-3.20)
    bad_crc,            ///< step 12d: the data are damaged
    bad_bundle,         ///< its data are not the messages that it counts (R-3.32)
    nr_malformed,       ///< node resolution: not a frame of it (R-15.2)
    nr_foreign,         ///< node resolution: of another cluster, or not from where it says (R-15.2)
};

/// The name of the counter that goes with a reason (specification, 2.2 and 15).
[[nodiscard]] constexpr const char* name(wire_errc reason) noexcept {
    switch (reason) {
        case wire_errc::short_frame: return "short_frame";
        case wire_errc::bad_version: return "bad_version";
        case wire_errc::bad_zero_bit: return "bad_zero_bit";
        case wire_errc::bad_header_length: return "bad_header_length";
        case wire_errc::bad_data_length: return "bad_data_length";
        case wire_errc::bad_flags: return "bad_flags";
        case wire_errc::bad_port: return "bad_port";
        case wire_errc::bad_syn: return "bad_syn";
        case wire_errc::bad_checksum: return "bad_checksum";
        case wire_errc::bad_extension: return "bad_extension";
        case wire_errc::bad_tag: return "bad_tag";
        case wire_errc::bad_crc: return "bad_crc";
        case wire_errc::bad_bundle: return "bad_bundle";
        case wire_errc::nr_malformed: return "nr_malformed";
        case wire_errc::nr_foreign: return "nr_foreign";
    }
    return "unknown";
}

}  // namespace rrdp::wire
