// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>

#include <rrdp/adapters/capture_file.hpp>
#include <rrdp/adapters/fault_observer.hpp>
#include <rrdp/adapters/qlog_file.hpp>
#include <rrdp/adapters/simulated_network.hpp>

#include "simulation/frame_log.hpp"
#include "support/shown.hpp"

namespace simulation {

/// What was sent and what happened, written down for people (NAME.txt, a line for each), for
/// Wireshark (NAME.pcapng, an interface for each node, and one for what the network dropped) and as
/// a qlog (NAME.sqlog). Throws std::system_error or std::runtime_error when a file cannot be made.
class ladder : public frame_log, public rrdp::adapters::fault_observer {
public:
    ladder(const std::string& name, std::size_t nodes, rrdp::wire::features offered)
        : capture_{(name + ".pcapng").c_str()},
          log_{(name + ".sqlog").c_str(), {.title = "rrdp-sim"}},
          text_{std::fopen((name + ".txt").c_str(), "w")},
          offered_{offered} {
        if (text_ == nullptr) throw std::runtime_error{"cannot write " + name + ".txt"};
        for (std::size_t n = 0; n < nodes; ++n)
            add_interface("node " + std::to_string(n + 1),
                          rrdp::adapters::simulated_network::address(n));
        network_ = add_interface("network", {});
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
        write({.interface = static_cast<std::uint32_t>(node),
               .time = now,
               .frame = frame,
               .way = rrdp::adapters::capture_way::sent});
    }
    void came(std::size_t node, rrdp::instant now, rrdp::octets_view frame) override {
        write({.interface = static_cast<std::uint32_t>(node),
               .time = now,
               .frame = frame,
               .way = rrdp::adapters::capture_way::received});
    }
    void on_fault(const rrdp::adapters::fault_event& event) noexcept override {
        write({.interface = network_,
               .time = event.time,
               .frame = event.frame,
               .comment = to_string(event.what)});
    }
    void slipped_in(std::size_t node, rrdp::instant now, rrdp::octets_view frame) override {
        constexpr std::size_t header = rrdp::wire::ethernet_framing::overhead;
        line(now,
             "* node " + std::to_string(node + 1) + " is given " + shown_as(frame.subspan(header)));
    }
    void said(rrdp::instant now, const std::string& what) override { line(now, "* " + what); }

    /// The last line; the files are whole after it.
    void close(const std::string& complaint) {
        std::fprintf(text_, "%s\n", complaint.c_str());
        static_cast<void>(capture_.flush() && log_.flush());
    }

private:
    std::uint32_t add_interface(const std::string& name, const rrdp::wire::mac_address& address) {
        static_cast<void>(log_.add_interface({.name = name, .address = address}));
        return capture_.add_interface({.name = name, .address = address});
    }
    void write(const rrdp::adapters::capture_record& record) noexcept {
        capture_.write(record);
        log_.write(record);
    }
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
    rrdp::adapters::qlog_file log_;
    std::uint32_t network_ = 0;
    std::FILE* text_;
    rrdp::wire::features offered_;
};

}  // namespace simulation
