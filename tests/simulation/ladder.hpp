// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>

#include <rrdp/adapters/capture_file.hpp>

#include "simulation/frame_log.hpp"
#include "support/shown.hpp"

namespace simulation {

/// What was sent, written down for people (NAME.txt, a line for each segment) and for Wireshark
/// (NAME.pcapng). Throws std::system_error or std::runtime_error when a file cannot be made.
class ladder : public frame_log {
public:
    ladder(const std::string& name, rrdp::wire::features offered)
        : capture_{(name + ".pcapng").c_str()},
          text_{std::fopen((name + ".txt").c_str(), "w")},
          offered_{offered} {
        if (text_ == nullptr) throw std::runtime_error{"cannot write " + name + ".txt"};
        capture_.add_interface({"node 1", address(0)});
        capture_.add_interface({"node 2", address(1)});
    }
    ladder(const ladder&) = delete;
    ladder& operator=(const ladder&) = delete;
    ~ladder() override { std::fclose(text_); }

    void sent(std::size_t node, rrdp::instant now, rrdp::octets_view segment) override {
        const auto us =
            std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
        std::fprintf(text_, "%12lld us %s %s\n", static_cast<long long>(us.count()),
                     node == 0 ? "1 -> 2  " : "        2 -> 1", shown_as(segment).c_str());
        constexpr std::size_t header = rrdp::wire::ethernet_framing::overhead;
        frame_.resize(header + segment.size());
        const auto n = static_cast<std::uint8_t>(node);
        rrdp::wire::ethernet_framing{}.write_header(frame_, address(n == 0 ? 1 : 0), address(n));
        rrdp::copy_octets(segment, rrdp::octets{frame_}.subspan(header));
        capture_.write({.interface = n,
                        .time = now,
                        .frame = frame_,
                        .way = rrdp::adapters::capture_way::sent});
    }

    /// The last line.
    void close(const std::string& complaint) { std::fprintf(text_, "%s\n", complaint.c_str()); }

private:
    static rrdp::wire::mac_address address(std::uint8_t n) {
        return {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(n + 1)}};
    }
    [[nodiscard]] std::string shown_as(rrdp::octets_view segment) const {
        const auto parsed = rrdp::wire::parse(segment);
        const bool opens = parsed && parsed->base.control.syn();
        auto s = script::read(segment, opens ? rrdp::wire::features{} : offered_);
        if (!s.data.empty()) s.data = std::to_string(s.data.size()) + " octets";
        return to_string(s);
    }

    rrdp::adapters::capture_file capture_;
    std::FILE* text_;
    rrdp::wire::features offered_;
    std::vector<std::byte> frame_;
};

}  // namespace simulation
