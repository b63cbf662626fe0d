// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <rrdp/base/time.hpp>

#include "envelope.hpp"
#include "failure.hpp"

namespace tools {

/// Which way a frame went, as the place saw it that wrote it down.
enum class seen_way : std::uint8_t { unknown, came, left };

/// A frame of RRDP out of a trace.
struct seen_frame {
    rrdp::duration time{};
    envelope carried;  ///< its `payload` is empty: see `octets`
    std::vector<std::byte> octets;
    bool cut = false;         ///< what follows the octets was not written down
    std::size_t missing = 0;  ///< so much of the frame
    std::size_t size = 0;     ///< what it took on the wire
    seen_way way = seen_way::unknown;
    std::string fault;  ///< what became of it, where somebody told: "dropped: loss"
};

/// Something that an engine said of itself.
struct said_drop {
    std::string reason;
    std::size_t file = 0;
};

/// What the files of a trace say, in the order of time.
struct trace_input {
    std::string name;
    std::vector<seen_frame> frames;
    std::vector<said_drop> drops;
    std::vector<std::string> notes;  ///< what is wrong with a file that could be read all the same
    std::uint64_t others = 0;        ///< frames of other protocols

    void sort() {
        std::stable_sort(frames.begin(), frames.end(),
                         [](const seen_frame& a, const seen_frame& b) { return a.time < b.time; });
    }
};

/// All octets of a file; "-" is standard input.
inline std::string octets_of_file(const std::string& path) {
    std::ifstream file;
    if (path != "-") {
        errno = 0;
        file.open(path, std::ios::binary);
        if (!file) throw system_failure(path, errno == 0 ? EIO : errno);
        std::string all{std::istreambuf_iterator<char>{file}, {}};
        if (file.bad()) throw system_failure(path, EISDIR);
        return all;
    }
    std::string all;
    for (int c = std::getchar(); c != EOF; c = std::getchar()) all += static_cast<char>(c);
    return all;
}

}  // namespace tools
