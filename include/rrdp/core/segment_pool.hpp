// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <rrdp/base/assert.hpp>
#include <rrdp/base/octets.hpp>
#include <rrdp/base/time.hpp>
#include <rrdp/core/gather.hpp>
#include <rrdp/wire/bundle.hpp>

namespace rrdp {

/// Names one segment of a pool: four octets, and all that a window slot holds.
enum class segment_handle : std::uint32_t {};

/// An empty slot, the end of a list.
inline constexpr segment_handle no_segment{0xffff'ffff};

/// The slot of a number that the peer has EACKed: the segment is gone, the number is not yet
/// passed. With it `messages` are, which count then: those of a bundle, one that ends, or none.
[[nodiscard]] constexpr segment_handle delivered(std::uint8_t messages) noexcept {
    return static_cast<segment_handle>(0xffff'fe00 + messages);
}

/// Whether `h` names a segment, and is neither such a mark nor `no_segment`.
[[nodiscard]] constexpr bool is_segment(segment_handle h) noexcept {
    return h < delivered(0);
}

/// The messages of a mark; none of `no_segment`.
[[nodiscard]] constexpr std::uint8_t messages_of(segment_handle mark) noexcept {
    return mark == no_segment ? std::uint8_t{0} : static_cast<std::uint8_t>(mark);
}

/// What occupies a sequence number.
enum class segment_kind : std::uint8_t { data, empty, keepalive, fin, nul };

/// Whether the application sees it: as a message, or as the end of them.
[[nodiscard]] constexpr bool is_message(segment_kind kind) noexcept {
    return kind == segment_kind::data || kind == segment_kind::empty;
}

/// Why a sender will send a number again.
enum class loss : std::uint8_t {
    none,
    threshold,  ///< three that were sent later are delivered, or three ACKs say so (R-9.6, R-9.9)
    window,     ///< one that was sent later is, and the time for this one is over (R-9.7)
    probe,      ///< it is the last one, and nothing was heard for a while (R-9.8)
    timeout,    ///< the retransmission timer (R-9.4)
};

/// What is known of a segment besides its octets. It lies here and not in the window, so an empty
/// slot costs its handle and nothing more.
struct segment_descriptor {
    instant first_sent{};               ///< sender: when it left first (R-9.5)
    instant last_sent{};                ///< sender: when it left last
    std::uint32_t order = 0;            ///< sender: the place of the last transmission (R-9.6);
                                        ///< receiver: the number of a segment held
    segment_handle next = no_segment;   ///< in a queue, in a message, among the free ones
    segment_handle newer = no_segment;  ///< in the list of segments held out of order
    segment_handle older = no_segment;
    std::uint16_t size = 0;          ///< octets of data
    std::uint16_t following = 0;     ///< of the same message, behind it (R-3.24; else 0, R-3.23);
                                     ///< sender: of a bundle its whole FRAG word (R-3.31)
    std::uint8_t transmissions = 0;  ///< sender: how often it left, saturating
    std::uint8_t messages = 0;       ///< sender: those that end in it; receiver: those of a bundle
                                     ///< that are not done with, else 0
    segment_kind kind : 4 = segment_kind::data;
    loss lost : 3 = loss::none;  ///< sender: why it was judged lost last
    bool waits : 1 = false;      ///< sender: for its retransmission
    bool early : 1 = false;      ///< receiver: held, and delivered already (R-7.33)
    bool taken : 1 = false;      ///< receiver: held, and the application is done with it
    bool whole : 1 = false;      ///< sender: has whole messages, which others may join

    /// It has one message, all of it.
    constexpr void hold_message() noexcept {
        messages = 1;
        whole = true;
    }
};

static_assert(sizeof(segment_descriptor) == 40);

/// Equal segments shared by all connections of an endpoint: memory follows traffic, not capacity.
/// From `take` to `give_back` a segment belongs to exactly one connection. There is no
/// other memory for what is sent and received.
///
/// The last `reserve` segments are lent to in-order arrivals only: to one connection at a time
/// until its message is complete, and to whatever ends a message, which waits for nobody's. Neither
/// what waits to be sent, nor what arrived out of order, nor the beginnings of many messages may
/// fill the pool to the brim: what closes a gap or ends a message must find room, or nothing could
/// ever be delivered again (docs/decisions/0008).
class segment_pool {
public:
    enum class purpose : std::uint8_t { send, out_of_order, in_order, in_order_last };

    /// No connection at all.
    static constexpr std::uint32_t nobody = 0xffff'ffff;

    constexpr segment_pool() noexcept = default;

    /// `descriptors` holds one entry for each segment of `segment_max` octets in `memory`, then
    /// those of NULs, which carry no octets.
    constexpr segment_pool(std::span<segment_descriptor> descriptors, octets memory,
                           std::size_t segment_max, std::size_t reserve) noexcept
        : descriptors_{descriptors},
          memory_{memory},
          segment_max_{segment_max},
          reserve_{reserve},
          segments_{memory.size() / segment_max} {
        for (std::size_t i = descriptors_.size(); i-- > 0;)
            give_back(static_cast<segment_handle>(i));
    }

    /// A free segment, or `no_segment` when there is none for this purpose. `who` is the connection
    /// that asks: in-order arrivals may borrow of the reserve. Who has borrowed and never ends his
    /// message keeps nobody from ending another.
    [[nodiscard]] constexpr segment_handle take(purpose why, std::uint32_t who) noexcept {
        if (available_ <= reserve_) {
            const bool lent = borrower_ != nobody && borrower_ != who;
            const bool last = why == purpose::in_order_last;
            if (available_ == 0 || (!last && (why != purpose::in_order || lent))) return no_segment;
            if (!last) borrower_ = who;
        }
        --available_;
        return unlink(free_);
    }

    /// `who` needs no more of the reserve: its message is complete, or given up.
    constexpr void repay(std::uint32_t who) noexcept {
        if (borrower_ == who) borrower_ = nobody;
    }

    /// A descriptor without octets, for a sequenced NUL; `no_segment` when there is none.
    [[nodiscard]] constexpr segment_handle take_nul() noexcept {
        return free_nul_ == no_segment ? no_segment : unlink(free_nul_);
    }

    /// Whether `count` segments may be taken for sending.
    [[nodiscard]] constexpr bool has_room(std::size_t count = 1) const noexcept {
        return available_ >= reserve_ + count;
    }
    /// The most that could ever be taken for sending.
    [[nodiscard]] constexpr std::size_t sendable() const noexcept { return segments_ - reserve_; }
    /// What one connection leaves to the others: a quarter, where the pool has room for several.
    [[nodiscard]] constexpr std::size_t share_of_others() const noexcept {
        const std::size_t beyond = sendable() < 3 * reserve_ ? 0 : sendable() - 3 * reserve_;
        return beyond < sendable() / 4 ? beyond : sendable() / 4;
    }
    [[nodiscard]] constexpr std::size_t reserve() const noexcept { return reserve_; }

    constexpr void give_back(segment_handle h) noexcept {
        const bool with_octets = index(h) < segments_;
        at(h) = segment_descriptor{};
        at(h).next = std::exchange(with_octets ? free_ : free_nul_, h);
        if (with_octets && ++available_ > reserve_) borrower_ = nobody;  // it is whole again
    }

    [[nodiscard]] constexpr segment_descriptor& at(segment_handle h) noexcept {
        RRDP_ASSERT(index(h) < descriptors_.size());
        return descriptors_[index(h)];
    }
    [[nodiscard]] constexpr const segment_descriptor& at(segment_handle h) const noexcept {
        RRDP_ASSERT(index(h) < descriptors_.size());
        return descriptors_[index(h)];
    }

    /// Copies `data` into segment `h`; it must fit `segment_max`.
    constexpr void store(segment_handle h, octets_view data) noexcept {
        RRDP_ASSERT(data.size() <= segment_max_ && index(h) < segments_);
        copy_octets(data, memory_.subspan(index(h) * segment_max_, data.size()));
        at(h).size = static_cast<std::uint16_t>(data.size());
    }

    /// Fills segment `h` with the next `size` octets of `from`.
    constexpr void store(segment_handle h, gather& from, std::size_t size) noexcept {
        RRDP_ASSERT(size <= segment_max_ && index(h) < segments_);
        from.read(memory_.subspan(index(h) * segment_max_, size));
        at(h).size = static_cast<std::uint16_t>(size);
    }

    /// Puts `size` octets more behind those that segment `h` has: where to write them.
    [[nodiscard]] constexpr octets extend(segment_handle h, std::size_t size) noexcept {
        segment_descriptor& d = at(h);
        RRDP_ASSERT(d.size + size <= segment_max_ && index(h) < segments_);
        const octets more = memory_.subspan(index(h) * segment_max_ + d.size, size);
        d.size = static_cast<std::uint16_t>(d.size + size);
        return more;
    }

    /// Where `size` octets of segment `h` are to be written, which are all that it then has.
    [[nodiscard]] constexpr octets room(segment_handle h, std::size_t size) noexcept {
        RRDP_ASSERT(size <= segment_max_);
        at(h).size = static_cast<std::uint16_t>(size);
        return room(h);
    }

    /// Where the octets of segment `h` are to be written.
    [[nodiscard]] constexpr octets room(segment_handle h) noexcept {
        RRDP_ASSERT(index(h) < segments_);
        return memory_.subspan(index(h) * segment_max_, at(h).size);
    }

    /// The octets of segment `h`: valid until it is given back. Empty for a NUL.
    [[nodiscard]] constexpr octets_view data(segment_handle h) const noexcept {
        if (index(h) >= segments_) return {};
        return memory_.subspan(index(h) * segment_max_, at(h).size);
    }

    /// So many of them from `offset` on, which segment `h` must have.
    [[nodiscard]] constexpr octets_view data(segment_handle h, std::size_t offset,
                                             std::size_t size) const noexcept {
        RRDP_ASSERT(index(h) < segments_ && offset + size <= at(h).size);
        return memory_.subspan(index(h) * segment_max_ + offset, size);
    }

    [[nodiscard]] constexpr std::size_t segment_max() const noexcept { return segment_max_; }
    [[nodiscard]] constexpr std::size_t available() const noexcept { return available_; }
    [[nodiscard]] constexpr std::size_t size() const noexcept { return segments_; }

private:
    static constexpr std::size_t index(segment_handle h) noexcept {
        return static_cast<std::size_t>(h);
    }
    constexpr segment_handle unlink(segment_handle& head) noexcept {
        const segment_handle h = std::exchange(head, at(head).next);
        at(h).next = no_segment;
        return h;
    }

    std::span<segment_descriptor> descriptors_;
    octets memory_;
    std::size_t segment_max_ = 0;
    std::size_t reserve_ = 0;
    std::size_t segments_ = 0;
    std::size_t available_ = 0;
    std::uint32_t borrower_ = nobody;  ///< of the reserve
    segment_handle free_ = no_segment;
    segment_handle free_nul_ = no_segment;
};

/// Segments in a row, first in, first out: a send queue, the messages an application has
/// not taken yet.
class segment_queue {
public:
    [[nodiscard]] constexpr bool empty() const noexcept { return head_ == no_segment; }
    [[nodiscard]] constexpr segment_handle front() const noexcept { return head_; }
    [[nodiscard]] constexpr segment_handle back() const noexcept { return tail_; }

    constexpr void push(segment_pool& pool, segment_handle h) noexcept {
        pool.at(h).next = no_segment;
        if (empty())
            head_ = h;
        else
            pool.at(tail_).next = h;
        tail_ = h;
    }

    constexpr segment_handle pop(segment_pool& pool) noexcept {
        RRDP_ASSERT(!empty());
        const segment_handle h = std::exchange(head_, pool.at(head_).next);
        pool.at(h).next = no_segment;
        return h;
    }

    /// Takes the first message out, whole: its first segment, the others follow by `next`.
    constexpr segment_handle pop_message(segment_pool& pool) noexcept {
        RRDP_ASSERT(!empty());
        const segment_handle first = head_;
        segment_handle last = first;
        for (auto n = pool.at(first).following; n > 0; --n) last = pool.at(last).next;
        head_ = std::exchange(pool.at(last).next, no_segment);
        return first;
    }

    /// Appends all that `other` has, which is empty then.
    constexpr void append(segment_pool& pool, segment_queue& other) noexcept {
        if (other.empty()) return;
        (empty() ? head_ : pool.at(tail_).next) = other.head_;
        tail_ = other.tail_;
        other.head_ = no_segment;
    }

private:
    segment_handle head_ = no_segment;
    segment_handle tail_ = no_segment;
};

}  // namespace rrdp
