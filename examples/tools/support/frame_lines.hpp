// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>

#include "capture.hpp"
#include "conversations.hpp"
#include "envelope.hpp"
#include "reading.hpp"
#include "segment_json.hpp"

namespace tools {

/// What is told of frames, and how they are recognised.
struct frame_lines_options {
    std::optional<rrdp::wire::features>
        agreed{};  ///< where the opening of a connection is not seen
    carrier_marks marks{};
    bool data = false;    ///< show the data too
    bool raw_ip = false;  ///< frames are IP packets without an Ethernet header
};

/// Makes a JSON object of every captured frame that carries RRDP, and remembers what connections
/// agreed on.
class frame_lines {
public:
    explicit frame_lines(const frame_lines_options& options) : options_{options} {}

    /// The object of a frame, until the next call; null when it carries no RRDP.
    [[nodiscard]] const std::string* of(const captured_frame& frame) {
        const auto envelope = options_.raw_ip ? open_packet(frame.octets, options_.marks)
                                              : open_envelope(frame.octets, options_.marks);
        if (!envelope) return nullptr;
        json_.clear();
        json_.open_object();
        if (frame.cut)
            json_.field("ok", false).field("reason", "cut_by_capture");
        else
            add_captured(*envelope);
        add_envelope(frame, *envelope);
        json_.close_object();
        return &json_.text();
    }

private:
    void add_captured(const envelope& e) {
        frame_context context;
        context.agreed = options_.agreed;
        context.pseudo_header = e.pseudo_header;
        context.may_resolve = e.kind == carrier::ethernet;
        if (context.may_resolve) {
            context.source = e.source.mac();
            context.destination = e.destination.mac();
        }
        conversations_.recall(e, context);
        const reading r = read_frame(e.payload, context);
        add_reading(json_, r, context.agreed, options_.data);
        conversations_.learn(e, r);
    }

    /// What a capture knows of a frame besides its payload.
    void add_envelope(const captured_frame& frame, const envelope& e) {
        using namespace std::chrono_literals;
        char time[48];
        std::snprintf(time, sizeof time, "%lld.%09lld", static_cast<long long>(frame.time / 1s),
                      static_cast<long long>(frame.time % 1s / 1ns));
        json_.field("frame", frame.number).field("time", time);
        json_.field("carrier", name(e.kind));
        json_.field("source_address", text(e.source));
        json_.field("destination_address", text(e.destination));
        if (e.vlan) json_.field("vlan", *e.vlan);
    }

    frame_lines_options options_;
    conversations conversations_;
    json_writer json_;
};

}  // namespace tools
