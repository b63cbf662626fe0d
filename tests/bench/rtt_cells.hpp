// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <rrdp/rrdp.hpp>

#include "bench/two_hosts.hpp"

namespace rrdp::bench {

enum class side : bool { ping, echo };

/// What a row needs to run one of its ends.
struct job {
    two_hosts& hosts;
    side end;
    std::size_t size;     ///< octets of a message
    std::uint64_t count;  ///< round trips
};

/// A row of the table: `run` answers the median round trip in microseconds at the near end.
struct cell {
    const char* name;
    const char* floor;  ///< the row it is compared with, "" for none
    double (*run)(const job&);
};

/// All rows; those that cannot be run here throw when they are.
const std::vector<cell>& cells();

inline constexpr std::uint64_t warm_up = 300;

[[nodiscard]] inline instant clock_now() {
    return to_instant(std::chrono::steady_clock::now());
}

/// Gives up after three seconds in which nothing has come.
class patience {
public:
    [[nodiscard]] bool over() {
        if (++looks_ % 4'096 != 0) return false;
        return clock_now() - since_ > std::chrono::seconds{3};
    }
    void renew() { since_ = clock_now(); }

private:
    std::uint64_t looks_ = 0;
    instant since_ = clock_now();
};

/// Round trips by `turn`, which sends one message and waits for the answer; p50 in microseconds.
template <class Turn>
double ping(const job& j, Turn turn) {
    std::vector<double> times;
    times.reserve(j.count);
    for (std::uint64_t i = 0; i < warm_up + j.count; ++i) {
        const instant left = clock_now();
        turn();
        const duration took = clock_now() - left;
        if (i >= warm_up) times.push_back(std::chrono::duration<double, std::micro>(took).count());
    }
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(j.count / 2),
                     times.end());
    return times[j.count / 2];
}

}  // namespace rrdp::bench
