// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <initializer_list>
#include <set>
#include <vector>

#include <rrdp/core/segment_pool.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

using purpose = segment_pool::purpose;

static_assert(!is_segment(no_segment));
static_assert(!is_segment(delivered(0)) && !is_segment(delivered(255)));
static_assert(is_segment(segment_handle{0}) && is_segment(segment_handle{0xffff'fdff}));
static_assert(messages_of(delivered(0)) == 0 && messages_of(delivered(255)) == 255);
static_assert(messages_of(no_segment) == 0);

std::uint32_t number(segment_handle h) {
    return static_cast<std::uint32_t>(h);
}

/// A pool with memory of its own.
struct small_pool {
    std::vector<segment_descriptor> descriptors;
    std::vector<std::byte> memory;
    segment_pool pool;

    small_pool(std::size_t segments, std::size_t nuls, std::size_t segment_max, std::size_t reserve)
        : descriptors(segments + nuls),
          memory(segments * segment_max),
          pool{descriptors, memory, segment_max, reserve} {}
};

bool as_new(const segment_descriptor& d) {
    return d.first_sent == instant{} && d.last_sent == instant{} && d.order == 0 &&
           d.next == no_segment && d.newer == no_segment && d.older == no_segment && d.size == 0 &&
           d.following == 0 && !d.early && !d.taken && d.transmissions == 0 &&
           d.kind == segment_kind::data && d.lost == loss::none && !d.waits && d.messages == 0 &&
           !d.whole;
}

/// A pool and what must be true of it: who has taken which segment, and what is in it.
class pool_model {
public:
    pool_model(std::uint64_t seed, std::size_t segments, std::size_t nuls, std::size_t reserve)
        : p_{segments, nuls, segment_max, reserve},
          random_{seed},
          segments_{segments},
          nuls_{nuls},
          reserve_{reserve} {}

    void step() {
        switch (random_.below(8)) {
            case 0: return take(purpose::send);
            case 1: return take(purpose::out_of_order);
            case 2:
            case 3: return take(purpose::in_order);
            case 4: return take_nul();
            case 5: return scribble();
            default: return give_back();
        }
    }
    void check() const {
        REQUIRE(p_.pool.available() == segments_ - taken_.size());
        REQUIRE(p_.pool.has_room() == has_room(purpose::send));
        for (const auto h : taken_) {
            const auto data = p_.pool.data(segment_handle{h});
            REQUIRE(data.size() == content_[h].size());
            REQUIRE(std::equal(data.begin(), data.end(), content_[h].begin()));
        }
    }

private:
    static constexpr std::size_t segment_max = 24;

    [[nodiscard]] bool has_room(purpose why) const {
        return segments_ - taken_.size() > (why == purpose::in_order ? 0 : reserve_);
    }
    void take(purpose why) {
        const bool room = has_room(why);
        const segment_handle h = p_.pool.take(why, 0);
        REQUIRE(room == (h != no_segment));
        if (!room) return;
        REQUIRE(number(h) < segments_);
        REQUIRE(taken_.insert(number(h)).second);
        REQUIRE(as_new(p_.pool.at(h)));
        REQUIRE(p_.pool.data(h).empty());
    }
    void take_nul() {
        const segment_handle h = p_.pool.take_nul();
        REQUIRE((h != no_segment) == (taken_nuls_.size() < nuls_));
        if (h == no_segment) return;
        REQUIRE((number(h) >= segments_ && number(h) < segments_ + nuls_));
        REQUIRE(taken_nuls_.insert(number(h)).second);
        REQUIRE(as_new(p_.pool.at(h)));
        REQUIRE(p_.pool.data(h).empty());
        p_.pool.at(h).kind = segment_kind::fin;
    }
    static std::uint32_t pick(const std::set<std::uint32_t>& from, std::uint32_t place) {
        return *std::next(from.begin(), place);
    }
    void scribble() {
        if (taken_.empty()) return;
        const std::uint32_t h = pick(taken_, random_.below(taken_.size()));
        std::vector<std::byte> octets(random_.below(segment_max + 1));
        for (std::byte& octet : octets) octet = static_cast<std::byte>(random_.next());
        p_.pool.store(segment_handle{h}, octets);
        auto& d = p_.pool.at(segment_handle{h});
        REQUIRE(d.size == octets.size());
        d.order = 5;
        d.transmissions = 2;
        d.lost = loss::timeout;
        d.first_sent = instant{duration{9}};
        content_[h] = octets;
    }
    void give_back() {
        const std::size_t all = taken_.size() + taken_nuls_.size();
        if (all == 0) return;
        const std::uint32_t place = random_.below(all);
        auto& from = place < taken_.size() ? taken_ : taken_nuls_;
        const auto h =
            pick(from,
                 place < taken_.size() ? place : place - static_cast<std::uint32_t>(taken_.size()));
        p_.pool.give_back(segment_handle{h});
        from.erase(h);
        content_[h].clear();
    }

    small_pool p_;
    testing::dice random_;
    std::size_t segments_;
    std::size_t nuls_;
    std::size_t reserve_;
    std::set<std::uint32_t> taken_{};
    std::set<std::uint32_t> taken_nuls_{};
    std::vector<std::vector<std::byte>> content_ =
        std::vector<std::vector<std::byte>>(segments_ + nuls_);
};

TEST_CASE("segment_pool: it is a set of segments, whatever is taken and given back",
          "[core][R-6.3]") {
    const auto segments = GENERATE(as<std::size_t>{}, 1, 2, 7, 40);
    const auto nuls = GENERATE(as<std::size_t>{}, 0, 3);
    const auto reserve = GENERATE(as<std::size_t>{}, 0, 1, 5);
    INFO("segments " << segments << ", nuls " << nuls << ", reserve " << reserve);
    pool_model model{segments * 100 + nuls * 10 + reserve, segments, nuls, reserve};
    for (int i = 0; i < 4'000; ++i) {
        model.step();
        model.check();
    }
}

TEST_CASE("segment_pool: when only the reserve is left, what closes a gap still finds room",
          "[core][R-7.28]") {
    small_pool p{10, 0, 8, 4};
    for (int i = 0; i < 6; ++i) REQUIRE(p.pool.take(purpose::send, 0) != no_segment);
    CHECK(p.pool.available() == 4);
    CHECK(p.pool.take(purpose::send, 0) == no_segment);
    CHECK(p.pool.take(purpose::out_of_order, 0) == no_segment);
    CHECK(p.pool.available() == 4);
    for (int i = 0; i < 4; ++i) REQUIRE(p.pool.take(purpose::in_order, 0) != no_segment);
    CHECK(p.pool.take(purpose::in_order, 0) == no_segment);
    CHECK(p.pool.available() == 0);
}

TEST_CASE("segment_pool: what was borrowed from the reserve refills the reserve first", "[core]") {
    small_pool p{4, 0, 8, 2};
    std::vector<segment_handle> taken;
    for (int i = 0; i < 4; ++i) taken.push_back(p.pool.take(purpose::in_order, 0));
    for (std::size_t i = 0; i < 2; ++i) {
        p.pool.give_back(taken[i]);
        CHECK_FALSE(p.pool.has_room());
    }
    p.pool.give_back(taken[2]);
    CHECK(p.pool.has_room());
}

TEST_CASE("segment_pool: the reserve is lent to one connection until its message is complete",
          "[core][R-7.28][R-8.16]") {
    small_pool p{6, 0, 8, 3};
    for (int i = 0; i < 3; ++i) REQUIRE(p.pool.take(purpose::in_order, 7) != no_segment);
    REQUIRE(p.pool.take(purpose::in_order, 7) != no_segment);
    CHECK(p.pool.take(purpose::in_order, 8) == no_segment);  // 7 may need all that is left
    p.pool.repay(8);
    CHECK(p.pool.take(purpose::in_order, 8) == no_segment);
    p.pool.repay(7);
    CHECK(p.pool.take(purpose::in_order, 8) != no_segment);
    CHECK(p.pool.take(purpose::in_order, 7) == no_segment);
}

TEST_CASE("segment_pool: a reserve that is whole again is free for whoever needs it first",
          "[core][R-8.16]") {
    small_pool p{3, 0, 8, 2};
    std::vector<segment_handle> taken;
    for (int i = 0; i < 2; ++i) taken.push_back(p.pool.take(purpose::in_order, 7));
    CHECK(p.pool.take(purpose::in_order, 8) == no_segment);
    for (const segment_handle h : taken) p.pool.give_back(h);
    CHECK(p.pool.take(purpose::in_order, 8) != no_segment);
    CHECK(p.pool.take(purpose::in_order, 8) != no_segment);
    CHECK(p.pool.take(purpose::in_order, 7) == no_segment);
}

TEST_CASE("segment_pool: room for sending leaves the reserve alone", "[core][R-8.5]") {
    small_pool p{10, 0, 8, 4};
    CHECK(p.pool.sendable() == 6);
    CHECK(p.pool.has_room(6));
    CHECK_FALSE(p.pool.has_room(7));
    REQUIRE(p.pool.take(purpose::send, 0) != no_segment);
    CHECK(p.pool.has_room(5));
    CHECK_FALSE(p.pool.has_room(6));
}

TEST_CASE("segment_pool: NULs are never lent as segments, nor segments as NULs", "[core][R-3.12]") {
    small_pool p{2, 3, 8, 0};
    std::set<std::uint32_t> segments;
    std::set<std::uint32_t> nuls;
    for (int i = 0; i < 3; ++i) nuls.insert(number(p.pool.take_nul()));
    CHECK(p.pool.take_nul() == no_segment);
    CHECK(p.pool.available() == 2);
    for (int i = 0; i < 2; ++i) segments.insert(number(p.pool.take(purpose::send, 0)));
    CHECK(segments == std::set<std::uint32_t>{0, 1});
    CHECK(nuls == std::set<std::uint32_t>{2, 3, 4});
}

TEST_CASE("segment_pool: segments are as long as they may be and do not touch each other",
          "[core]") {
    small_pool p{3, 0, 8, 0};
    const std::vector<std::byte> longest(8, std::byte{1});
    const std::vector<std::byte> others(8, std::byte{2});
    p.pool.store(segment_handle{1}, longest);
    p.pool.store(segment_handle{0}, others);
    p.pool.store(segment_handle{2}, others);
    CHECK(p.pool.segment_max() == 8);
    CHECK(p.pool.size() == 3);
    CHECK(p.pool.data(segment_handle{1}).size() == 8);
    for (const std::byte octet : p.pool.data(segment_handle{1})) CHECK(octet == std::byte{1});
}

TEST_CASE("segment_pool: a pool of nothing has nothing", "[core]") {
    segment_pool none;
    CHECK(none.available() == 0);
    CHECK(none.size() == 0);
    CHECK(none.take(purpose::in_order, 0) == no_segment);
    CHECK(none.take_nul() == no_segment);
}

namespace {

/// Queues a message of `parts` segments.
void push_message(small_pool& p, segment_queue& queue, std::uint16_t parts) {
    for (std::uint16_t following = parts; following-- > 0;) {
        const segment_handle h = p.pool.take(purpose::in_order, 0);
        p.pool.at(h).following = following;
        queue.push(p.pool, h);
    }
}

/// The segments of a message, given back.
std::vector<std::uint16_t> undo(small_pool& p, segment_handle first) {
    std::vector<std::uint16_t> following;
    while (first != no_segment) {
        following.push_back(p.pool.at(first).following);
        const segment_handle next = p.pool.at(first).next;
        p.pool.give_back(first);
        first = next;
    }
    return following;
}

}  // namespace

TEST_CASE("segment_queue: a message leaves it whole, and nothing of the next", "[core][R-3.24]") {
    using run = std::vector<std::uint16_t>;
    small_pool p{8, 0, 8, 0};
    segment_queue queue;
    push_message(p, queue, 3);
    push_message(p, queue, 1);
    push_message(p, queue, 2);
    CHECK(undo(p, queue.pop_message(p.pool)) == run{2, 1, 0});
    CHECK(undo(p, queue.pop_message(p.pool)) == run{0});
    CHECK(undo(p, queue.pop_message(p.pool)) == run{1, 0});
    CHECK(queue.empty());
    CHECK(p.pool.available() == 8);
}

TEST_CASE("segment_queue: appending moves everything, to an empty one as well", "[core]") {
    using run = std::vector<std::uint16_t>;
    small_pool p{8, 0, 8, 0};
    segment_queue queue;
    segment_queue other;
    queue.append(p.pool, other);
    CHECK(queue.empty());
    for (const auto parts : std::initializer_list<std::uint16_t>{2, 3}) {
        push_message(p, other, parts);
        queue.append(p.pool, other);
        CHECK(other.empty());
    }
    push_message(p, queue, 1);
    CHECK(undo(p, queue.pop_message(p.pool)) == run{1, 0});
    CHECK(undo(p, queue.pop_message(p.pool)) == run{2, 1, 0});
    CHECK(undo(p, queue.pop_message(p.pool)) == run{0});
    CHECK(queue.empty());
}

TEST_CASE("segment_queue: it is first in, first out, in segments of any pool order", "[core]") {
    small_pool p{16, 4, 8, 0};
    testing::dice random{11};
    segment_queue queues[2];
    std::deque<segment_handle> models[2];
    for (int i = 0; i < 5'000; ++i) {
        const std::size_t which = random.below(2);
        auto& queue = queues[which];
        auto& model = models[which];
        const segment_handle h = random.chance(50) ? p.pool.take(purpose::in_order, 0) : no_segment;
        if (h != no_segment) {
            queue.push(p.pool, h);
            model.push_back(h);
        } else if (!queue.empty()) {
            REQUIRE(queue.front() == model.front());
            const segment_handle popped = queue.pop(p.pool);
            REQUIRE(popped == model.front());
            REQUIRE(p.pool.at(popped).next == no_segment);
            model.pop_front();
            p.pool.give_back(popped);
        }
        REQUIRE(queue.empty() == model.empty());
        REQUIRE(p.pool.available() == 16 - models[0].size() - models[1].size());
    }
}

TEST_CASE("segment_queue: it ends with the last one pushed, whatever that was linked to before",
          "[core]") {
    small_pool p{4, 0, 8, 0};
    segment_queue queue;
    for (const std::uint32_t h : {2U, 0U}) {
        p.pool.at(segment_handle{h}).next = segment_handle{3};
        queue.push(p.pool, segment_handle{h});
    }
    CHECK(queue.pop(p.pool) == segment_handle{2});
    CHECK(queue.pop(p.pool) == segment_handle{0});
    CHECK(queue.empty());
}

TEST_CASE("segment_pool: a mark tells its messages, and what is no mark tells none",
          "[core][R-8.13]") {
    std::vector<segment_handle> marks;
    for (unsigned n = 0; n <= 255; ++n) marks.push_back(delivered(static_cast<std::uint8_t>(n)));
    for (std::size_t n = 0; n < marks.size(); ++n) CHECK(messages_of(marks[n]) == n);
    marks.assign(1, no_segment);
    CHECK(messages_of(marks[0]) == 0);
}

TEST_CASE("segment_pool: others are left a quarter, or what is beyond three times the reserve",
          "[core][R-6.3]") {
    CHECK(small_pool{100, 0, 8, 10}.pool.share_of_others() == 22);  // of 90
    CHECK(small_pool{41, 0, 8, 10}.pool.share_of_others() == 1);
    CHECK(small_pool{39, 0, 8, 10}.pool.share_of_others() == 0);
    CHECK(small_pool{20, 0, 8, 10}.pool.share_of_others() == 0);
}

}  // namespace
}  // namespace rrdp
