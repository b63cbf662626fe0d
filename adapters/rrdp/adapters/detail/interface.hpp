// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include <rrdp/adapters/detail/unique_fd.hpp>
#include <rrdp/adapters/packet_options.hpp>
#include <rrdp/link/properties.hpp>

namespace rrdp::adapters::detail {

/// An Ethernet interface by its name, what it is, and the trouble with it that is not over yet.
///
/// The name outlives the interface: one that is made anew under it is another one to the kernel,
/// and `find` finds it.
class interface {
public:
    /// Throws std::system_error with one line that names what is missing.
    explicit interface(const char* name) : name_{name}, index_{::if_nametoindex(name)} {
        if (index_ == 0) fail("no such network interface");
        control_ = unique_fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
        if (!control_) fail("cannot open a socket to ask for the interface");
        if (!read(properties_)) fail("cannot read address and MTU");
        if (!is_ethernet_) refuse("not an Ethernet interface");
        if (properties_.max_frame < wire::ethernet_framing::frame_min)
            refuse("the MTU is too small for an Ethernet frame");
    }

    [[nodiscard]] unsigned index() const noexcept { return index_; }

    /// MTU and address as they were at construction.
    [[nodiscard]] const link_properties& properties() const noexcept { return properties_; }

    /// The trouble that is not over yet; `passed` ends it.
    [[nodiscard]] std::error_code error() const noexcept { return error_; }
    void failed(std::error_code error) noexcept { error_ = error; }
    void failed(int number) noexcept { error_.assign(number, std::generic_category()); }
    void passed() noexcept {
        if (error_) error_.clear();
    }

    /// Looks for the interface that has the name now. False, and `error` says why, when there is
    /// none, or its address is not the one that was promised.
    bool find() noexcept {
        const unsigned index = ::if_nametoindex(name_.c_str());
        link_properties now;
        if (index == 0 || !read(now)) {
            failed(ENODEV);
            return false;
        }
        if (now.address != properties_.address) {
            failed(EADDRNOTAVAIL);
            return false;
        }
        index_ = index;
        return true;
    }

    /// Asks the kernel how the interface is (a few system calls).
    [[nodiscard]] interface_state state() const noexcept {
        ifreq request{};
        request.ifr_ifindex = static_cast<int>(index_);
        if (::ioctl(control_.get(), SIOCGIFNAME, &request) != 0 ||
            ::ioctl(control_.get(), SIOCGIFFLAGS, &request) != 0)
            return interface_state::removed;
        const bool running =
            (request.ifr_flags & IFF_UP) != 0 && (request.ifr_flags & IFF_RUNNING) != 0;
        return running ? interface_state::up : interface_state::down;
    }

    /// Throws std::system_error for the current `errno`, naming the interface.
    [[noreturn]] void fail(const std::string& what) const {
        throw std::system_error{errno, std::generic_category(), name_ + ": " + what};
    }
    /// Throws std::system_error for what the caller asked for.
    [[noreturn]] void refuse(const std::string& what) const {
        errno = EINVAL;
        fail(what);
    }

private:
    bool read(link_properties& into) noexcept {
        ifreq request{};
        std::strncpy(request.ifr_name, name_.c_str(), IFNAMSIZ - 1);
        if (::ioctl(control_.get(), SIOCGIFHWADDR, &request) != 0) return false;
        is_ethernet_ = request.ifr_hwaddr.sa_family == ARPHRD_ETHER;
        std::memcpy(into.address.octets.data(), request.ifr_hwaddr.sa_data, 6);
        if (::ioctl(control_.get(), SIOCGIFMTU, &request) != 0) return false;
        into.max_frame =
            static_cast<std::size_t>(request.ifr_mtu) + wire::ethernet_framing::overhead;
        return true;
    }

    std::string name_;
    unsigned index_;
    unique_fd control_;
    link_properties properties_{};
    bool is_ethernet_ = false;
    std::error_code error_;
};

}  // namespace rrdp::adapters::detail
