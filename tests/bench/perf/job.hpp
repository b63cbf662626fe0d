// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>

#include <rrdp/adapters/wait_plan.hpp>

namespace rrdp::bench {

/// What the two ends do with each other.
enum class workload : std::uint8_t {
    closed,  ///< a message, its echo, the next message
    open,    ///< messages at intended times, whether echoes have come or not
    stream,  ///< messages one way, a short receipt for each half window
};

/// One measurement, the same at both ends.
struct job {
    workload what = workload::closed;
    std::size_t size = 64;        ///< octets of a message
    std::uint64_t count = 3'000;  ///< messages that are measured
    std::uint64_t warm_up = 300;  ///< messages before them
    std::uint64_t window = 128;   ///< messages under way at most
    std::uint64_t interval = 0;   ///< nanoseconds between intended times
    bool spin = true;             ///< at both ends; else both sleep in the kernel
    std::uint32_t spin_max = 0;   ///< microseconds that engines spin before they sleep

    [[nodiscard]] std::uint64_t total() const { return warm_up + count; }
    /// Messages that one receipt stands for.
    [[nodiscard]] std::uint64_t receipt_every() const { return window < 2 ? 1 : window / 2; }
    /// Octets of what the near end receives: echoes, or receipts.
    [[nodiscard]] std::size_t answer_size() const { return what == workload::stream ? 1 : size; }

    [[nodiscard]] adapters::wait_plan wait() const {
        if (spin) return {.mode = adapters::wait_mode::spin};
        if (spin_max == 0) return {.mode = adapters::wait_mode::block};
        return {.mode = adapters::wait_mode::adaptive,
                .spin_max = std::chrono::microseconds{spin_max}};
    }

    /// One line for the other end.
    [[nodiscard]] std::string text() const {
        std::ostringstream out;
        out << static_cast<unsigned>(what) << ' ' << size << ' ' << count << ' ' << warm_up << ' '
            << window << ' ' << interval << ' ' << spin << ' ' << spin_max;
        return out.str();
    }
    /// Throws where the line is none of these.
    static job read(const std::string& line) {
        std::istringstream in{line};
        job j;
        unsigned what = 0;
        in >> what >> j.size >> j.count >> j.warm_up >> j.window >> j.interval >> j.spin >>
            j.spin_max;
        if (!in || what > 2) throw std::runtime_error{"not a job: " + line};
        j.what = static_cast<workload>(what);
        return j;
    }
};

}  // namespace rrdp::bench
