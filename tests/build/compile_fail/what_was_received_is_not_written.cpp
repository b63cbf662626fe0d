// SPDX-License-Identifier: Apache-2.0
// says: (?i)no (matching|viable)|cannot convert|could not convert

#include <rrdp/base/endian.hpp>

std::uint16_t read(rrdp::octets_view received) {
    return rrdp::load_be16(received, 0);
}

#ifdef MISTAKE
void write(rrdp::octets_view received) {
    rrdp::store_be16(received, 0, 1);
}
#endif
