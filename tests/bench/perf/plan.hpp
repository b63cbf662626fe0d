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
    std::uint64_t window = 256;  ///< messages under way
    std::uint64_t rate = 0;      ///< a second; 0: closed loop
    std::uint64_t senders = 16;  ///< of incast
    std::size_t mtu = 1'500;
    bool block = false;
    std::vector<unsigned> cpus{};
    std::string json{}, hgrm{};  ///< a file, a folder; empty: none
    std::string server{}, at{};  ///< ADDRESS[:PORT] of the control line; empty: both by itself

    /// The job of one size, in rounds of this many messages.
    [[nodiscard]] job job_of(std::size_t size) const {
        job j;
        j.size = size;
        j.spin = !block;
        j.window = window;
        const bool stream = what == command::bandwidth || what == command::rate;
        if (stream) j.what = workload::stream;
        if (what == command::latency && rate != 0) {
            j.what = workload::open;
            j.interval = 1'000'000'000 / rate;
        }
        // A round of a stream moves some 200 MB, or takes some tenths of a second.
        const std::uint64_t suits = std::min<std::uint64_t>(200'000, 200'000'000 / (size + 1));
        j.count = count != 0 ? count : stream ? std::max<std::uint64_t>(suits, 2'000) : 3'000;
        j.warm_up = stream ? j.count / 10 + 1 : std::min<std::uint64_t>(300, j.count);
        return j;
    }
};

/// Reads the command line. Throws tools::failure; false: it asked for help, which is printed.
bool read_plan(int argc, char** argv, plan& p);

}  // namespace rrdp::bench
