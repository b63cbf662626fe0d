// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>
#include <vector>

#include "bench/engines/workload.hpp"

namespace rrdp::bench {

/// The same octets, as a library in C wants them.
template <class To, class From>
[[nodiscard]] To* seen_as(From* from) noexcept {
    if constexpr (std::is_const_v<To>)
        return static_cast<To*>(static_cast<const void*>(from));
    else
        return static_cast<To*>(static_cast<void*>(from));
}

/// A row of the tables.
struct engine {
    const char* name;
    const char* what;            ///< version, integrity check, and what its API is
    std::size_t below;           ///< octets that lower headers add to each of its frames, Ethernet
                                 ///< included, so that all can be compared
    figures (*run)(const job&);  ///< null when it was not built
    const char* missing = nullptr;  ///< then: why not
    std::size_t place_octets = 0;   ///< that a connection takes of what its host obtained before
    /// The same beside that many connections that its host has room for and that are not there.
    figures (*run_beside)(const job&, std::size_t places) = nullptr;
};

/// All rows, RRDP first.
[[nodiscard]] const std::vector<engine>& engines();

// What the files of this folder contribute, those that were built.
extern const engine enet_engine, enet_unchecked_engine;
extern const engine usrsctp_engine, usrsctp_unchecked_engine;
extern const engine lwip_engine;
extern const engine ngtcp2_engine;

inline constexpr std::size_t ethernet_octets = 14, ip_octets = 20, udp_octets = 8;

}  // namespace rrdp::bench
