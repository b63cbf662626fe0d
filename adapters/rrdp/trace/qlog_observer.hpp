// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/adapters/qlog_file.hpp>
#include <rrdp/rrdp.hpp>

namespace rrdp::trace {

/// Writes what an engine says of itself into a qlog: states, drops with their reason,
/// retransmissions, round trips, and what it sends. Name it as `Policy::observer`, then
/// `engine.observer().attach(file)`; until then it costs a comparison an event.
///
/// What arrives, an observer is not told: wrap the link in `captured<Link, qlog_file>` with the
/// same file, which writes what goes both ways, and attach with `segments = false`.
class qlog_observer : public null_observer {
public:
    /// `file` must outlive the engine, or be taken back by `detach`.
    void attach(adapters::qlog_file& file, bool segments = true) noexcept {
        file_ = &file;
        segments_ = segments;
    }
    /// Writes nothing any more.
    void detach() noexcept { file_ = nullptr; }

    /// See `null_observer`.
    void on_state(instant now, std::uint32_t slot, state from, state to) noexcept {
        write(now, "rrdp:connection_state_updated", [&](adapters::qlog_fields& f) {
            f.add("connection", slot).add("old", name(from)).add("new", name(to));
        });
    }
    /// See `null_observer`.
    void on_drop(instant now, drop_reason why) noexcept {
        write(now, "rrdp:segment_dropped",
              [&](adapters::qlog_fields& f) { f.add("reason", name(why)); });
    }
    /// See `null_observer`.
    void on_transmit(instant now, octets_view segment) noexcept {
        if (!segments_) return;
        write(now, "rrdp:segment_sent", [&](adapters::qlog_fields& f) {
            adapters::qlog_file::add_segment(f, segment, segment.size());
        });
    }
    /// See `null_observer`.
    void on_retransmit(instant now, std::uint32_t slot, std::uint32_t number) noexcept {
        write(now, "rrdp:number_retransmitted",
              [&](adapters::qlog_fields& f) { f.add("connection", slot).add("number", number); });
    }
    /// See `null_observer`.
    void on_rtt(instant now, std::uint32_t slot, duration sample) noexcept {
        write(now, "rrdp:rtt_measured", [&](adapters::qlog_fields& f) {
            f.add("connection", slot).add("latest_rtt", sample);
        });
    }

private:
    template <class Fields>
    void write(instant now, std::string_view what, Fields fields) noexcept {
        if (file_ != nullptr) file_->event(now, what, fields);
    }

    adapters::qlog_file* file_ = nullptr;
    bool segments_ = true;
};

}  // namespace rrdp::trace
