// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include <rrdp/adapters/capture_sink.hpp>
#include <rrdp/rrdp.hpp>

namespace rrdp::trace {

/// Writes every segment that an engine sends into a capture, as an Ethernet frame from `source` to
/// `destination`, whatever the link is. Two engines with one file make a whole conversation. Name
/// it as `Policy::observer`, then `engine.observer().attach(...)`.
///
/// Where the link can be wrapped, `captured` shows more: what arrives, and true addresses.
template <adapters::capture_sink Sink>
class capture_observer : public null_observer {
public:
    /// `sink` must outlive the engine, or be taken back by `detach`.
    void attach(Sink& sink, std::string_view name, const wire::mac_address& source,
                const wire::mac_address& destination) noexcept {
        sink_ = &sink;
        interface_ = sink.add_interface({.name = name, .address = source});
        wire::store_mac(frame_, 0, destination);
        wire::store_mac(frame_, 6, source);
        store_be16(frame_, 12, 0x88b6);
    }
    /// Writes nothing any more.
    void detach() noexcept { sink_ = nullptr; }

    /// See `null_observer`.
    void on_transmit(instant now, octets_view segment) noexcept {
        if (sink_ == nullptr) return;
        const std::size_t kept = std::min(segment.size(), frame_.size() - header);
        copy_octets(segment.first(kept), octets{frame_}.subspan(header, kept));
        sink_->write({.interface = interface_,
                      .time = now,
                      .frame = octets_view{frame_}.first(header + kept),
                      .size = header + segment.size(),
                      .way = adapters::capture_way::sent});
    }

private:
    static constexpr std::size_t header = 14, longest = 9'018;

    Sink* sink_ = nullptr;
    std::uint32_t interface_ = 0;
    std::array<std::byte, longest> frame_{};
};

}  // namespace rrdp::trace
