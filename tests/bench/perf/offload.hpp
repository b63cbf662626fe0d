// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include <rrdp/adapters/detail/unique_fd.hpp>

namespace rrdp::bench {

/// Segmentation and coalescing of an interface (TSO, GSO, GRO), off as long as this lives: each
/// packet of TCP is then a frame of its own, as they are where a card cannot do it.
class without_offload {
public:
    /// Throws where that is refused.
    explicit without_offload(std::string interface) : interface_{std::move(interface)} {
        for (std::size_t i = 0; i < features.size(); ++i) {
            before_[i] = ask(features[i].get, 0);
            ask(features[i].set, 0);
            if (ask(features[i].get, 0) != 0) refuse();
        }
    }
    without_offload(const without_offload&) = delete;
    without_offload& operator=(const without_offload&) = delete;
    ~without_offload() {
        for (std::size_t i = 0; i < features.size(); ++i) try_ask(features[i].set, before_[i]);
    }

private:
    struct feature {
        std::uint32_t get, set;
    };
    static constexpr std::array features{feature{ETHTOOL_GTSO, ETHTOOL_STSO},
                                         feature{ETHTOOL_GGSO, ETHTOOL_SGSO},
                                         feature{ETHTOOL_GGRO, ETHTOOL_SGRO}};

    [[noreturn]] void refuse() const {
        throw std::runtime_error{interface_ +
                                 ": offload cannot be switched off: " + std::strerror(errno)};
    }
    std::uint32_t ask(std::uint32_t what, std::uint32_t value) {
        const int answer = try_ask(what, value);
        if (answer < 0) refuse();
        return static_cast<std::uint32_t>(answer);
    }
    int try_ask(std::uint32_t what, std::uint32_t value) noexcept {
        const adapters::detail::unique_fd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
        ethtool_value wanted{what, value};
        ifreq request{};
        interface_.copy(request.ifr_name, IFNAMSIZ - 1);
        void* const data = &wanted;
        request.ifr_data = static_cast<char*>(data);
        if (::ioctl(fd.get(), SIOCETHTOOL, &request) != 0) return -1;
        return static_cast<int>(wanted.data);
    }

    std::string interface_;
    std::array<std::uint32_t, features.size()> before_{};
};

}  // namespace rrdp::bench
