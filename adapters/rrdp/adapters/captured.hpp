// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <system_error>
#include <utility>

#include <rrdp/adapters/capture_sink.hpp>
#include <rrdp/base/assert.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp::adapters {

/// Any link, and all that it sends and receives is written down, in a `capture_file` or another
/// sink. Several links may share a sink: each is an interface of its own.
///
/// A frame is written when it is committed or received, with the time that the link was told last:
/// `pump` tells it, who drives the link otherwise calls `set_time`. It costs one copy into the
/// sink, and no system call of its own. Around `faulty` it shows what the engine sees, inside of it
/// what the wire sees; drops are told by `captured_faults`.
template <link Link, capture_sink Sink>
class captured {
    using inner_lease = typename Link::tx_lease;

public:
    /// A frame received, until it is released (concept `link`).
    using rx_frame = typename Link::rx_frame;

    /// A lease of the link below; `commit` writes the frame down, then sends it.
    class tx_lease {
    public:
        /// Made by its link.
        tx_lease(captured& owner, inner_lease&& lease) noexcept
            : owner_{&owner}, lease_{std::move(lease)} {}
        /// Its octets.
        [[nodiscard]] octets bytes() noexcept { return lease_.bytes(); }
        /// Sends its first octets; the lease is over (concept `link`).
        void commit(std::size_t size) noexcept {
            const octets_view room = lease_.bytes();
            RRDP_ASSERT(size <= room.size());
            if (size != 0) owner_->note(room.first(size), capture_way::sent);
            lease_.commit(size);
        }

    private:
        captured* owner_;
        inner_lease lease_;
    };

    /// Both must outlive this. The interface has the name and the address of the link; frames of a
    /// link without an address are taken as LINKTYPE_USER0, unless `link_type` says what they are.
    captured(Link& link, Sink& sink, std::string_view name, std::uint16_t link_type = 0) noexcept
        : link_{&link}, sink_{&sink} {
        const wire::mac_address address = link.properties().address;
        constexpr std::uint16_t ethernet = 1, user0 = 147;
        if (link_type == 0) link_type = address.is_zero() ? user0 : ethernet;
        interface_ = sink.add_interface({name, address, link_type});
    }
    captured(const captured&) = delete;
    captured& operator=(const captured&) = delete;

    /// What the link says of itself (concept `link`).
    [[nodiscard]] link_properties properties() const noexcept { return link_->properties(); }

    /// The next frame; nothing when none waits (concept `link`).
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        std::optional<rx_frame> frame = link_->receive();
        if (frame) note(frame->bytes(), capture_way::received);
        return frame;
    }

    /// Room for a frame of so many octets; nothing: not now (concept `link`).
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        std::optional<inner_lease> lease = link_->lease(size);
        if (!lease) return std::nullopt;
        return tx_lease{*this, std::move(*lease)};
    }

    /// The time of what is written from now on.
    void set_time(instant now) noexcept {
        now_ = now;
        if constexpr (timed_link<Link>) link_->set_time(now);
    }

    /// That of the link below.
    bool flush() noexcept requires flushable_link<Link> { return link_->flush(); }
    /// That of the link below.
    [[nodiscard]] std::size_t queued() const noexcept requires queueing_link<Link> {
        return link_->queued();
    }
    /// For poll(2); -1: there is none (concept `pollable_link`).
    [[nodiscard]] int native_handle() const noexcept requires pollable_link<Link> {
        return link_->native_handle();
    }

    /// The trouble of the link, not of the sink.
    [[nodiscard]] std::error_code error() const noexcept requires requires(const Link& l) {
        l.error();
    }
    { return link_->error(); }
    /// The same of an `any_link`.
    [[nodiscard]] int error_number() const noexcept requires requires(const Link& l) {
        l.error_number();
    }
    { return link_->error_number(); }

    /// The link below, for what only it has.
    [[nodiscard]] Link& inner() const noexcept { return *link_; }

private:
    void note(octets_view frame, capture_way way) noexcept {
        sink_->write({.interface = interface_, .time = now_, .frame = frame, .way = way});
    }

    Link* link_;
    Sink* sink_;
    std::uint32_t interface_ = 0;
    instant now_{};
};

}  // namespace rrdp::adapters
