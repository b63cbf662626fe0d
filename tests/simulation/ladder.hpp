// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>

#include <rrdp/adapters/capture_file.hpp>
#include <rrdp/adapters/simulated_network.hpp>

#include "simulation/frame_log.hpp"
#include "support/shown.hpp"

namespace simulation {

/// What was sent and what happened, written down for people (NAME.txt, a line for each) and for
/// Wireshark (NAME.pcapng, an interface for each node). Throws std::system_error or
/// std::runtime_error when a file cannot be made.
class ladder : public frame_log {
public:
    ladder(const std::string& name, std::size_t nodes, rrdp::wire::features offered)
        : capture_{(name + ".pcapng").c_str()},
          text_{std::fopen((name + ".txt").c_str(), "w")},
          offered_{offered} {
        if (text_ == nullptr) throw std::runtime_error{"cannot write " + name + ".txt"};
        for (std::size_t n = 0; n < nodes; ++n)
            capture_.add_interface(
                {"node " + std::to_string(n + 1), rrdp::adapters::simulated_network::address(n)});
    }
    ladder(const ladder&) = delete;
    ladder& operator=(const ladder&) = delete;
    ~ladder() override { std::fclose(text_); }

    void sent(std::size_t node, rrdp::instant now, rrdp::octets_view frame) override {
        constexpr std::size_t header = rrdp::wire::ethernet_framing::overhead;
        const auto to = std::to_integer<std::size_t>(frame[5]) + 1;
        const std::string indent(9 * node, ' ');
        line(now, indent + std::to_string(node + 1) + " -> " + std::to_string(to) + "  " +
                      shown_as(frame.subspan(header)));
        capture_.write({.interface = static_cast<std::uint32_t>(node),
                        .time = now,
                        .frame = frame,
                        .way = rrdp::adapters::capture_way::sent});
    }
    void slipped_in(std::size_t node, rrdp::instant now, rrdp::octets_view frame) override {
        constexpr std::size_t header = rrdp::wire::ethernet_framing::overhead;
        line(now,
             "* node " + std::to_string(node + 1) + " is given " + shown_as(frame.subspan(header)));
    }
    void said(rrdp::instant now, const std::string& what) override { line(now, "* " + what); }

    /// The last line.
    void close(const std::string& complaint) { std::fprintf(text_, "%s\n", complaint.c_str()); }

private:
    void line(rrdp::instant now, const std::string& what) {
        const auto us =
            std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
        std::fprintf(text_, "%12lld us %s\n", static_cast<long long>(us.count()), what.c_str());
    }
    [[nodiscard]] std::string shown_as(rrdp::octets_view segment) const {
        const auto parsed = rrdp::wire::parse(segment);
        if (!parsed) return "no segment";
        const bool opens = parsed->base.control.syn();
        auto s = script::read(segment, opens ? rrdp::wire::features{} : offered_);
        if (!s.data.empty()) s.data = std::to_string(s.data.size()) + " octets";
        return std::to_string(parsed->base.source_port) + ":" +
               std::to_string(parsed->base.destination_port) + " " + to_string(s);
    }

    rrdp::adapters::capture_file capture_;
    std::FILE* text_;
    rrdp::wire::features offered_;
};

}  // namespace simulation
