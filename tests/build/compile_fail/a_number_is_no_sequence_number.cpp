// SPDX-License-Identifier: Apache-2.0
// says: conver

#include <rrdp/wire/seq16.hpp>

rrdp::wire::seq16 meant(std::uint16_t number) {
    return rrdp::wire::seq16{number};
}

#ifdef MISTAKE
rrdp::wire::seq16 slipped(std::uint16_t number) {
    return number;
}
#endif
