// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

/// A network of this process alone: nothing in it is seen outside, and it ends with the process.
namespace private_network {

/// Runs ip(8) with these arguments; whether it succeeded.
inline bool ip(const std::string& arguments) {
    return std::system(("ip " + arguments + " 2>/dev/null").c_str()) == 0;
}

inline bool write_file(const char* path, const std::string& text) {
    const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const auto written = ::write(fd, text.data(), text.size());
    ::close(fd);
    return written == static_cast<ssize_t>(text.size());
}

/// Moves this process, which must have one thread, into a network namespace of its own: as root,
/// otherwise as root of a user namespace of its own. Answers what stands in the way, or nothing.
inline std::string enter() {
    if (std::system("ip -V >/dev/null 2>&1") != 0) return "ip(8) is not installed";
    if (::unshare(CLONE_NEWNET) != 0) {
        const auto user = std::to_string(::getuid());
        const auto group = std::to_string(::getgid());
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
            return std::string{"no right to make a network namespace: "} + std::strerror(errno);
        write_file("/proc/self/setgroups", "deny");
        if (!write_file("/proc/self/uid_map", "0 " + user + " 1") ||
            !write_file("/proc/self/gid_map", "0 " + group + " 1"))
            return "no right to map users into a user namespace";
    }
    if (!ip("link add name probe0 type veth peer name probe1")) return "the kernel has no veth";
    ip("link delete probe0");
    return {};
}

/// Waits until the interface is up with a carrier, which the kernel notices a moment after it was
/// switched on, and until then drops what is sent; whether it came to that.
inline bool comes_up(const char* name) {
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    bool running = false;
    for (int look = 0; look < 3'000 && !running; ++look) {
        if (look != 0) ::usleep(1'000);
        running =
            ::ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_RUNNING) != 0;
    }
    ::close(fd);
    return running;
}

/// Two interfaces, v0 and v1, joined by a wire, up.
class wire {
public:
    explicit wire(int mtu = 1'500) {
        const auto frame_max = std::to_string(mtu);
        good_ = ip("link add v0 mtu " + frame_max +
                   " address 02:00:00:00:00:01 type veth peer"
                   " name v1 mtu " +
                   frame_max + " address 02:00:00:00:00:02") &&
                ip("link set v0 up") && ip("link set v1 up") && comes_up("v0") && comes_up("v1");
    }
    wire(const wire&) = delete;
    wire& operator=(const wire&) = delete;
    ~wire() { remove(); }

    [[nodiscard]] bool good() const { return good_; }
    void remove() { ip("link delete v0"); }

private:
    bool good_ = false;
};

}  // namespace private_network
