// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <vector>

#include "histogram.hpp"
#include "job.hpp"
#include "timing.hpp"

namespace rrdp::bench {

/// What a measurement came to.
struct outcome {
    histogram times{};      ///< round trips; of a stream: none
    double seconds = 0;     ///< of all that was measured, of a stream
    double per_second = 0;  ///< messages
    std::uint64_t repeated = 0;
};

/// What the far end does: echoes, or counts and gives receipts. Over any end.
template <class End>
class responder {
public:
    responder(End& end, const job& j) : end_{end}, job_{j} {}

    /// All that was to come has come.
    [[nodiscard]] bool done() const { return count_ >= job_.total(); }

    /// One look, perhaps sleeping before it; whether anything came.
    bool step(std::optional<instant> until = std::nullopt) {
        const bool came = end_.await([this](octets_view m) { handle(m); }, until) != 0;
        if (owed_ != 0) pay();
        return came;
    }

private:
    void handle(octets_view message) {
        ++count_;
        if (job_.what == workload::stream) {
            if (count_ % job_.receipt_every() == 0 || done()) ++owed_;
            return;
        }
        for (patience wait{job_.spin}; !end_.send(message, end_.now()); wait.check()) end_.turn();
    }
    void pay() {
        constexpr std::byte receipt[1] = {};
        while (owed_ != 0 && end_.submit(receipt)) --owed_;
        end_.push();
    }

    End& end_;
    job job_;
    std::uint64_t count_ = 0;
    std::uint64_t owed_ = 0;  ///< receipts
};

/// A message, its echo, the next.
template <class End>
outcome run_closed(End& end, const job& j) {
    outcome o;
    const std::vector<std::byte> message(j.size);
    patience wait{j.spin};
    for (std::uint64_t i = 0; i < j.total(); ++i) {
        const instant left = clock_now();
        while (!end.send(message, left)) end.turn(), wait.check();
        wait.renew();
        while (end.await([](octets_view) {}, std::nullopt) == 0) look_again(), wait.check();
        const duration took = clock_now() - left;
        if (i >= j.warm_up) o.times.record(static_cast<std::uint64_t>(took.count()));
    }
    return o;
}

/// Messages at intended times. Time counts from these, also when a message could not leave then,
/// so that a stall is seen by all that it has kept waiting (no coordinated omission).
template <class End>
outcome run_open(End& end, const job& j) {
    outcome o;
    std::vector<std::byte> message(j.size);
    const instant begin = clock_now() + std::chrono::milliseconds{1};
    const auto intended = [&](std::uint64_t i) {
        return begin + duration{static_cast<duration::rep>(i * j.interval)};
    };
    std::uint64_t sent = 0;
    std::uint64_t back = 0;
    const auto take = [&](octets_view echo) {
        std::uint64_t number = back++;
        std::memcpy(&number, echo.data(), sizeof number);
        const duration took = clock_now() - intended(number);
        if (number >= j.warm_up && took.count() > 0)
            o.times.record(static_cast<std::uint64_t>(took.count()));
    };
    for (patience wait{j.spin}; back < j.total(); wait.check()) {
        const bool may = sent < j.total() && sent - back < j.window;
        if (may) {
            const instant now = clock_now();
            std::memcpy(message.data(), &sent, sizeof sent);
            if (now >= intended(sent) && end.send(message, now)) ++sent;
        }
        const auto next = may ? std::optional{intended(sent)} : std::nullopt;
        if (end.await(take, next) != 0)
            wait.renew();
        else
            look_again();
    }
    o.seconds = std::chrono::duration<double>(clock_now() - intended(j.warm_up)).count();
    o.per_second = static_cast<double>(j.count) / o.seconds;
    return o;
}

/// As many messages as go, `window` of them without a receipt at most.
template <class End>
outcome run_stream(End& end, const job& j) {
    constexpr std::size_t burst = 32;
    outcome o;
    const std::vector<std::byte> message(j.size);
    std::uint64_t sent = 0;
    std::uint64_t confirmed = 0;
    instant begin = clock_now();
    const auto take = [&](octets_view) {
        confirmed = std::min(confirmed + j.receipt_every(), j.total());
    };
    for (patience wait{j.spin}; confirmed < j.total(); wait.check()) {
        std::size_t moved = 0;
        for (; moved < burst && sent < j.total() && sent - confirmed < j.window; ++moved) {
            if (!end.submit(message)) break;
            if (++sent == j.warm_up) begin = clock_now();
        }
        if (moved != 0) end.push();
        const bool full = moved < burst;
        if ((full ? end.await(take, std::nullopt) : end.receive(take)) != 0)
            wait.renew();
        else if (moved == 0)
            look_again();
    }
    o.seconds = std::chrono::duration<double>(clock_now() - begin).count();
    o.per_second = static_cast<double>(j.count) / o.seconds;
    return o;
}

template <class End>
outcome run(End& end, const job& j) {
    switch (j.what) {
        case workload::closed: return run_closed(end, j);
        case workload::open: return run_open(end, j);
        case workload::stream: break;
    }
    return run_stream(end, j);
}

}  // namespace rrdp::bench
