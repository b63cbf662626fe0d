// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <rrdp/base/octets.hpp>
#include <rrdp/base/time.hpp>

#include "bench/engines/heap.hpp"
#include "bench/engines/stopwatch.hpp"
#include "bench/engines/wire.hpp"

namespace rrdp::bench {

/// In which order messages go.
enum class pattern : std::uint8_t {
    ping_pong,  ///< one there, one back
    stream,     ///< 32 are handed over, then may leave: an engine may put several into a frame
    singles,    ///< 32, but each may leave before the next is handed over
};

inline constexpr std::array<const char*, 3> pattern_names{"ping-pong", "stream", "singles"};

/// What is asked of an engine.
struct job {
    pattern how = pattern::ping_pong;
    std::size_t size = 32;        ///< octets of a message
    std::uint64_t count = 1'000;  ///< messages, both ways together
};

/// What it took; from `ns` on from the first message after the warm-up to the last.
struct figures {
    std::uint64_t connect_allocations = 0;  ///< to open the connection, both ends
    std::int64_t connect_octets = 0;        ///< of the heap that the open connection holds, so too
    std::uint64_t warm_up_allocations = 0;
    double ns = 0;
    std::uint64_t messages = 0;
    std::uint64_t allocations = 0;
    std::uint64_t frames = 0;
    std::uint64_t octets = 0;  ///< in these frames, as the engine wrote them
    std::uint64_t stalls = 0;  ///< turns in which nothing moved, so that the clock had to
};

/// The longest message of the suite, and the payload of Ethernet that carries messages of a size.
inline constexpr std::size_t message_max = 8'900;
[[nodiscard]] constexpr std::size_t mtu_for(std::size_t size) noexcept {
    return size <= 1'400 ? 1'500 : 9'000;
}

/// Two ends of one transport and the wire between them, in one thread, in virtual time. Reliable
/// and in order; a byte stream counts a message when all of its octets are there.
///
/// `send` accepts a message, copying it where the engine does not, or refuses it for now; `flush`
/// writes what may leave now; `receive` takes in all frames that wait, looks at the messages in
/// them and answers how many; `advance` lets time pass and runs the timers that are due. A pair is
/// made for messages of one size; `connect` opens its connection, and both throw what prevents it.
template <class P>
concept engine_pair = std::constructible_from<P, std::size_t> &&
    requires(P& p, side s, octets_view message, duration d) {
    p.connect();
    { p.send(s, message) } -> std::same_as<bool>;
    p.flush(s);
    { p.receive(s) } -> std::same_as<std::uint64_t>;
    p.advance(d);
    { p.wires() } -> std::same_as<wire_pair&>;
};

inline constexpr std::uint64_t burst = 32;
inline constexpr std::uint64_t warm_up = 1'024;
inline constexpr duration hop = std::chrono::microseconds{5};

/// A run of one workload over a pair.
template <engine_pair Pair>
class runner {
public:
    runner(Pair& pair, const job& j) : pair_{pair}, job_{j}, message_(j.size) {
        for (std::size_t i = 0; i < message_.size(); ++i)
            message_[i] = static_cast<std::byte>(i * 7 + 1);
    }

    /// Throws when nothing moves any more.
    void run(std::uint64_t count) {
        if (job_.how == pattern::ping_pong)
            ping_pong(count);
        else
            stream(count);
    }
    [[nodiscard]] std::uint64_t stalls() const noexcept { return stalls_; }

private:
    void ping_pong(std::uint64_t count) {
        side from = side::a;
        for (std::uint64_t i = 0; i < count; ++i, from = other(from)) {
            while (!pair_.send(from, message_)) stall();
            pair_.flush(from);
            pair_.advance(hop);
            while (pair_.receive(other(from)) == 0) carry_back(from);
        }
    }

    /// A message is not complete yet: what has come so far may have to be acknowledged.
    void carry_back(side from) {
        const std::uint64_t before = pair_.wires().frames();
        pair_.flush(other(from));
        pair_.advance(hop);
        static_cast<void>(pair_.receive(from));
        pair_.flush(from);
        pair_.advance(hop);
        if (pair_.wires().frames() == before) stall();
    }

    void stream(std::uint64_t count) {
        std::uint64_t sent = 0;
        for (std::uint64_t got = 0; got < count;) {
            const std::uint64_t before = sent + got;
            const std::uint64_t last = std::min({count, sent + burst, got + 2 * burst});
            while (sent < last && pair_.send(side::a, message_)) {
                ++sent;
                if (job_.how == pattern::singles) pair_.flush(side::a);
            }
            pair_.flush(side::a);
            pair_.advance(hop);
            got += pair_.receive(side::b);
            pair_.flush(side::b);
            pair_.advance(hop);
            static_cast<void>(pair_.receive(side::a));
            if (sent + got == before) stall();
        }
    }

    /// Something waits for a timer.
    void stall() {
        constexpr std::uint64_t most = 20'000;
        if (++stalls_ > most) throw std::runtime_error{"no message gets through"};
        pair_.advance(std::chrono::milliseconds{1});
        for (const side s : {side::a, side::b}) pair_.flush(s);
    }

    Pair& pair_;
    job job_;
    std::vector<std::byte> message_;
    std::uint64_t stalls_ = 0;
};

/// Makes a pair, opens its connection, warms it up, and runs the job.
template <engine_pair Pair, class... Given>
figures measure(const job& j, Given... given) {
    Pair pair{j.size, given...};
    figures f;
    const std::uint64_t unconnected = heap::allocations();
    {
        const heap::growth held;
        pair.connect();
        f.connect_octets = held.octets();
    }
    f.connect_allocations = heap::allocations() - unconnected;

    runner<Pair> run{pair, j};
    const std::uint64_t cold = heap::allocations();
    run.run(warm_up);
    const std::uint64_t warm = heap::allocations();
    f.warm_up_allocations = warm - cold;

    const std::uint64_t stalls = run.stalls();
    const std::uint64_t frames = pair.wires().frames();
    const std::uint64_t octets = pair.wires().carried();
    const stopwatch watch;
    run.run(j.count);
    f.ns = watch.ns();
    f.messages = j.count;
    f.allocations = heap::allocations() - warm;
    f.frames = pair.wires().frames() - frames;
    f.octets = pair.wires().carried() - octets;
    f.stalls = run.stalls() - stalls;
    return f;
}

}  // namespace rrdp::bench
