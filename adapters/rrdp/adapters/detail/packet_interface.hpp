// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include <rrdp/wire/mac_address.hpp>

namespace rrdp::adapters::detail {

/// What the kernel says of a network interface.
struct interface_report {
    int index = 0;
    bool ethernet = false;
    bool running = false;         ///< switched on, and with a carrier
    wire::mac_address address{};  ///< of an Ethernet interface
    std::size_t mtu = 0;          ///< octets, without the Ethernet header
};

/// Asks for the interface `name` through a socket of any kind: four system calls, none of which
/// waits. Nothing, and `errno`, when there is none.
[[nodiscard]] inline std::optional<interface_report> report_on(int fd, const char* name) noexcept {
    ifreq request{};
    if (std::strlen(name) >= IFNAMSIZ) {
        errno = ENODEV;
        return std::nullopt;
    }
    std::memcpy(request.ifr_name, name, std::strlen(name));
    interface_report report;
    if (::ioctl(fd, SIOCGIFINDEX, &request) != 0) return std::nullopt;
    report.index = request.ifr_ifindex;
    if (::ioctl(fd, SIOCGIFHWADDR, &request) != 0) return std::nullopt;
    report.ethernet = request.ifr_hwaddr.sa_family == ARPHRD_ETHER;
    std::memcpy(report.address.octets.data(), request.ifr_hwaddr.sa_data, 6);
    if (::ioctl(fd, SIOCGIFMTU, &request) != 0) return std::nullopt;
    report.mtu = static_cast<std::size_t>(request.ifr_mtu);
    if (::ioctl(fd, SIOCGIFFLAGS, &request) != 0) return std::nullopt;
    constexpr int usable = IFF_UP | IFF_RUNNING;
    report.running = (request.ifr_flags & usable) == usable;
    return report;
}

/// The same for the interface that has `index`, whatever its name is by now.
[[nodiscard]] inline std::optional<interface_report> report_on(int fd, int index) noexcept {
    ifreq request{};
    request.ifr_ifindex = index;
    if (::ioctl(fd, SIOCGIFNAME, &request) != 0) return std::nullopt;
    return report_on(fd, request.ifr_name);
}

}  // namespace rrdp::adapters::detail
