// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>

#include "adapters/private_network.hpp"

namespace rrdp::bench {

/// There is no right to make a network, or no second processor: nothing can be measured.
struct no_network : std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline void pin(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(cpu), &set);
    ::sched_setaffinity(0, sizeof set, &set);
}

/// Two processes with a network each, joined by v0 (here) and v1 (the child), and a line to agree
/// on what is measured next. The networks end with the processes.
class two_hosts {
public:
    two_hosts() {
        if (::sysconf(_SC_NPROCESSORS_ONLN) < 2) throw no_network{"there is one processor only"};
        if (const std::string why = private_network::enter(); !why.empty()) throw no_network{why};
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, line_.data()) != 0)
            throw no_network{"no socket pair"};
        child_ = ::fork();
        if (child_ < 0) throw no_network{"cannot fork"};
        child_ == 0 ? become_far() : become_near();
    }
    two_hosts(const two_hosts&) = delete;
    two_hosts& operator=(const two_hosts&) = delete;
    ~two_hosts() { end(); }

    [[nodiscard]] bool is_child() const { return child_ == 0; }

    // ---- near end
    void ask(std::size_t row) { send(std::to_string(row)); }
    /// Waits until the far end is open; throws what it says if it cannot be.
    void wait_until_ready() {
        const std::string said = receive();
        if (said != "ready") throw std::runtime_error{said};
    }
    /// What the far end says of a row that is given up here.
    void wait_until_served() {
        pollfd ready{line_[0], POLLIN, 0};
        while (::poll(&ready, 1, 100) > 0)
            if (receive().empty()) return;
    }
    void end() {
        if (child_ <= 0) return;
        ::close(line_[0]);
        ::kill(child_, SIGTERM);
        ::waitpid(child_, nullptr, 0);
        child_ = -1;
    }

    // ---- far end
    /// The next row to serve; false at the end.
    bool hear(std::size_t& row) {
        const std::string said = receive();
        if (said.empty()) return false;
        row = std::stoul(said);
        return true;
    }
    void tell_ready(const std::string& what = "ready") { send(what); }

private:
    void become_far() {
        ::close(line_[0]);
        line_[0] = line_[1];
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::unshare(CLONE_NEWNET) != 0) throw no_network{"no second network"};
        tell_ready();
        if (receive() != "wired") throw no_network{"no wire"};
        private_network::ip("link set lo up");
        private_network::ip("address add 10.77.0.2/24 dev v1");
        if (!private_network::ip("link set v1 up")) throw no_network{"v1 does not come up"};
        tell_ready();
    }
    void become_near() {
        ::close(line_[1]);
        wait_until_ready();
        const bool made = private_network::ip(
                              "link add v0 address 02:00:00:00:00:01 type veth peer name v1 "
                              "address 02:00:00:00:00:02") &&
                          private_network::ip("link set v1 netns " + std::to_string(child_));
        private_network::ip("link set lo up");
        private_network::ip("address add 10.77.0.1/24 dev v0");
        if (!made || !private_network::ip("link set v0 up")) throw no_network{"no veth"};
        send("wired");
        wait_until_ready();
        ::usleep(300'000);  // the carrier
    }

    void send(const std::string& text) {
        static_cast<void>(::send(line_[0], text.data(), text.size(), MSG_NOSIGNAL));
    }
    std::string receive() {
        std::array<char, 512> text{};
        const auto size = ::recv(line_[0], text.data(), text.size(), 0);
        return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string{};
    }

    std::array<int, 2> line_{-1, -1};
    pid_t child_ = -1;
};

}  // namespace rrdp::bench
