// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chaos/two_processes.hpp"

namespace rrdp::chaos {

/// What may be done to two processes that talk.
enum class strike : std::uint8_t { flap, removal, mtu, kill, pause, weather, blackhole, rate };
inline constexpr std::array<const char*, 8> strike_names{
    "flaps", "removals", "mtus", "kills", "pauses", "weather", "blackholes", "rates"};

/// A strike that has happened.
struct stricken {
    bool happened = false;  ///< and was seen to
    bool must_end = false;  ///< what was being said cannot have survived it
};

/// Strikes, one after the other. `turn` is how many of the kind there were before: sides take
/// turns, and so do short and long ones.
template <class Link>
class striker {
public:
    explicit striker(two_processes<Link>& both) : both_{&both} {}

    /// Whether that can be done here.
    [[nodiscard]] bool can(strike what) {
        if (what == strike::blackhole) return both_->port(0) != nullptr;
        if (what == strike::rate) return has_tbf();
        return true;
    }

    stricken operator()(strike what, std::uint64_t turn) {
        const std::size_t side = turn % 2;
        switch (what) {
            case strike::flap: return {flap(side, turn)};
            case strike::removal: return {remove(turn)};
            case strike::mtu: return change_mtu(turn);
            case strike::kill: return {kill(side, turn), true};
            case strike::pause: return {pause(side, turn), is_long(turn)};
            case strike::weather: return {spoil(turn)};
            case strike::blackhole: return {swallow(turn), is_long(turn)};
            case strike::rate: return {slow_down(side)};
        }
        return {};
    }

private:
    static constexpr std::uint64_t all_of_them = 1 << 16;

    /// Every fourth time two at a time are long: one for each side.
    static bool is_long(std::uint64_t turn) { return turn % 4 >= 2; }
    static void sleep(duration time) {
        ::usleep(static_cast<useconds_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(time).count()));
    }
    /// Longer than a node is patient, or much shorter.
    static void some_time(std::uint64_t turn) {
        using std::chrono::milliseconds;
        sleep(is_long(turn) ? judged_talk::give_up * 3 / 2
                            : duration{milliseconds{5 + turn * 7 % 100}});
    }
    static std::string dev(std::size_t side) { return two_processes<Link>::interface(side); }
    const desk& at(std::size_t side) const { return both_->at(side); }

    bool flap(std::size_t side, std::uint64_t turn) {
        const std::uint64_t before = at(side).falls;
        if (!ip("link set " + dev(side) + " down")) return false;
        const bool seen = both_->wait_until([&] { return at(side).falls > before; });
        sleep(std::chrono::milliseconds{turn % 8});
        return ip("link set " + dev(side) + " up") && seen;
    }

    bool remove(std::uint64_t turn) {
        const std::array before{at(0), at(1)};
        if (!ip("link delete v0")) return false;
        const auto both = [&](std::uint64_t desk::*count) {
            return both_->wait_until([&, count] {
                return at(0).*count > before[0].*count && at(1).*count > before[1].*count;
            });
        };
        const bool seen = both(&desk::removals);
        sleep(std::chrono::milliseconds{turn % 8});
        const std::string other = turn % 3 == 2 ? "02:00:00:00:00:55" : "02:00:00:00:00:02";
        const bool made =
            ip("link add v0 address 02:00:00:00:00:01 type veth peer name v1 address " + other) &&
            ip("link set v0 up") && ip("link set v1 up");
        if (made) both_->attach_ports();
        const bool found = seen && made && both(&desk::rebound) && both_->progress(3);
        // A process that begins later takes the address that it finds.
        return ip("link set v1 address 02:00:00:00:00:02") && found;
    }

    /// In the middle of what is sent: frames that are too long now are refused. Both interfaces
    /// get it, and get it back.
    stricken change_mtu(std::uint64_t turn) {
        constexpr std::array mtus{"700", "9000", "1400", "2000", "500"};
        const std::string mtu = mtus[turn % mtus.size()];
        const bool smaller = std::stoi(mtu) < 1'500;
        const std::uint64_t before = at(0).refused + at(1).refused;
        const auto set = [](const std::string& size) {
            return ip("link set v0 mtu " + size) && ip("link set v1 mtu " + size);
        };
        const auto refuse = [&] { return at(0).refused + at(1).refused > before; };
        bool seen = set(mtu);
        seen = (smaller ? both_->wait_until(refuse) : both_->progress(3)) && seen;
        const bool lengthy = smaller && is_long(turn);
        if (lengthy) some_time(turn);
        return {set("1500") && seen, lengthy};
    }

    bool kill(std::size_t side, std::uint64_t turn) {
        const bool killed = both_->kill(side);
        if (turn % 4 == 3) sleep(std::chrono::milliseconds{10});  // with nobody there
        both_->start(side);
        return killed;
    }

    bool pause(std::size_t side, std::uint64_t turn) {
        const bool stopped = both_->stop(side);
        const std::uint64_t before = at(side).turns;
        some_time(turn);
        const bool still = at(side).turns == before;
        both_->go_on(side);
        return stopped && still;
    }

    bool spoil(std::uint64_t turn) {
        if (both_->port(0) == nullptr) return spoil_without_kernel();
        const bool bad = is_long(turn);
        const port_faults faults{.loss = bad ? all_of_them / 2 : all_of_them / 10,
                                 .corrupt = all_of_them / 10,
                                 .duplicate = all_of_them / 10,
                                 .late = all_of_them / 10};
        const auto had = [this](std::size_t side) { return both_->port(side)->seen(); };
        const std::array before{had(0), had(1)};
        for (const std::size_t side : {0U, 1U}) both_->port(side)->set(faults);
        const auto all = [&](std::size_t side) {
            const port_weather now = had(side), &then = before[side];
            return now.lost > then.lost && now.corrupted > then.corrupted &&
                   now.exchanged > then.exchanged && now.duplicated > then.duplicated &&
                   now.delayed > then.delayed;
        };
        const bool moved = both_->progress(bad ? 10 : 50);
        const bool seen = both_->wait_until([&] { return all(0) && all(1); });
        for (const std::size_t side : {0U, 1U}) both_->port(side)->set({});
        return moved && seen;
    }
    bool spoil_without_kernel() {
        const std::array before{at(0).suffered, at(1).suffered};
        return both_->progress(50) && both_->wait_until([&] {
            return at(0).suffered > before[0] && at(1).suffered > before[1];
        });
    }

    bool swallow(std::uint64_t turn) {
        const auto lost = [this](std::size_t side) { return both_->port(side)->seen().lost; };
        const std::array before{lost(0), lost(1)};
        for (const std::size_t side : {0U, 1U}) both_->port(side)->set({.loss = all_of_them});
        const bool seen =
            both_->wait_until([&] { return lost(0) > before[0] && lost(1) > before[1]; });
        some_time(turn);
        for (const std::size_t side : {0U, 1U}) both_->port(side)->set({});
        return seen;
    }

    /// A queue before a rate, soon full: then the kernel refuses what is sent.
    bool slow_down(std::size_t side) {
        const std::uint64_t before = at(side).refused;
        if (!limit(side)) return false;
        const bool seen = both_->wait_until([&] { return at(side).refused > before; });
        const bool moved = both_->progress(3);
        return tc("del dev " + dev(side) + " root") && seen && moved;
    }
    static bool tc(const std::string& rest) {
        return std::system(("tc qdisc " + rest + " 2>/dev/null").c_str()) == 0;
    }
    static bool limit(std::size_t side) {
        return tc("add dev " + dev(side) + " root tbf rate 20mbit burst 6000 limit 12000");
    }
    static bool has_tbf() { return limit(0) && tc("del dev " + dev(0) + " root"); }

    two_processes<Link>* both_;
};

}  // namespace rrdp::chaos
