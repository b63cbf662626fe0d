// SPDX-License-Identifier: Apache-2.0
#include "bench/engines/engines.hpp"

#include "bench/engines/rrdp_pair.hpp"

namespace rrdp::bench {
namespace {

[[maybe_unused]] engine missing(const char* name, const char* why) {
    return {name, "", 0, nullptr, why};
}

std::vector<engine> all() {
    return {
        {"rrdp", "this tree: Internet checksum, Ethernet framing, profile lan", 0,
         measure<rrdp_pair>},
        {"rrdp-inplace", "the same, messages composed in the engine's memory", 0,
         measure<rrdp_in_place_pair>},
#ifdef RRDP_HAVE_ENET
        enet_engine,
        enet_unchecked_engine,
#else
        missing("enet", "libenet-dev is not installed"),
#endif
#ifdef RRDP_HAVE_USRSCTP
        usrsctp_engine,
        usrsctp_unchecked_engine,
#else
        missing("usrsctp", "libusrsctp-dev is not installed"),
#endif
#ifdef RRDP_HAVE_LWIP
        lwip_engine,
#else
        missing("lwip", "liblwip-dev is not installed"),
#endif
#ifdef RRDP_HAVE_NGTCP2
        ngtcp2_engine,
#else
        missing("ngtcp2", "libngtcp2-dev is not installed"),
#endif
    };
}

}  // namespace

const std::vector<engine>& engines() {
    static const std::vector<engine> rows = all();
    return rows;
}

}  // namespace rrdp::bench
