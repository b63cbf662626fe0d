// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <rrdp/core/connection.hpp>
#include <rrdp/core/profiles.hpp>

#include "support/catch.hpp"

/// The protocol as a constant expression: what is asserted here was run by the compiler, so that no
/// undefined behaviour, no allocation and no leftover of another run can be part of it.
namespace {

using namespace std::chrono_literals;
using rrdp::octets_view;

struct tiny : rrdp::default_policy {
    static constexpr std::uint16_t max_outstanding = 4;
};
using conversation = rrdp::connection<tiny>;

/// One side, with pools of its own: a connection used alone, point to point.
struct side {
    static constexpr std::size_t segments = 16;
    static constexpr std::size_t segment_max = 64;

    std::array<rrdp::segment_descriptor, segments + 4> descriptors{};
    std::array<std::byte, segments * segment_max> memory{};
    std::array<rrdp::segment_handle, 2 * conversation::ring_slots> slots{};
    rrdp::segment_pool pool{descriptors, memory, segment_max, 4};
    rrdp::ring_pool rings{slots, conversation::ring_slots};
    rrdp::statistics stats{};
    rrdp::null_observer observer{};
    rrdp::options opt{.offered = rrdp::wire::features::fin,
                      .max_outstanding = 4,
                      .send_queue = 8,
                      .receive_slots = 8};
    conversation held{};

    constexpr rrdp::context<tiny> at(rrdp::instant now) {
        return {pool, rings, stats, observer, opt, now, 0, 1'500};
    }
};

/// Two sides on a wire without delay; frame `lost` of all that are sent never arrives.
struct exchange {
    side a{}, b{};
    rrdp::instant now{1s};
    int lost = -1;
    int sent = 0;
    bool accepted = false;

    constexpr bool carry(side& from, side& to) {
        std::array<std::byte, 128> frame{};
        auto x = from.at(now);
        const std::size_t size = from.held.poll_transmit(x, frame);
        if (size == 0) return false;
        if (sent++ == lost) return true;
        const auto s = rrdp::wire::parse(octets_view{frame}.first(size));
        if (!s || !rrdp::wire::checksum_valid(*s, rrdp::wire::coverage::header_and_data))
            return true;
        auto y = to.at(now);
        if (&to == &b && !accepted) {
            accepted = true;
            to.held.accept(y, *s, *rrdp::wire::parse_syn(*s), {.first = 0xffff, .tag = 6});
        } else {
            static_cast<void>(to.held.handle_segment(y, *s));
        }
        return true;
    }

    /// Lets everything happen that time brings, until nothing more would; bounded.
    constexpr void settle(rrdp::duration span) {
        const rrdp::instant end = now + span;
        for (int step = 0; step < 200; ++step) {
            if (carry(a, b) || carry(b, a)) continue;
            const auto next = std::min(a.held.next_timeout(), b.held.next_timeout());
            if (next > end) break;
            now = next;
            auto x = a.at(now);
            auto y = b.at(now);
            a.held.handle_timeout(x);
            b.held.handle_timeout(y);
        }
    }

    constexpr void open() {
        auto x = a.at(now);
        a.held.connect(x, 5'001, 7, {.first = 0xfffe, .tag = 5});
        settle(900ms);
    }

    constexpr bool send(std::size_t size, std::uint8_t fill) {
        std::array<std::byte, side::segment_max> message{};
        message.fill(static_cast<std::byte>(fill));
        auto x = a.at(now);
        return a.held.send(x, octets_view{message}.first(size)).has_value();
    }

    /// Whether b's next message is `size` octets of `fill`.
    constexpr bool received(std::size_t size, std::uint8_t fill) {
        auto y = b.at(now);
        const rrdp::message_place m = b.held.receive(y.segments);
        if (m.none()) return false;
        bool same = m.data(b.pool).size() == size;
        for (const std::byte octet : m.data(b.pool)) same &= octet == static_cast<std::byte>(fill);
        b.held.release(y.segments, m);
        return same;
    }

    constexpr rrdp::state state_of_a() const { return a.held.record().at; }
    constexpr rrdp::state state_of_b() const { return b.held.record().at; }
};

constexpr bool opens() {
    exchange e;
    e.open();
    return e.state_of_a() == rrdp::state::open && e.state_of_b() == rrdp::state::open &&
           e.a.held.record().message_max == side::segment_max;
}

/// Five messages pass the wrap at 0xffff; whichever frame is lost, they arrive, and both close.
constexpr bool survives_the_loss_of(int frame) {
    exchange e;
    e.lost = frame;
    e.open();
    for (std::uint8_t i = 0; i < 5; ++i)
        if (!e.send(std::size_t{i} + 1, i)) return false;
    e.settle(900ms);
    for (std::uint8_t i = 0; i < 5; ++i)
        if (!e.received(std::size_t{i} + 1, i)) return false;
    auto x = e.a.at(e.now);
    if (e.a.held.close(x) != rrdp::errc::ok) return false;
    e.settle(900ms);
    return e.state_of_a() == rrdp::state::close_wait &&
           e.a.held.record().ledger == rrdp::send_ledger{5, 5, 5} &&
           e.a.pool.available() == side::segments && e.b.pool.available() == side::segments;
}

static_assert(opens(), "three-way handshake, R-7.11 to R-7.18");
static_assert(survives_the_loss_of(-1), "no loss");
static_assert(survives_the_loss_of(0), "the SYN is lost");
static_assert(survives_the_loss_of(1), "the SYN ACK is lost");
static_assert(survives_the_loss_of(2), "the third ACK is lost");
static_assert(survives_the_loss_of(3), "the first message is lost");
static_assert(survives_the_loss_of(5), "a message in the middle, across the wrap, is lost");

}  // namespace

TEST_CASE("constant evaluation: whichever frame is lost, all is delivered and both sides close",
          "[conformance][R-7.13][R-7.18][R-8.3][R-9.4][R-10.3]") {
    const int frame = GENERATE(range(-1, 24));
    CAPTURE(frame);
    CHECK(survives_the_loss_of(frame));
}
