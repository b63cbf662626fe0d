// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <rrdp/adapters/detail/savefile.hpp>
#include <rrdp/base/assert.hpp>
#include <rrdp/link/concepts.hpp>
#include <rrdp/wire/ethernet.hpp>

namespace rrdp::adapters {

/// What of a capture is replayed, and how fast.
struct replay_options {
    /// The station that listens: only frames to it or to a group, and not from it, are replayed. It
    /// is also the link's address. All zero: every frame.
    wire::mac_address station{};
    wire::mac_address peer{};  ///< only frames from here; all zero: from anywhere
    bool in_time = true;  ///< at the distances of the capture; false: as fast as they are asked
    std::size_t max_frame = 9'018;  ///< octets; longer frames are skipped and counted
};

/// What a `pcap_replay` has done.
struct replay_statistics {
    std::uint64_t replayed = 0;   ///< frames handed out
    std::uint64_t others = 0;     ///< not of the conversation: skipped
    std::uint64_t cut = 0;        ///< of which the capture has not all, or no whole header: skipped
    std::uint64_t overlong = 0;   ///< longer than `max_frame`: skipped
    std::uint64_t swallowed = 0;  ///< sent to the replay, which has nobody to give them to
};

/// A link on which the frames of a capture (pcap or pcapng) arrive again, and what is sent goes
/// nowhere. Without a clock: the first frame is due at the first `set_time` (which
/// `pump` does), the others as much later as they were captured later.
///
/// A capture with several interfaces has the same frame several times; `station` takes all that are
/// addressed to it, wherever they were captured. A frame lies where libpcap has read it: one is
/// handed out at a time. Where the file breaks off is silence and a sticky `error`.
class pcap_replay {
public:
    /// The frame that libpcap has read last; the next is read when this one is gone.
    class rx_frame {
    public:
        /// Made by its link.
        explicit rx_frame(pcap_replay& owner) noexcept : owner_{&owner} {}
        /// What is moved from is empty afterwards.
        rx_frame(rx_frame&& other) noexcept : owner_{std::exchange(other.owner_, nullptr)} {}
        /// What is moved from is empty afterwards.
        rx_frame& operator=(rx_frame&& other) noexcept {
            if (this == &other) return *this;
            release();
            owner_ = std::exchange(other.owner_, nullptr);
            return *this;
        }
        ~rx_frame() { release(); }

        /// Its octets.
        [[nodiscard]] octets_view bytes() const noexcept {
            return owner_ == nullptr ? octets_view{} : owner_->next_->octets;
        }

    private:
        void release() noexcept {
            if (owner_ != nullptr) owner_->release();
        }

        pcap_replay* owner_;
    };

    /// Room for a frame that nobody will see.
    class tx_lease {
    public:
        /// Made by its link.
        tx_lease(pcap_replay& owner, std::size_t size) noexcept : owner_{&owner}, size_{size} {}
        /// What is moved from is empty afterwards.
        tx_lease(tx_lease&& other) noexcept
            : owner_{std::exchange(other.owner_, nullptr)}, size_{other.size_} {}
        /// What is moved from is empty afterwards.
        tx_lease& operator=(tx_lease&& other) noexcept {
            if (this == &other) return *this;
            cancel();
            owner_ = std::exchange(other.owner_, nullptr);
            size_ = other.size_;
            return *this;
        }
        ~tx_lease() { cancel(); }

        /// Its octets.
        [[nodiscard]] octets bytes() noexcept {
            return owner_ == nullptr ? octets{} : octets{owner_->room_}.first(size_);
        }
        /// Sends its first octets; the lease is over (concept `link`).
        void commit(std::size_t size) noexcept {
            RRDP_ASSERT(owner_ != nullptr && size <= size_);
            owner_->counts_.swallowed += size != 0;
            cancel();
            owner_ = nullptr;
        }

    private:
        void cancel() noexcept {
            if (owner_ != nullptr) owner_->leased_ = false;
        }

        pcap_replay* owner_;
        std::size_t size_;
    };

    /// Opens the capture; "-" is standard input. Throws std::system_error with one line: no such
    /// file, no capture, or not of Ethernet.
    explicit pcap_replay(const std::string& path, const replay_options& options = {})
        : options_{options}, file_{opened(path)}, room_(options.max_frame) {
        read_on();
    }
    pcap_replay(const pcap_replay&) = delete;
    pcap_replay& operator=(const pcap_replay&) = delete;

    /// What the link says of itself (concept `link`).
    [[nodiscard]] link_properties properties() const noexcept {
        return {.max_frame = options_.max_frame, .address = options_.station};
    }

    /// The moment it is; never goes back.
    void set_time(instant now) noexcept {
        if (!begun_) origin_ = now;
        begun_ = true;
        now_ = now > now_ ? now : now_;
    }

    /// The next frame, if it is due and the last is gone. Before `set_time` none is, unless they
    /// come as fast as they are asked.
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        if (held_ || !next_) return std::nullopt;
        if (options_.in_time && (!begun_ || due() > now_)) return std::nullopt;
        held_ = true;
        ++counts_.replayed;
        return rx_frame{*this};
    }

    /// Room for a frame of so many octets; nothing: not now (concept `link`).
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        if (leased_ || size > room_.size()) return std::nullopt;
        leased_ = true;
        return tx_lease{*this, size};
    }

    /// When the next frame is due: sleep until then, or make it the time. Nothing at the end.
    [[nodiscard]] std::optional<instant> next_due() const noexcept {
        if (!next_ || held_) return std::nullopt;
        return options_.in_time && begun_ ? due() : now_;
    }

    /// The number, in the file, of the frame that is replayed next or handed out.
    [[nodiscard]] std::uint64_t frame_number() const noexcept { return next_ ? next_->number : 0; }

    /// Whether nothing will come any more.
    [[nodiscard]] bool done() const noexcept { return !next_; }

    /// EBADMSG where the capture broke off.
    [[nodiscard]] std::error_code error() const noexcept {
        if (!file_.failed()) return {};
        return std::make_error_code(std::errc::bad_message);
    }
    /// After how many frames it did, and why, in one line.
    [[nodiscard]] std::string complaint() const { return file_.complaint(); }

    /// The counts so far.
    [[nodiscard]] const replay_statistics& statistics() const noexcept { return counts_; }

private:
    static detail::savefile opened(const std::string& path) {
        if (path != "-" && ::access(path.c_str(), R_OK) != 0)
            throw std::system_error{errno, std::generic_category(), path + ": cannot be read"};
        try {
            return detail::savefile{path};
        } catch (const std::runtime_error& why) {
            throw std::system_error{EINVAL, std::generic_category(), path + ": " + why.what()};
        }
    }

    void release() noexcept {
        held_ = false;
        read_on();
    }

    [[nodiscard]] instant due() const noexcept { return after(origin_, late_); }

    /// Goes to the next frame that is wanted; it is not due before the one before.
    void read_on() noexcept {
        do next_ = file_.next();
        while (next_ && !wanted(*next_));
        if (!next_) return;
        if (!first_) first_ = next_->time;
        const duration late = next_->time - *first_;
        late_ = late > late_ ? late : late_;
    }

    bool wanted(const detail::saved_frame& frame) noexcept {
        const bool whole = !frame.cut && frame.octets.size() >= wire::ethernet_framing::overhead;
        counts_.cut += !whole;
        if (!whole) return false;
        const auto to = wire::load_mac(frame.octets, 0);
        const auto from = wire::load_mac(frame.octets, 6);
        const wire::mac_address& station = options_.station;
        const bool ours = (station.is_zero() || to == station || to.is_group()) &&
                          (station.is_zero() || from != station) &&
                          (options_.peer.is_zero() || from == options_.peer);
        const bool fits = frame.octets.size() <= options_.max_frame;
        counts_.others += !ours;
        counts_.overlong += ours && !fits;
        return ours && fits;
    }

    replay_options options_;
    detail::savefile file_;
    std::vector<std::byte> room_;
    std::optional<detail::saved_frame> next_;
    std::optional<duration> first_;  ///< the time of the first frame, as captured
    duration late_{};                ///< of the next frame, behind the first
    instant origin_{};
    instant now_{};
    bool begun_ = false;
    bool held_ = false;
    bool leased_ = false;
    replay_statistics counts_;
};

static_assert(timed_link<pcap_replay>);

}  // namespace rrdp::adapters
