// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>

#include <rrdp/adapters/faulty.hpp>

#include "adapters/packet_kit.hpp"
#include "chaos/bad_port.hpp"
#include "chaos/judged_talk.hpp"
#include "chaos/process.hpp"

namespace rrdp::chaos {

using judged_talk::book;
using judged_talk::clock_now;
using packet_kit::first;
using packet_kit::second;
using private_network::ip;

/// What a process that talks tells the one that watches, and is told; in shared memory.
struct desk {
    bool part = false;        ///< told: close what is open, and end
    std::uint64_t turns = 0;  ///< of its loop
    std::uint64_t falls = 0;  ///< of its interface, that its link saw
    std::uint64_t removals = 0;
    std::uint64_t refused = 0;   ///< frames that the kernel did not take
    std::uint64_t rebound = 0;   ///< interfaces that the link has found again
    std::uint64_t suffered = 0;  ///< frames that this process itself lost or damaged
};

/// Two processes, each a node with an interface of one veth pair, that talk without pause until
/// they are told to part, and whatever may be done to them meanwhile. Ports at which frames suffer
/// are in the kernel where that may be; otherwise the processes spoil what they receive.
template <class Link>
class two_processes {
public:
    explicit two_processes(book& all) : book_{&all}, desks_{shared<std::array<desk, 2>>()} {
        try {
            for (const std::size_t side : {0U, 1U}) ports_[side] = std::make_unique<bad_port>(side);
            attach_ports();
        } catch (const std::runtime_error& why) {
            std::printf("    (no program in the kernel here: %s)\n", why.what());
            for (auto& port : ports_) port.reset();
        }
        for (const std::size_t side : {0U, 1U}) start(side);
    }
    two_processes(const two_processes&) = delete;
    two_processes& operator=(const two_processes&) = delete;
    ~two_processes() {
        for (const std::size_t side : {0U, 1U})
            if (pids_[side] != 0) kill(side);
    }

    [[nodiscard]] static const char* interface(std::size_t side) { return side == 0 ? "v0" : "v1"; }
    [[nodiscard]] const desk& at(std::size_t side) const { return desks_[side]; }
    [[nodiscard]] const book& all() const { return *book_; }
    /// The port in the kernel; null where there is none.
    [[nodiscard]] bad_port* port(std::size_t side) { return ports_[side].get(); }
    [[nodiscard]] const char* where_frames_suffer() const {
        return ports_[0] ? "tc-bpf at the receiver" : "the receiving process";
    }

    /// To be called when the interfaces were made anew.
    void attach_ports() {
        for (const std::size_t side : {0U, 1U})
            if (ports_[side]) ports_[side]->attach(interface(side));
    }

    /// A new process for a side.
    void start(std::size_t side) {
        ++processes_[side];
        pids_[side] = begin_process([this, side] { talk(side, desks_[side]); });
    }

    /// Ends the process of a side by SIGKILL; whether that is what ended it.
    bool kill(std::size_t side) {
        ::kill(pids_[side], SIGKILL);
        int status = 0;
        ::waitpid(std::exchange(pids_[side], 0), &status, 0);
        book_->note_kill(side, processes_[side]);
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    }

    /// Stops the process of a side; whether it did stop.
    bool stop(std::size_t side) {
        ::kill(pids_[side], SIGSTOP);
        int status = 0;
        return ::waitpid(pids_[side], &status, WUNTRACED) == pids_[side] && WIFSTOPPED(status);
    }
    void go_on(std::size_t side) { ::kill(pids_[side], SIGCONT); }

    /// Waits until `done`, for ten seconds at most; whether it came to that.
    template <class Done>
    static bool wait_until(Done done) {
        const instant limit = clock_now() + std::chrono::seconds{10};
        while (!done()) {
            if (clock_now() > limit) return false;
            ::usleep(500);
        }
        return true;
    }

    /// Both ends receive `messages` more of each other, on whichever connection.
    bool progress(std::uint64_t messages) {
        const auto sums = [this] {
            std::array<std::uint64_t, 2> sum{};
            const std::uint32_t last = book_->talks;
            for (std::uint32_t i = last > 8 ? last - 8 : 1; i <= last; ++i)
                for (const std::size_t end : {0U, 1U})
                    sum[end] += book_->talk[i].ends[end].delivered;
            return sum;
        };
        auto before = sums();
        std::uint32_t newest = book_->talks;
        return wait_until([&] {
            if (newest != book_->talks) before = sums();  // another connection: from there on
            newest = book_->talks;
            const auto now = sums();
            return now[0] >= before[0] + messages && now[1] >= before[1] + messages;
        });
    }

    /// Lets both part in peace; whether they did.
    bool part() {
        for (const std::size_t side : {0U, 1U}) desks_[side].part = true;
        bool peaceful = true;
        for (const std::size_t side : {0U, 1U}) {
            int status = -1;
            const bool ended =
                wait_until([&] { return ::waitpid(pids_[side], &status, WNOHANG) != 0; });
            if (ended) pids_[side] = 0;
            peaceful = peaceful && ended && status == 0;
        }
        return peaceful;
    }

private:
    /// The weather of a process that has no port in the kernel.
    adapters::faulty_options spoiling() const {
        if (ports_[0]) return {};
        return {.receive = {.loss = 0.05, .duplicate = 0.05, .reorder = 0.05, .corrupt = 0.02}};
    }

    /// What a process does until it is told to part, or its parent has gone.
    void talk(std::size_t side, desk& mine) {
        Link link{interface(side)};
        adapters::faulty spoiled{link, processes_[side] * 2 + side, spoiling()};
        judged_talk::node node{spoiled,
                               *book_,
                               node_id{static_cast<std::uint16_t>(1 + side)},
                               node_id{static_cast<std::uint16_t>(2 - side)},
                               side == 0 ? second : first,
                               processes_[side]};
        if (!node.good()) throw std::runtime_error{"the node is not set up"};
        std::error_code before;
        while (!mine.part || node.open() != 0) {
            if (mine.part) node.close();
            const bool moved = node.turn();
            tell(mine, link, before);
            const adapters::fault_statistics& s = spoiled.received();
            mine.suffered = s.lost + s.corrupted + s.duplicated + s.reordered;
            if (moved) continue;
            pollfd ready{link.native_handle(), POLLIN, 0};
            ::poll(&ready, 1, node.rest());
        }
        // What was on its way may make the peer ask once more.
        for (const instant end = clock_now() + std::chrono::milliseconds{300}; clock_now() < end;)
            if (!node.turn()) ::usleep(500);
    }

    static void tell(desk& mine, Link& link, std::error_code& before) {
        ++mine.turns;
        const std::error_code now = link.error();
        if (now != before && now == std::errc::network_down) ++mine.falls;
        const auto is_gone = [](const std::error_code& e) {
            return e == std::errc::no_such_device || e == std::errc::no_such_device_or_address;
        };
        if (is_gone(now) && !is_gone(before)) ++mine.removals;
        before = now;
        if (mine.turns % 16 != 0) return;
        const adapters::packet_statistics s = link.statistics();
        mine.refused = s.refused;
        mine.rebound = s.rebound;
    }

    private_network::wire wire_;
    book* book_;
    std::array<desk, 2>& desks_;
    std::array<std::unique_ptr<bad_port>, 2> ports_;
    std::array<pid_t, 2> pids_{};
    std::array<std::uint64_t, 2> processes_{};
};

}  // namespace rrdp::chaos
