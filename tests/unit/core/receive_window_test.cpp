// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <deque>
#include <map>
#include <vector>

#include <rrdp/core/receive_window.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

/// What several windows share, as the connections of an endpoint do.
struct shared_pools {
    std::size_t segments;
    std::size_t rings;
    std::size_t reserve;
    std::size_t ring_size;
    static constexpr std::size_t segment_max = 12;

    std::vector<segment_descriptor> descriptors = std::vector<segment_descriptor>(segments);
    std::vector<std::byte> memory = std::vector<std::byte>(segments * segment_max);
    std::vector<segment_handle> slots = std::vector<segment_handle>(rings * ring_size);
    segment_pool pool{descriptors, memory, segment_max, reserve};
    ring_pool ring_store{slots, ring_size};

    shared_pools(std::size_t segment_count, std::size_t ring_count, std::size_t kept,
                 std::uint16_t outstanding_max)
        : segments{segment_count},
          rings{ring_count},
          reserve{kept},
          ring_size{std::bit_ceil(2U * outstanding_max)} {}
};

/// What number `n` carries: always the same, so that a mix-up shows.
segment_kind kind_at(std::uint64_t n) {
    switch (n * 7 % 19) {
        case 0: return segment_kind::nul;
        case 1: return segment_kind::fin;
        case 2: return segment_kind::empty;
        default: return segment_kind::data;
    }
}
std::vector<std::byte> octets_at(std::uint64_t n) {
    if (kind_at(n) != segment_kind::data) return {};
    std::vector<std::byte> octets(1 + n % shared_pools::segment_max);
    for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::byte>(n * 31 + i);
    return octets;
}

/// A sink that takes everything and does `pass(kind, handle)`.
template <class Pass>
struct sink_of {
    Pass on_pass;
    bool fits(const incoming&) const { return true; }
    void pass(segment_kind kind, segment_handle h) const { on_pass(kind, h); }
};
template <class Pass>
sink_of(Pass) -> sink_of<Pass>;

/// A segment arrives for connection 0.
template <class Sink>
placement accept(receive_window& w, shared_pools& shared, std::uint32_t n, segment_kind kind,
                 octets_view data, Sink sink) {
    return w.accept(shared.pool, shared.ring_store, 0, {sequence{n}, kind, 0, 0, data}, sink);
}

/// What a run of the model must have met, or it has proved little.
struct experience {
    std::map<placement, std::size_t> placements{};
    std::size_t passed_held = 0;
};

/// A window and an application, and beside them what the specification says of them: numbers that
/// do not wrap in a map.
class modelled_window {
public:
    modelled_window(shared_pools& shared, std::uint32_t first, std::uint16_t outstanding_max,
                    std::uint16_t slots)
        : shared_{shared}, x_{outstanding_max}, slots_{slots} {
        open(first);
    }

    void open(std::uint32_t first) {
        cur_ = (std::uint64_t{1} << 40) + first;
        edge_ = cur_ + 2 * x_;
        window_.open(sequence{first}, static_cast<std::uint16_t>(x_), slots_);
    }

    /// Number `n` arrives.
    placement arrive(std::uint64_t n) {
        const placement expected = expected_for(n);
        const placement before = window_.classify(shared_.ring_store, whole(n));
        if (before != placement::in_order && before != placement::out_of_order) {
            REQUIRE(before == expected);
            ++met.placements[before];
            return before;
        }
        REQUIRE(before == (n == cur_ + 1 ? placement::in_order : placement::out_of_order));
        const auto octets = octets_at(n);
        const placement after =
            accept(window_, shared_, whole(n).value(), kind_at(n), octets,
                   sink_of{[&](segment_kind kind, segment_handle h) { take_over(n, kind, h); }});
        REQUIRE(after == expected);
        ++met.placements[after];
        if (after == placement::out_of_order) held_.push_front(n);
        return after;
    }

    /// Some number arrives that a peer may send, or one that it may not.
    void anything_arrives(testing::dice& random) {
        const auto span = static_cast<std::int32_t>(2 * x_);
        const std::int32_t steps =
            random.chance(30) ? 1 : random.between(random.chance(20) ? -span : 1, span + 2);
        arrive(static_cast<std::uint64_t>(static_cast<std::int64_t>(cur_) + steps));
    }

    /// The application takes a message, if there is one.
    void take() {
        if (inbox_.empty()) return;
        shared_.pool.give_back(inbox_.front());
        inbox_.pop_front();
        window_.vacate();
        extend_edge();
    }

    void clear() {
        window_.clear(shared_.pool, shared_.ring_store);
        held_.clear();
        REQUIRE_FALSE(window_.has_gap());
        while (!inbox_.empty()) take();
    }

    void check() const {
        REQUIRE(window_.last_in_order() == whole(cur_));
        REQUIRE(window_.edge() == whole(edge_));
        REQUIRE(window_.room() == static_cast<std::int32_t>(edge_ - cur_));
        REQUIRE((window_.width() == static_cast<std::int32_t>(2 * x_) && edge_ - cur_ <= 2 * x_));
        REQUIRE(window_.unread() == inbox_.size());
        REQUIRE(inbox_.size() + (edge_ - cur_) <= slots_);
        REQUIRE(window_.has_gap() == !held_.empty());
        segment_handle h = window_.newest();
        for (const std::uint64_t n : held_) {
            REQUIRE(h != no_segment);
            REQUIRE(sequence{shared_.pool.at(h).order} == whole(n));
            check_content(n, h);
            h = shared_.pool.at(h).older;
        }
        REQUIRE(h == no_segment);
    }

    /// Everything that is missing arrives, oldest first, and the application takes all.
    void catch_up(std::uint64_t last) {
        for (std::uint64_t rounds = 0; cur_ < last; ++rounds) {
            REQUIRE(rounds < 10'000);
            const std::uint64_t before = cur_;
            arrive(cur_ + 1);
            while (!inbox_.empty()) take();
            REQUIRE(cur_ > before);
        }
    }

    [[nodiscard]] std::size_t segments() const { return held_.size() + inbox_.size(); }
    [[nodiscard]] std::size_t rings() const { return held_.empty() ? 0 : 1; }
    [[nodiscard]] std::uint64_t last_in_order() const { return cur_; }
    [[nodiscard]] std::uint64_t newest_held() const {
        return held_.empty() ? cur_ : *std::max_element(held_.begin(), held_.end());
    }

    experience met;

private:
    [[nodiscard]] static sequence whole(std::uint64_t number) {
        return sequence{static_cast<std::uint32_t>(number)};
    }
    [[nodiscard]] bool holds(std::uint64_t n) const {
        return std::find(held_.begin(), held_.end(), n) != held_.end();
    }

    /// and what the pools have.
    [[nodiscard]] placement expected_for(std::uint64_t n) const {
        if (n <= cur_) return placement::old;
        if (n > cur_ + 2 * x_) return placement::beyond;
        if (holds(n)) return placement::duplicate;
        if (n > edge_) return placement::no_slot;
        if (n == cur_ + 1) {
            const bool needs_room = is_message(kind_at(n));
            return needs_room && shared_.pool.available() == 0 ? placement::no_slot
                                                               : placement::in_order;
        }
        const bool room = shared_.pool.available() > shared_.reserve;
        const bool ring = !held_.empty() || shared_.ring_store.available() > 0;
        return room && ring ? placement::out_of_order : placement::no_slot;
    }

    /// The next number was passed: it must be the next one, as it was sent.
    void take_over(std::uint64_t arrived, segment_kind kind, segment_handle h) {
        ++cur_;
        REQUIRE(window_.last_in_order() == whole(cur_));
        REQUIRE(kind == kind_at(cur_));
        const bool was_held = holds(cur_);
        REQUIRE(was_held == (cur_ != arrived));
        REQUIRE((h != no_segment) == (was_held || is_message(kind)));
        if (h != no_segment) check_content(cur_, h);
        held_.erase(std::remove(held_.begin(), held_.end(), cur_), held_.end());
        met.passed_held += was_held ? 1U : 0U;
        if (is_message(kind)) {
            inbox_.push_back(h);
            window_.occupy();
        } else if (h != no_segment) {
            shared_.pool.give_back(h);
        }
        extend_edge();
    }

    void extend_edge() {
        const std::uint64_t free = slots_ - inbox_.size();
        edge_ = std::max(edge_, cur_ + std::min(2 * x_, free));
    }

    void check_content(std::uint64_t n, segment_handle h) const {
        const auto octets = octets_at(n);
        const auto data = shared_.pool.data(h);
        REQUIRE(shared_.pool.at(h).kind == kind_at(n));
        REQUIRE(std::equal(data.begin(), data.end(), octets.begin(), octets.end()));
    }

    shared_pools& shared_;
    receive_window window_;
    std::uint64_t x_;
    std::uint16_t slots_;
    std::uint64_t cur_ = 0;  ///< RCV.CUR and RCV.EDGE, counted on without end
    std::uint64_t edge_ = 0;
    std::deque<std::uint64_t> held_;    ///< out of order, the newest arrival first
    std::deque<segment_handle> inbox_;  ///< passed and not yet taken
};

void check_pools(const shared_pools& shared, const std::vector<modelled_window>& windows) {
    std::size_t segments = 0;
    std::size_t rings = 0;
    for (const modelled_window& w : windows) {
        w.check();
        segments += w.segments();
        rings += w.rings();
    }
    REQUIRE(shared.pool.available() == shared.segments - segments);
    REQUIRE(shared.ring_store.available() == shared.rings - rings);
}

/// Two windows and three rings' worth of what they may need, in any order.
void run(shared_pools& shared, std::vector<modelled_window>& windows, testing::dice& random) {
    std::uint32_t eagerness = 50;  // how often the applications take a message
    for (int i = 0; i < 5'000; ++i) {
        modelled_window& w = windows[random.below(windows.size())];
        if (i % 250 == 0) eagerness = random.below(80);
        if (random.chance(eagerness))
            w.take();
        else
            w.anything_arrives(random);
        check_pools(shared, windows);
    }
}

TEST_CASE("receive_window: it is a map of numbers that never wrap, whatever arrives",
          "[core][R-1.1][R-7.2][R-7.26][R-7.27][R-7.28][R-8.13][R-8.17]") {
    const auto outstanding_max = GENERATE(as<std::uint16_t>{}, 1, 2, 3, 8);
    const auto first = GENERATE(as<std::uint32_t>{}, 0, 0xfff6, 0x7fff'fff6, 0xffff'fff6);
    const auto more_slots = GENERATE(as<std::uint16_t>{}, 0, 1, 20);
    INFO("X " << outstanding_max << ", first " << first << ", slots 2X + " << more_slots);
    testing::dice random{first + outstanding_max * 100U + more_slots};
    shared_pools shared{64, 2, 0, outstanding_max};
    const auto slots = static_cast<std::uint16_t>(2 * outstanding_max + more_slots);
    std::vector<modelled_window> windows{{shared, first, outstanding_max, slots},
                                         {shared, first + 9, outstanding_max, slots}};
    run(shared, windows, random);
    for (modelled_window& w : windows) {
        for (const placement p : {placement::in_order, placement::out_of_order, placement::old,
                                  placement::duplicate, placement::beyond, placement::no_slot})
            CHECK(w.met.placements[p] > 0);
        CHECK(w.met.passed_held > 20);
    }
}

TEST_CASE("receive_window: it goes on however little there is to share, and loses nothing it held",
          "[core][R-7.28]") {
    const auto segments = GENERATE(as<std::size_t>{}, 4, 5, 8, 16);
    const auto rings = GENERATE(as<std::size_t>{}, 1, 2);
    INFO("segments " << segments << ", rings " << rings);
    constexpr std::uint16_t outstanding_max = 4;
    testing::dice random{segments * 10 + rings};
    shared_pools shared{segments, rings, segments / 4, outstanding_max};
    std::vector<modelled_window> windows{{shared, 0xfffa, outstanding_max, 8},
                                         {shared, 0xffff'fff3, outstanding_max, 8}};
    run(shared, windows, random);
    for (modelled_window& w : windows) CHECK(w.met.placements[placement::no_slot] > 100);
    // The applications take everything; then all that is missing arrives, and finds room.
    for (int round = 0; round < 64; ++round)
        for (modelled_window& w : windows) w.take();
    for (modelled_window& w : windows) {
        w.catch_up(w.newest_held() + 20);
        check_pools(shared, windows);
    }
    CHECK(shared.pool.available() == segments);
    CHECK(shared.ring_store.available() == rings);
}

TEST_CASE("receive_window: cleared, it has given back everything and can open anew", "[core]") {
    shared_pools shared{16, 1, 0, 4};
    testing::dice random{3};
    modelled_window w{shared, 0xffff'fffa, 4, 8};
    for (int round = 0; round < 50; ++round) {
        for (int i = 0; i < 40; ++i) {
            if (random.chance(30)) w.take();
            w.anything_arrives(random);
            w.check();
        }
        w.clear();
        CHECK(shared.pool.available() == 16);
        CHECK(shared.ring_store.available() == 1);
        for (std::uint32_t n = 0; n < 8; ++n) {
            const segment_handle slot = shared.slots[n];
            CHECK((slot == no_segment || n == 0));  // the first one links the free rings
        }
        w.open(static_cast<std::uint32_t>(random.next()));
        w.check();
    }
}

TEST_CASE("receive_window: the window is 2X wide, its right edge outside", "[core][R-7.2]") {
    for (const std::uint32_t first : {0U, 0xfffcU, 0xffff'fffcU}) {
        shared_pools shared{4, 1, 0, 3};
        receive_window w;
        w.open(sequence{first}, 3, 6);
        const auto at = [&](std::uint32_t steps) {
            return w.classify(shared.ring_store, sequence{first} + steps);
        };
        CHECK(at(static_cast<std::uint32_t>(-1)) == placement::old);
        CHECK(at(0) == placement::old);
        CHECK(at(1) == placement::in_order);
        for (std::uint32_t steps = 2; steps <= 6; ++steps)
            CHECK(at(steps) == placement::out_of_order);
        CHECK(at(7) == placement::beyond);
        CHECK(at(0x7fff'ffff) == placement::beyond);
        CHECK(at(0x8000'0000) == placement::old);
    }
}

TEST_CASE("receive_window: it has room until all that was promised has come", "[core][R-7.27]") {
    receive_window w;
    w.open(sequence{100}, 4, 8);
    for (int taken = 0; taken < 8; ++taken) {
        CHECK(w.has_room());
        CHECK(w.room() == 8 - taken);
        w.pass_message();
    }
    CHECK_FALSE(w.has_room());
}

TEST_CASE("receive_window: a NUL in sequence needs neither room nor ring", "[core][R-3.12]") {
    shared_pools shared{1, 1, 0, 2};
    REQUIRE(shared.pool.take(segment_pool::purpose::in_order, 0) != no_segment);
    receive_window w;
    w.open(sequence{5}, 2, 4);
    std::size_t passed = 0;
    const sink_of count{[&](segment_kind kind, segment_handle h) {
        passed += kind == segment_kind::fin && h == no_segment ? 1U : 0U;
    }};
    CHECK(accept(w, shared, 6, segment_kind::fin, {}, count) == placement::in_order);
    CHECK(passed == 1);
    CHECK(w.last_in_order() == sequence{6});
    CHECK(shared.ring_store.available() == 1);
}

TEST_CASE("receive_window: what finds no room is as if it had not come", "[core][R-7.27]") {
    shared_pools shared{2, 1, 1, 2};
    receive_window w;
    w.open(sequence{5}, 2, 4);
    const sink_of ignore{[](segment_kind, segment_handle) {}};
    const std::vector<std::byte> one(1);
    const auto arrive = [&](std::uint32_t n) {
        return accept(w, shared, n, segment_kind::data, one, ignore);
    };
    CHECK(arrive(7) == placement::out_of_order);
    CHECK(arrive(8) == placement::no_slot);  // only the reserve is left
    CHECK(w.classify(shared.ring_store, sequence{8}) == placement::out_of_order);
    CHECK(w.last_in_order() == sequence{5});
    CHECK(arrive(6) == placement::in_order);  // the reserve is for what closes the gap
    CHECK(w.last_in_order() == sequence{7});
    CHECK_FALSE(w.has_gap());
    CHECK(arrive(8) == placement::no_slot);
    CHECK(w.last_in_order() == sequence{7});
}

TEST_CASE("receive_window: without a ring nothing is held, and the segment goes back",
          "[core][R-7.27]") {
    shared_pools shared{4, 1, 0, 2};
    const ring_handle other = shared.ring_store.take();
    receive_window w;
    w.open(sequence{0xffff}, 2, 4);
    const sink_of ignore{[](segment_kind, segment_handle) {}};
    const std::vector<std::byte> one(1);
    CHECK(accept(w, shared, 0x1'0001, segment_kind::data, one, ignore) == placement::no_slot);
    CHECK(shared.pool.available() == 4);
    CHECK_FALSE(w.has_gap());
    shared.ring_store.give_back(other);
    CHECK(accept(w, shared, 0x1'0001, segment_kind::data, one, ignore) == placement::out_of_order);
}

TEST_CASE("receive_window: a promise to hold a number is never taken back", "[core][R-8.17]") {
    shared_pools shared{16, 1, 0, 2};
    receive_window w;
    w.open(sequence{0}, 2, 4);
    const std::vector<std::byte> one(1);
    const sink_of keep{[&](segment_kind, segment_handle) { w.occupy(); }};
    for (std::uint32_t n = 1; n <= 4; ++n) {
        CHECK(accept(w, shared, n, segment_kind::data, one, keep) == placement::in_order);
        CHECK(w.edge() == sequence{4});
    }
    CHECK(w.classify(shared.ring_store, sequence{5}) == placement::no_slot);
    w.vacate();
    CHECK(w.edge() == sequence{5});
    CHECK(w.classify(shared.ring_store, sequence{5}) == placement::in_order);
    CHECK(w.classify(shared.ring_store, sequence{6}) == placement::no_slot);
}

TEST_CASE("receive_window: only what is held out of order is held", "[core][R-7.28]") {
    shared_pools shared{16, 1, 0, 4};
    receive_window w;
    w.open(sequence{10}, 4, 8);
    const std::vector<std::byte> one(1);
    const sink_of ignore{[](segment_kind, segment_handle) {}};
    CHECK(w.held(shared.ring_store, sequence{12}) == no_segment);  // there is no ring yet
    REQUIRE(accept(w, shared, 12, segment_kind::data, one, ignore) == placement::out_of_order);
    CHECK(w.held(shared.ring_store, sequence{12}) != no_segment);
    // The same slots as that of 12, and of none that may be held.
    for (const std::uint32_t n : {4U, 10U, 11U, 13U, 20U, 28U})
        CHECK(w.held(shared.ring_store, sequence{n}) == no_segment);
    w.clear(shared.pool, shared.ring_store);
}

}  // namespace
}  // namespace rrdp
