// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <net/if.h>

#include <algorithm>
#include <optional>
#include <vector>

#include <rrdp/adapters/detail/frame_store.hpp>
#include <rrdp/adapters/detail/pcap_interface.hpp>
#include <rrdp/base/endian.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp::adapters {

/// Raw Ethernet through libpcap: frames of one EtherType on one interface. Slower than `packet`;
/// it is there for what libpcap can do and AF_PACKET alone cannot be made to, and to check the one
/// against the other.
///
/// Needs CAP_NET_RAW while it is opened, also when it opens an interface again that was removed.
/// Never blocks; sleep on `native_handle`. What is for another host or VLAN, or longer than
/// `max_frame`, is dropped and counted. Allocates nothing for a frame. For one thread; must not be
/// moved, because frames and leases point into it.
class pcap {
    class sender;

public:
    /// A frame received, until it is released (concept `link`).
    using rx_frame = detail::borrowed_frame<pcap>;
    using tx_lease = detail::leased_frame<sender>;  ///< room for a frame to send (concept `link`)

    /// Opens `interface` and begins to receive. Throws std::system_error with one line that says
    /// what is missing, or std::bad_alloc; nothing throws afterwards.
    explicit pcap(const char* interface, const pcap_options& options = {})
        : interface_{interface, options},
          sender_{interface_, options.batch},
          store_{2 * options.batch, interface_.properties().max_frame},
          arrived_(options.batch) {}
    pcap(const pcap&) = delete;
    pcap& operator=(const pcap&) = delete;

    /// MTU and address as they were when the link was opened.
    [[nodiscard]] link_properties properties() const noexcept { return interface_.properties(); }

    /// The next frame. Nothing also while more than a batch of frames is held.
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        if (next_ == count_ && !fetch()) return std::nullopt;
        ++counts_.received;
        return rx_frame{*this, arrived_[next_++]};
    }

    /// Room for a frame; nothing while the kernel's send buffer is full.
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        return sender_.lease(size);
    }

    /// Sends what was committed, one system call a frame.
    bool flush() noexcept {
        interface_.mend();
        return sender_.flush();
    }

    /// For poll(2): readable when a frame waits, and when the interface fell. The number stays; an
    /// `epoll` has to be told of it again when `statistics().rebound` has grown.
    [[nodiscard]] int native_handle() const noexcept { return interface_.native_handle(); }

    /// The trouble that is not over yet, as far as is known: ENETDOWN while the interface is down
    /// (libpcap does not tell: `flush` and `state` meet it), ENODEV while there is none of the
    /// name, EPERM where the privilege to open it again is gone.
    [[nodiscard]] std::error_code error() const noexcept { return interface_.error(); }

    /// Asks the kernel (some system calls): when `error` is set, and now and then in silence.
    [[nodiscard]] interface_state state() noexcept { return interface_.state(); }

    /// The counts so far; asks libpcap for those of the kernel (some system calls).
    [[nodiscard]] packet_statistics statistics() noexcept {
        packet_statistics all = counts_;
        all.sent = sender_.sent;
        all.refused = sender_.refused;
        all.kernel_drops = interface_.kernel_drops();
        all.rebound = interface_.reopened();
        return all;
    }

private:
    friend rx_frame;

    /// Committed frames, until libpcap takes them.
    class sender {
    public:
        sender(detail::pcap_interface& interface, std::size_t batch)
            : interface_{&interface},
              store_{batch,
                     std::max(interface.properties().max_frame, wire::ethernet_framing::frame_min)},
              slots_(batch) {}

        [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
            if (size > interface_->properties().max_frame) return std::nullopt;
            if (store_.available() == 0) flush();
            const detail::frame_slot slot = store_.take();
            if (slot == detail::no_slot) return std::nullopt;
            return tx_lease{*this, slot, size};
        }
        [[nodiscard]] octets room(detail::frame_slot slot) noexcept { return store_.room(slot); }
        void cancel(detail::frame_slot slot) noexcept { store_.give_back(slot); }
        void commit(detail::frame_slot slot, std::size_t size) noexcept;
        bool flush() noexcept;

        std::uint64_t sent = 0;
        std::uint64_t refused = 0;

    private:
        [[nodiscard]] int inject(octets_view frame) noexcept;

        detail::pcap_interface* interface_;
        detail::frame_store store_;
        std::vector<detail::frame_slot> slots_;
        std::size_t count_ = 0;
    };

    [[nodiscard]] octets_view frame(detail::frame_slot slot) noexcept { return store_.frame(slot); }
    void release(detail::frame_slot slot) noexcept { store_.give_back(slot); }

    bool fetch() noexcept;
    void take(octets_view kept, std::size_t size) noexcept;
    [[nodiscard]] bool is_ours(octets_view frame) const noexcept;

    detail::pcap_interface interface_;
    sender sender_;
    detail::frame_store store_;
    std::vector<detail::frame_slot> arrived_;
    std::size_t next_ = 0;
    std::size_t count_ = 0;
    bool emptied_ = false;
    packet_statistics counts_;
};

/// Queues a frame, padded with zeros to the least that Ethernet carries. One without a
/// whole header is refused.
inline void pcap::sender::commit(detail::frame_slot slot, std::size_t size) noexcept {
    if (size < wire::ethernet_framing::overhead) {
        refused += size != 0;
        return store_.give_back(slot);
    }
    constexpr std::size_t least = wire::ethernet_framing::frame_min;
    if (size < least) clear_octets(store_.room(slot).subspan(size, least - size));
    store_.resize(slot, std::max(size, least));
    slots_[count_++] = slot;
}

/// False when the kernel would not take all of it now. What it refuses otherwise is lost and
/// counted, as if the wire had lost it.
inline bool pcap::sender::flush() noexcept {
    std::size_t done = 0;
    bool stale = true;
    while (done < count_) {
        const int error = inject(store_.frame(slots_[done]));
        if (error == EAGAIN || error == EINTR) break;
        // The first ENETDOWN may be of a fall that is over: only the second counts.
        if (error == ENETDOWN && std::exchange(stale, false)) continue;
        if (error != 0 && error != ENOBUFS && error != EMSGSIZE) interface_->failed(error);
        ++(error == 0 ? sent : refused);
        store_.give_back(slots_[done++]);
    }
    std::copy(slots_.begin() + static_cast<std::ptrdiff_t>(done),
              slots_.begin() + static_cast<std::ptrdiff_t>(count_), slots_.begin());
    count_ -= done;
    return count_ == 0;
}

/// 0, or why the frame was not taken.
inline int pcap::sender::inject(octets_view frame) noexcept {
    if (interface_->handle() == nullptr) return ENODEV;
    errno = 0;  // libpcap leaves that of send(2)
    if (pcap_inject(interface_->handle(), frame.data(), frame.size()) >= 0) return 0;
    return errno != 0 ? errno : EIO;
}

/// Takes the next batch from libpcap; false when there is nothing.
///
/// A batch that was not full has emptied the ring, so the next call does not ask again. Foreign
/// frames are looked at in a bounded number.
inline bool pcap::fetch() noexcept {
    constexpr int looks_max = 16;
    if (std::exchange(emptied_, false)) return false;
    interface_.mend();
    next_ = count_ = 0;
    for (int look = 0; look < looks_max && count_ == 0; ++look) {
        const std::size_t room = std::min(arrived_.size(), store_.available());
        if (room == 0 || interface_.handle() == nullptr) return false;
        const auto on_frame = [](u_char* self, const pcap_pkthdr* head, const u_char* data) {
            void* const link = self;
            const void* const octets = data;
            static_cast<pcap*>(link)->take({static_cast<const std::byte*>(octets), head->caplen},
                                           head->len);
        };
        void* const self = this;
        const int looked = pcap_dispatch(interface_.handle(), static_cast<int>(room), on_frame,
                                         static_cast<u_char*>(self));
        if (looked < 0) interface_.broke();
        emptied_ = count_ != 0 && static_cast<std::size_t>(looked) < room;
        if (looked <= 0) break;
    }
    return count_ != 0;
}

/// Keeps a frame that is whole and for us.
inline void pcap::take(octets_view kept, std::size_t size) noexcept {
    if (!is_ours(kept)) {
        ++counts_.other_host;
    } else if (kept.size() < size || size > interface_.properties().max_frame) {
        ++counts_.truncated;
    } else {
        const detail::frame_slot slot = store_.take();
        store_.assign(slot, kept);
        arrived_[count_++] = slot;
    }
}

/// libpcap does not tell for whom the kernel takes a frame; a tag of a VLAN it has put back. Before
/// the filter was set, anything may have come.
inline bool pcap::is_ours(octets_view frame) const noexcept {
    if (frame.size() < wire::ethernet_framing::overhead) return false;
    if (load_be16(frame, 12) != interface_.ethertype()) return false;
    const wire::mac_address to = wire::load_mac(frame, 0);
    return to.is_group() || to == interface_.properties().address;
}

static_assert(flushable_link<pcap> && pollable_link<pcap>);

}  // namespace rrdp::adapters
