// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include <rrdp/link/concepts.hpp>
#include <rrdp/testing/test_frame.hpp>

namespace rrdp::testing {

/// How a check ended. One is skipped when it does not apply to the link.
enum class verdict : std::uint8_t { passed, failed, skipped };

/// What a check has to say: nothing when it passed, otherwise why not.
struct answer {
    answer() = default;
    answer(std::string text) : outcome{verdict::failed}, why{std::move(text)} {}
    answer(const char* text) : answer{std::string{text}} {}
    static answer skipped(std::string text) {
        answer skip{std::move(text)};
        skip.outcome = verdict::skipped;
        return skip;
    }
    explicit operator bool() const noexcept { return outcome == verdict::passed; }

    verdict outcome = verdict::passed;
    std::string why;
};

/// What is to be known of a link before it is checked.
struct conformance_options {
    bool lossless = true;  ///< what was committed arrives, as long as somebody receives in time
    std::size_t frame_min = 0;    ///< the shortest frame; 0: 14 where there is an address, else 1
    std::size_t frames = 2'000;   ///< how often the checks repeat that look for leaks
    std::size_t flood = 100'000;  ///< how many frames are committed at most to fill the link
    unsigned patience = 100;      ///< looks for a frame, with `settle` between, before it is lost
    std::uint16_t ethertype = 0x88b6;
};

/// Sends and expects test frames on a pair of links; the hands of `link_conformance`.
template <class Pair, class Settle>
class link_probe {
    template <class End>
    static auto& link_of(End& end) noexcept {
        if constexpr (link<End>)
            return end;
        else
            return *end;
    }

public:
    using tested = std::remove_reference_t<decltype(link_of(std::declval<Pair&>().a))>;
    static_assert(link<tested>, "the members a and b of a pair are links, or point to links");

    link_probe(Pair& pair, const conformance_options& wanted, Settle& settling) noexcept
        : ends{pair}, a{link_of(pair.a)}, b{link_of(pair.b)}, options{wanted}, settle_{settling} {}

    Pair& ends;
    tested& a;
    tested& b;
    const conformance_options& options;

    /// Room for a frame; less than was asked for is none.
    static auto lease(tested& from, std::size_t size) {
        auto given = from.lease(size);
        if (given && given->bytes().size() < size) given.reset();
        return given;
    }

    /// Sends one frame, and expects it and no other at the other end.
    answer exchange(tested& from, tested& to, std::size_t size, std::size_t number) {
        answer sent = send(from, to, size, number);
        return sent ? expect(from, to, size, number) : sent;
    }

    /// Sends one frame, with patience for a full link.
    answer send(tested& from, tested& to, std::size_t size, std::size_t number) {
        for (unsigned look = 0; look < options.patience; ++look) {
            if (try_send(from, to, size, number)) return {};
            settle();
        }
        return "no room for " + std::to_string(size) + " octets";
    }

    /// Sends one frame, if the link has room for it now.
    bool try_send(tested& from, tested& to, std::size_t size, std::size_t number) {
        {
            if (auto leased = lease(from, size)) {
                write_test_frame(leased->bytes().first(size), frame_ends_of(from, to), number);
                leased->commit(size);
            } else {
                size = 0;
            }
        }
        flush(from);
        return size != 0;
    }

    /// Expects a frame, and that it is this one.
    answer expect(tested& from, tested& to, std::size_t size, std::size_t number) {
        const auto frame = receive(to);
        if (!frame) return "a frame of " + std::to_string(size) + " octets did not arrive";
        if (is_test_frame(frame->bytes(), size, frame_ends_of(from, to), number)) return {};
        return "another frame arrived than the one of " + std::to_string(size) + " octets";
    }

    /// The next frame, with patience.
    [[nodiscard]] std::optional<typename tested::rx_frame> receive(tested& to) {
        auto frame = to.receive();
        for (unsigned look = 1; !frame && look < options.patience; ++look) {
            flush(a);
            flush(b);
            settle();
            frame = to.receive();
        }
        return frame;
    }

    void settle() { settle_(ends); }

    /// Flushes where that is needed; whether nothing is kept back.
    static bool flush(tested& end) {
        if constexpr (flushable_link<tested>)
            return end.flush();
        else
            return true;
    }

    /// What an event loop would sleep on; -1 for a link that has nothing of the kind.
    [[nodiscard]] static int handle_of(const tested& end) {
        if constexpr (pollable_link<tested>)
            return end.native_handle();
        else
            return -1;
    }

    [[nodiscard]] frame_ends frame_ends_of(tested& from, tested& to) const {
        return {from.properties().address, to.properties().address, options.ethertype};
    }

    /// The shortest frame that makes sense on the link.
    [[nodiscard]] std::size_t frame_min() const {
        if (options.frame_min != 0) return options.frame_min;
        return a.properties().address.is_zero() ? 1 : 14;
    }

    /// The size of most test frames.
    [[nodiscard]] std::size_t usual() const {
        return std::max(frame_min(), std::min<std::size_t>(a.properties().max_frame, 100));
    }

private:
    Settle& settle_;
};

}  // namespace rrdp::testing
