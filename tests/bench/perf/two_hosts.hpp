// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "adapters/private_network.hpp"
#include "line.hpp"
#include "place.hpp"

namespace rrdp::bench {

/// Two processes with a network each, joined by a veth pair, v0 (here) and v1 (the child), and a
/// line to agree on what is measured next. The networks end with the processes. Without the right
/// to make networks there are two processes on loopback, and `place::why_no_interface` says why.
class two_hosts {
public:
    explicit two_hosts(std::size_t mtu) {
        here_.mtu = mtu;
        here_.name = "rrdp-perf-" + std::to_string(::getpid());
        here_.why_no_interface = private_network::enter();
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
            throw std::runtime_error{"no socket pair"};
        adapters::detail::unique_fd near{ends[0]};
        adapters::detail::unique_fd far{ends[1]};
        child_ = ::fork();
        if (child_ < 0) throw std::runtime_error{"cannot fork"};
        line_ = line{std::move(child_ == 0 ? far : near)};
        is_child() ? become_far() : become_near();
    }
    two_hosts(const two_hosts&) = delete;
    two_hosts& operator=(const two_hosts&) = delete;
    ~two_hosts() { end(); }

    [[nodiscard]] bool is_child() const { return child_ == 0; }
    [[nodiscard]] line& other() { return line_; }
    [[nodiscard]] const place& here() const { return here_; }

    void end() {
        if (child_ <= 0) return;
        line_ = {};
        ::kill(child_, SIGTERM);
        ::waitpid(child_, nullptr, 0);
        child_ = -1;
    }

private:
    static constexpr std::uint32_t near_ip = 0x0a4d'0001, far_ip = 0x0a4d'0002;

    /// Whether the veth is to be had; both ends ask at the same places.
    [[nodiscard]] bool networked() const { return here_.why_no_interface.empty(); }
    void agree(bool good) {
        line_.say(good ? "good" : "bad");
        const auto said = line_.hear(std::chrono::seconds{10});
        if (!good || said != "good") here_.why_no_interface = "no veth pair could be made";
    }

    void become_far() {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        here_.end = side::far;
        if (networked()) agree(::unshare(CLONE_NEWNET) == 0);  // v1 can be moved
        if (networked()) agree(true);                          // v1 is here
        if (networked()) agree(up("v1", "10.77.0.2"));
        settle("v1");
    }
    void become_near() {
        if (networked()) agree(true);
        if (networked()) agree(make_wire());
        if (networked()) agree(up("v0", "10.77.0.1"));
        settle("v0");
    }
    bool make_wire() {
        const std::string mtu = " mtu " + std::to_string(here_.mtu);
        return private_network::ip("link add v0" + mtu +
                                   " address 02:00:00:00:00:01 type veth peer name v1" + mtu +
                                   " address 02:00:00:00:00:02") &&
               private_network::ip("link set v1 netns " + std::to_string(child_));
    }
    static bool up(const char* name, const char* address) {
        private_network::ip("link set lo up");
        return private_network::ip(std::string{"address add "} + address + "/24 dev " + name) &&
               private_network::ip(std::string{"link set "} + name + " up") &&
               private_network::comes_up(name);
    }
    void settle(const char* interface) {
        const bool near = here_.near();
        if (networked()) {
            here_.interface = interface;
            here_.own = {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(near ? 1 : 2)}};
            here_.peer = {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(near ? 2 : 1)}};
            here_.own_ip = near ? near_ip : far_ip;
            here_.peer_ip = near ? far_ip : near_ip;
        }
        here_.own_udp = udp_at(here_.own_ip, near);
        here_.peer_udp = udp_at(here_.peer_ip, !near);
    }
    static framings::udp4::address udp_at(std::uint32_t ip, bool near) {
        const auto octet = [ip](int shift) { return static_cast<std::uint8_t>(ip >> shift); };
        return {{{octet(24), octet(16), octet(8), octet(0)}},
                static_cast<std::uint16_t>(near ? 50'031 : 50'027)};
    }

    place here_;
    line line_;
    pid_t child_ = -1;
};

}  // namespace rrdp::bench
