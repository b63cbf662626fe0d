// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include <rrdp/adapters/detail/dpdk_device.hpp>
#include <rrdp/adapters/detail/frame_store.hpp>
#include <rrdp/adapters/packet_options.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp::adapters {

/// Raw Ethernet through a port of DPDK: no kernel, no system call and no copy on the way of a
/// frame.
///
/// The program owns EAL: it has called `rte_eal_init` (or `dpdk_port`) before. Received frames are
/// read where the device wrote them; leased ones are written where the device reads them. Frames
/// that are held keep buffers of the pool, and the device drops what arrives when there is none
/// left. DPDK has nothing to sleep on: spin. For one thread; must not be moved, because frames and
/// leases point into it.
class dpdk {
public:
    /// A frame received, until it is released (concept `link`).
    using rx_frame = detail::borrowed_frame<dpdk, rte_mbuf*>;
    /// Room for a frame to send (concept `link`).
    using tx_lease = detail::leased_frame<dpdk, rte_mbuf*>;

    /// Opens a port by its number. Throws std::system_error with one line that says what is
    /// missing, or std::bad_alloc; nothing throws afterwards.
    explicit dpdk(std::uint16_t port, const dpdk_options& options = {})
        : device_{port, options},
          ethertype_{options.ethertype},
          arrived_(options.batch),
          waiting_(options.batch) {}
    dpdk(const dpdk&) = delete;
    dpdk& operator=(const dpdk&) = delete;
    ~dpdk() {
        flush();
        drop_waiting();
        while (next_ != taken_) rte_pktmbuf_free(arrived_[next_++]);
    }

    /// MTU and address as they were when the link was opened.
    [[nodiscard]] link_properties properties() const noexcept { return device_.properties(); }

    /// The next frame, where the device wrote it.
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        for (;;) {
            if (next_ == taken_ && !fetch()) return std::nullopt;
            rte_mbuf* const frame = wanted(arrived_[next_++]);
            if (frame == nullptr) continue;
            ++received_;
            return rx_frame{*this, frame};
        }
    }

    /// Room for a frame in a buffer of the pool; nothing while the device refuses a whole batch, or
    /// while the pool is empty.
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        if (size > device_.properties().max_frame) return std::nullopt;
        if (count_ + leased_ >= waiting_.size()) flush();
        if (count_ + leased_ >= waiting_.size()) return std::nullopt;
        rte_mbuf* const buffer = rte_pktmbuf_alloc(device_.pool());
        if (buffer == nullptr) return std::nullopt;
        ++leased_;
        return tx_lease{*this, buffer, size};
    }

    /// Offers the device what was committed; false when it did not take all of it. What it refuses
    /// is kept and offered again, but lost while the port is down, as on a wire.
    bool flush() noexcept {
        std::size_t done = 0;
        while (done < count_ && device_.running()) {
            const std::uint16_t taken =
                rte_eth_tx_burst(device_.port(), device_.queue(), &waiting_[done],
                                 static_cast<std::uint16_t>(count_ - done));
            if (taken == 0) break;
            done += taken;
            passed();
        }
        sent_ += done;
        std::copy(waiting_.begin() + static_cast<std::ptrdiff_t>(done),
                  waiting_.begin() + static_cast<std::ptrdiff_t>(count_), waiting_.begin());
        count_ -= done;
        if (count_ != 0 && done == 0 && state() != interface_state::up) drop_waiting();
        return count_ == 0;
    }

    /// The last failure, until a frame passes again: network_down while the port has no link,
    /// no_such_device when it is gone. `flush` and `state` notice.
    [[nodiscard]] std::error_code error() const noexcept { return error_; }

    /// Asks the driver, which answers from memory; while the port is down, it also lets a memif
    /// client call its server again twice a second. In silence the link asks itself now and then.
    [[nodiscard]] interface_state state() noexcept {
        if (device_.removed()) {
            failed(std::errc::no_such_device);
            return interface_state::removed;
        }
        const bool up = device_.up();
        if (up) passed();
        if (!up) {
            failed(std::errc::network_down);
            device_.revive();
        }
        return up ? interface_state::up : interface_state::down;
    }

    /// The counts so far; asks the device for those of its own.
    [[nodiscard]] dpdk_statistics statistics() const noexcept {
        rte_eth_stats device{};
        if (rte_eth_stats_get(device_.port(), &device) != 0) device = {};
        return {.received = received_,
                .sent = sent_,
                .refused = refused_,
                .foreign = foreign_,
                .other_host = other_host_,
                .unusable = unusable_,
                .joined = joined_,
                .device_drops = device.imissed,
                .device_errors = device.ierrors + device.oerrors,
                .no_buffer = device.rx_nombuf};
    }

private:
    friend rx_frame;
    friend tx_lease;

    static constexpr std::uint32_t quiet_looks = 1 << 22;  ///< some tenths of a second of spinning

    static octets octets_of(rte_mbuf& buffer, std::size_t size) noexcept {
        void* const at = rte_pktmbuf_mtod_offset(&buffer, void*, 0);
        return {static_cast<std::byte*>(at), size};
    }

    [[nodiscard]] octets_view frame(rte_mbuf* buffer) const noexcept {
        return octets_of(*buffer, buffer->data_len);
    }
    void release(rte_mbuf* buffer) noexcept { rte_pktmbuf_free(buffer); }

    [[nodiscard]] octets room(rte_mbuf* buffer) noexcept {
        return octets_of(*buffer, rte_pktmbuf_tailroom(buffer));
    }
    void cancel(rte_mbuf* buffer) noexcept {
        --leased_;
        rte_pktmbuf_free(buffer);
    }

    /// Queues a frame, padded with zeros to the least that Ethernet carries. One without a
    /// whole header is refused.
    void commit(rte_mbuf* buffer, std::size_t size) noexcept {
        if (size < wire::ethernet_framing::overhead) {
            refused_ += size != 0;
            return cancel(buffer);
        }
        if (size < wire::ethernet_framing::frame_min) {
            clear_octets(room(buffer).subspan(size, wire::ethernet_framing::frame_min - size));
            size = wire::ethernet_framing::frame_min;
        }
        buffer->data_len = static_cast<std::uint16_t>(size);
        buffer->pkt_len = static_cast<std::uint32_t>(size);
        --leased_;
        waiting_[count_++] = buffer;
    }

    /// Takes the next burst from the device; false when there is nothing. Long silence is a reason
    /// to see how the port is.
    bool fetch() noexcept {
        next_ = taken_ = 0;
        if (device_.running())
            taken_ = rte_eth_rx_burst(device_.port(), device_.queue(), arrived_.data(),
                                      static_cast<std::uint16_t>(arrived_.size()));
        if (taken_ != 0) {
            quiet_ = 0;
            passed();
        } else if (++quiet_ % quiet_looks == 0) {
            static_cast<void>(state());
        }
        return taken_ != 0;
    }

    /// The frame in one piece of memory if it is for us; frees it and answers null if not.
    rte_mbuf* wanted(rte_mbuf* buffer) noexcept {
        untag(*buffer);
        std::uint64_t* const fault = fault_of(*buffer);
        if (fault == nullptr && buffer->nb_segs == 1) return buffer;
        if (fault == nullptr) return join(buffer);
        ++*fault;
        rte_pktmbuf_free(buffer);
        return nullptr;
    }

    /// Takes a VLAN tag out of a frame and notes it beside, as devices do that were told to.
    static void untag(rte_mbuf& buffer) noexcept {
        constexpr std::size_t tag_size = 4;
        if (buffer.data_len < wire::ethernet_framing::overhead + tag_size) return;
        if (load_be16(octets_of(buffer, wire::ethernet_framing::overhead), 12) ==
            RTE_ETHER_TYPE_VLAN)
            rte_vlan_strip(&buffer);
    }

    /// The count that a frame has to be dropped under, or null.
    std::uint64_t* fault_of(rte_mbuf& buffer) noexcept {
        if (buffer.data_len < wire::ethernet_framing::overhead ||
            buffer.pkt_len > device_.properties().max_frame)
            return &unusable_;
        const octets_view head = octets_of(buffer, wire::ethernet_framing::overhead);
        if (load_be16(head, 12) != ethertype_) return &foreign_;
        constexpr std::uint16_t vlan_number = 0x0fff;  // without priority: that is no VLAN
        const bool tagged = (buffer.ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0 &&
                            (buffer.vlan_tci & vlan_number) != 0;
        const wire::mac_address& own = device_.properties().address;
        const wire::mac_address to = wire::load_mac(head, 0);
        const bool ours = (to == own || to.is_group()) && wire::load_mac(head, 6) != own;
        return ours && !tagged ? nullptr : &other_host_;
    }

    /// Moves the pieces of a frame into one buffer: the first if it has the room, else another.
    rte_mbuf* join(rte_mbuf* pieces) noexcept {
        rte_mbuf* whole = pieces;
        if (rte_pktmbuf_linearize(pieces) != 0) {
            whole = rte_pktmbuf_copy(pieces, device_.pool(), 0, pieces->pkt_len);
            rte_pktmbuf_free(pieces);
        }
        ++(whole != nullptr ? joined_ : unusable_);
        return whole;
    }

    void drop_waiting() noexcept {
        for (std::size_t i = 0; i < count_; ++i) rte_pktmbuf_free(waiting_[i]);
        refused_ += count_;
        count_ = 0;
    }

    void failed(std::errc number) noexcept { error_ = std::make_error_code(number); }
    void passed() noexcept {
        if (!error_) return;
        error_.clear();
        device_.revived();
    }

    detail::dpdk_device device_;
    std::uint16_t ethertype_;
    std::vector<rte_mbuf*> arrived_;
    std::vector<rte_mbuf*> waiting_;
    std::size_t taken_ = 0;    ///< of `arrived_`, filled by the device
    std::size_t next_ = 0;     ///< of those, the next to be handed out
    std::size_t count_ = 0;    ///< of `waiting_`
    std::size_t leased_ = 0;   ///< leases that have a place in `waiting_` to come
    std::uint32_t quiet_ = 0;  ///< looks in a row that found nothing
    std::error_code error_;
    std::uint64_t received_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t foreign_ = 0;
    std::uint64_t other_host_ = 0;
    std::uint64_t unusable_ = 0;
    std::uint64_t joined_ = 0;
};

static_assert(flushable_link<dpdk>);

}  // namespace rrdp::adapters
