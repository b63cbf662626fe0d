// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "job.hpp"

namespace rrdp::bench {

/// What the command line asks for.
enum class command : std::uint8_t { serve, latency, bandwidth, rate, incast };

struct plan {
    command what = command::latency;
    std::vector<std::string> links{"packet-ring"};  ///< names, or texts with a place
    std::vector<std::string> beside{};              ///< "raw" and rows of the kernel
    std::vector<std::size_t> sizes{};               ///< octets
    std::uint64_t rounds = 9;
    std::uint64_t count = 0;     ///< messages a round; 0: as suits
    std::uint64_t window = 0;    ///< messages under way; 0: as suits
    std::uint64_t rate = 0;      ///< a second; 0: closed loop
    std::uint64_t senders = 16;  ///< of incast
    std::size_t mtu = 1'500;
    adapters::wait_plan wait{.mode = adapters::wait_mode::spin};
    std::vector<unsigned> cpus{};
    std::string json{}, hgrm{};  ///< a file, a folder; empty: none
    std::string server{}, at{};  ///< ADDRESS[:PORT] of the control line; empty: both by itself

    /// The job of one size, in rounds of this many messages.
    [[nodiscard]] job job_of(std::size_t size) const {
        job j;
        j.size = size;
        j.spin = wait.mode == adapters::wait_mode::spin;
        if (wait.mode == adapters::wait_mode::adaptive)
            j.spin_max = static_cast<std::uint32_t>(wait.spin_max / std::chrono::microseconds{1});

        const bool stream = what == command::bandwidth || what == command::rate;
        if (stream) j.what = workload::stream;
        j.window = window != 0 ? window : stream ? 4'096 : 128;
        if (what == command::latency && rate != 0) {
            j.what = workload::open;
            j.interval = 1'000'000'000 / rate;
        }
        // A round of a stream takes a tenth of a second or so: 50 000 messages, or 100 MB.
        const std::uint64_t suits = std::min<std::uint64_t>(50'000, 100'000'000 / (size + 1));
        j.count = count != 0 ? count : stream ? suits : 3'000;
        j.warm_up = stream ? j.count / 5 + 1 : std::min<std::uint64_t>(300, j.count);
        return j;
    }
};

/// Reads the command line. Throws tools::failure; false: it asked for help, which is printed.
bool read_plan(int argc, char** argv, plan& p);

}  // namespace rrdp::bench
