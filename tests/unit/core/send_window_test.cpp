// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <vector>

#include <rrdp/core/send_window.hpp>

#include "support/catch.hpp"
#include "support/dice.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

using purpose = segment_pool::purpose;

/// What two windows share, as two connections of an endpoint do.
struct shared_pools {
    static constexpr std::size_t segments = 64;
    static constexpr std::size_t segment_max = 8;
    static constexpr std::size_t rings = 3;

    std::size_t ring_size;
    std::vector<segment_descriptor> descriptors = std::vector<segment_descriptor>(segments + 8);
    std::vector<std::byte> memory = std::vector<std::byte>(segments * segment_max);
    std::vector<segment_handle> slots = std::vector<segment_handle>(rings * ring_size);
    segment_pool pool{descriptors, memory, segment_max, 0};
    ring_pool ring_store{slots, ring_size};

    explicit shared_pools(std::uint16_t outstanding_max)
        : ring_size{std::bit_ceil(2U * outstanding_max)} {}
};

/// A number that was sent, as the model sees it: unwrapped, with all that ever happened to it.
struct sent_number {
    segment_kind kind = segment_kind::data;
    std::vector<std::byte> octets{};
    std::vector<std::uint64_t> places{};  ///< in the order of sending, the last one counts
    instant last_sent{};
    bool eacked = false;
    loss lost = loss::none;  ///< waits for retransmission
    loss why = loss::none;   ///< of the last retransmission
};

/// What a run of the model must have met, or it has proved little.
struct experience {
    std::size_t losses = 0;
    std::size_t late = 0;   ///< losses by time
    std::size_t again = 0;  ///< losses of retransmissions
    std::size_t needless = 0;
    std::size_t samples = 0;
    std::uint64_t widest = 0;
};

/// A window, and beside it what the specification says it is: numbers that do not wrap in a map.
class modelled_window {
public:
    static constexpr duration shortest{800};

    /// With `fifo` the peer hears of nothing that would show reordering.
    modelled_window(shared_pools& shared, std::uint32_t first, std::uint16_t outstanding_max,
                    bool fifo)
        : shared_{shared}, x_{outstanding_max}, fifo_{fifo} {
        window_.limit(outstanding_max, 2U * outstanding_max);
        open(first);
    }

    void open(std::uint32_t first) {
        una_ = (std::uint64_t{1} << 40) + first;
        next_ = una_ + 1;
        window_.open(sequence{first});
        REQUIRE(window_.oldest_unacknowledged() == sequence{first});
        REQUIRE(window_.next() == sequence{first} + 1);
        window_.opened();
        una_ = next_;
    }

    void push(testing::dice& random, instant now) {
        const bool admits = outstanding() < x_ && next_ - una_ < 2 * std::uint64_t{x_};
        REQUIRE(window_.admits() == admits);
        if (!admits) return;
        sent_number n;
        const segment_handle h = take(random, n);
        if (h == no_segment) return;
        if (!window_.borrow(shared_.ring_store)) return shared_.pool.give_back(h);
        n.last_sent = now;
        n.places.push_back(++orders_);
        const sequence number = window_.push(shared_.pool, shared_.ring_store, h, now);
        REQUIRE(number == whole(next_));
        REQUIRE(shared_.pool.at(h).first_sent == now);
        sent_.emplace(next_++, std::move(n));
        met.widest = std::max(met.widest, next_ - una_);
    }

    /// One segment of the peer: a cumulative number, old ones too, then a list.
    void hear(testing::dice& random, instant now) {
        delivery news = window_.judge().begin_delivery(now, shortest);
        delivery expected;
        expected.now = now;
        newest_before_ = newest_delivered();
        const std::int64_t back = random.chance(30) ? -3 : 0;
        const auto last =
            static_cast<std::uint64_t>(static_cast<std::int64_t>(una_) - 1 + back +
                                       random.between(0, static_cast<std::int32_t>(next_ - una_)));
        bool possible = last >= una_;
        for (const auto& [number, n] : sent_)
            possible = possible && (number > last || n.eacked || is_possible(n, now));
        if (possible && random.chance(20)) {
            window_.acknowledge(shared_.pool, shared_.ring_store, whole(last), news);
            while (una_ <= last) pass(expected);
        }
        for (int entries = random.between(0, 3); entries > 0; --entries)
            hear_of(una_ - 3 + random.below(next_ - una_ + 6), news, expected);
        REQUIRE(news.segments == expected.segments);
        REQUIRE(news.messages == expected.messages);
        REQUIRE(news.sent == expected.sent);
        REQUIRE(news.needless == expected.needless);
        REQUIRE(news.tail_repaired == expected.tail_repaired);
        REQUIRE(window_.judge().order_kept().seen() == seen_);
        met.needless += news.needless;
        met.samples += news.sent ? 1U : 0U;
    }

    void detect(instant now, duration wait) {
        loss_report expected;
        for (auto& [number, n] : sent_) {
            if (n.eacked || n.lost != loss::none || newest_delivered() < n.places.back()) continue;
            const bool passed = !seen_ && three_later(n.places.back());
            if (!passed && now < n.last_sent + wait) {
                expected.due = std::min(expected.due, n.last_sent + wait);
                continue;
            }
            n.lost = passed ? loss::threshold : loss::window;
            expected.found = true;
            expected.recovery |= n.places.back() > recovery_;
            ++(passed ? met.losses : met.late);
            met.again += n.places.size() > 1;
        }
        if (expected.recovery) recovery_ = orders_;
        const loss_report found =
            window_.detect_losses(shared_.pool, shared_.ring_store, now, wait);
        REQUIRE(found.found == expected.found);
        REQUIRE(found.recovery == expected.recovery);
        REQUIRE(found.due == expected.due);
    }

    /// The tail of the flight is probed.
    void probe() {
        if (outstanding() == 0) return;
        const auto newest = std::find_if(sent_.rbegin(), sent_.rend(),
                                         [](const auto& entry) { return !entry.second.eacked; });
        const segment_handle h = window_.newest(shared_.ring_store);
        REQUIRE(h == window_.segment(shared_.ring_store, whole(newest->first)));
        if (window_.lose(shared_.pool, h, loss::probe)) newest->second.lost = loss::probe;
    }

    void time_out() {
        const auto oldest = oldest_outstanding();
        const segment_handle h = window_.oldest(shared_.ring_store);
        REQUIRE((h != no_segment) == oldest.has_value());
        if (!oldest) return;
        const bool news = window_.lose(shared_.pool, h, loss::timeout);
        REQUIRE(news == (sent_.at(*oldest).lost == loss::none));
        if (news) sent_.at(*oldest).lost = loss::timeout;
    }

    void retransmit(instant now) {
        const auto lowest = std::find_if(sent_.begin(), sent_.end(), [](const auto& entry) {
            return entry.second.lost != loss::none;
        });
        REQUIRE(window_.any_lost() == (lowest != sent_.end()));
        if (lowest == sent_.end()) return;
        const auto [number, why] = window_.retransmit(shared_.pool, shared_.ring_store, now);
        REQUIRE(number == whole(lowest->first));
        REQUIRE(why == lowest->second.lost);
        lowest->second.why = lowest->second.lost;
        lowest->second.lost = loss::none;
        lowest->second.last_sent = now;
        lowest->second.places.push_back(++orders_);
    }

    void clear() {
        window_.clear(shared_.pool, shared_.ring_store);
        sent_.clear();
        una_ = next_;
    }

    void check() const {
        REQUIRE(window_.oldest_unacknowledged() == whole(una_));
        REQUIRE(window_.next() == whole(next_));
        REQUIRE(window_.outstanding() == outstanding());
        REQUIRE(window_.outstanding() <= x_);
        REQUIRE(next_ - una_ <= 2 * std::uint64_t{x_});
        REQUIRE(window_.empty() == sent_.empty());
        REQUIRE(window_.has_ring() == !sent_.empty());
        const bool lost = std::any_of(sent_.begin(), sent_.end(), [](const auto& entry) {
            return entry.second.lost != loss::none;
        });
        REQUIRE(window_.any_lost() == lost);
        for (const auto& [number, n] : sent_) {
            if (!n.eacked) check_content(number, n);
        }
    }

    /// Segments with octets, and rings, that this window keeps from others.
    [[nodiscard]] std::size_t segments() const {
        return static_cast<std::size_t>(
            std::count_if(sent_.begin(), sent_.end(), [](const auto& entry) {
                return !entry.second.eacked && entry.second.kind == segment_kind::data;
            }));
    }
    [[nodiscard]] std::size_t rings() const { return sent_.empty() ? 0 : 1; }

    experience met;

private:
    [[nodiscard]] sequence whole(std::uint64_t number) const {
        return sequence{static_cast<std::uint32_t>(number)};
    }
    [[nodiscard]] std::size_t outstanding() const {
        return static_cast<std::size_t>(std::count_if(
            sent_.begin(), sent_.end(), [](const auto& entry) { return !entry.second.eacked; }));
    }
    [[nodiscard]] std::optional<std::uint64_t> oldest_outstanding() const {
        for (const auto& [number, n] : sent_)
            if (!n.eacked) return number;
        return std::nullopt;
    }
    [[nodiscard]] bool three_later(std::uint64_t place) const {
        return std::count_if(delivered_.begin(), delivered_.end(),
                             [place](std::uint64_t other) { return other > place; }) >= 3;
    }

    segment_handle take(testing::dice& random, sent_number& n) {
        if (random.chance(10)) {
            n.kind = random.chance(50) ? segment_kind::keepalive : segment_kind::fin;
            const segment_handle h = shared_.pool.take_nul();
            if (h != no_segment) shared_.pool.at(h).kind = n.kind;
            return h;
        }
        const segment_handle h = shared_.pool.take(purpose::send, 0);
        if (h == no_segment) return h;
        shared_.pool.at(h).messages = 1;
        n.octets.resize(1 + random.below(shared_pools::segment_max));
        for (std::byte& octet : n.octets) octet = static_cast<std::byte>(random.next());
        shared_.pool.store(h, n.octets);
        return h;
    }

    [[nodiscard]] std::uint64_t newest_delivered() const {
        return delivered_.empty() ? 0 : *std::max_element(delivered_.begin(), delivered_.end());
    }

    /// Whether a retransmission is answered sooner than any path allows.
    [[nodiscard]] bool is_needless(const sent_number& n, instant now) const {
        return n.places.size() > 1 && n.lost == loss::none &&
               10 * (now - n.last_sent) < 9 * shortest;
    }
    [[nodiscard]] bool is_possible(const sent_number& n, instant now) const {
        if (!fifo_) return true;
        return !is_needless(n, now) &&
               (n.places.size() > 1 || n.places.back() > newest_delivered());
    }
    void deliver(const sent_number& n, delivery& expected) {
        ++expected.segments;
        if (is_needless(n, expected.now)) {
            ++expected.needless;
            seen_ |= n.why == loss::threshold || n.why == loss::window;
            return;
        }
        if (n.places.size() > 1 && n.lost == loss::none && n.why == loss::probe)
            expected.tail_repaired = true;
        const bool guessed = n.why == loss::threshold || n.why == loss::window;
        if (n.places.size() > 1 && n.lost == loss::none && guessed && seen_) return;
        seen_ |= n.places.size() == 1 && n.places.back() < newest_before_;
        delivered_.push_back(n.places.back());
        const bool newest = !expected.sent || n.places.back() > newest_place_;
        if (n.places.size() != 1 || !newest) return;  // Karn: sent twice, no sample
        expected.sent = n.last_sent;
        newest_place_ = n.places.back();
    }
    void pass(delivery& expected) {
        const auto at = sent_.begin();
        REQUIRE(at->first == una_);
        if (!at->second.eacked) deliver(at->second, expected);
        expected.messages =
            static_cast<std::uint16_t>(expected.messages + (at->second.kind == segment_kind::data));
        sent_.erase(at);
        ++una_;
    }
    void hear_of(std::uint64_t number, delivery& news, delivery& expected) {
        const auto at = sent_.find(number);
        if (at != sent_.end() && !at->second.eacked && !is_possible(at->second, expected.now))
            return;
        const bool outstanding = at != sent_.end() && !at->second.eacked;
        REQUIRE(window_.acknowledge_out_of_order(shared_.pool, shared_.ring_store, whole(number),
                                                 news) == outstanding);
        if (!outstanding) return;
        deliver(at->second, expected);
        at->second.eacked = true;
        at->second.lost = loss::none;
    }

    void check_content(std::uint64_t number, const sent_number& n) const {
        const segment_handle h = window_.segment(shared_.ring_store, whole(number));
        REQUIRE(is_segment(h));
        const auto& d = shared_.pool.at(h);
        REQUIRE(d.kind == n.kind);
        REQUIRE(d.waits == (n.lost != loss::none));
        if (d.waits) REQUIRE(d.lost == n.lost);
        REQUIRE(d.last_sent == n.last_sent);
        REQUIRE(d.transmissions == std::min<std::size_t>(n.places.size(), 0xff));
        const auto data = shared_.pool.data(h);
        REQUIRE(std::equal(data.begin(), data.end(), n.octets.begin(), n.octets.end()));
    }

    shared_pools& shared_;
    send_window window_;
    std::uint64_t x_;
    bool fifo_;
    std::uint64_t una_ = 0;  ///< SND.UNA and SND.NXT, counted on without end
    std::uint64_t next_ = 0;
    std::uint64_t orders_ = 0;
    std::uint64_t newest_place_ = 0;  ///< of the delivery that is being expected
    std::uint64_t newest_before_ = 0;
    std::uint64_t recovery_ = 0;
    bool seen_ = false;
    std::map<std::uint64_t, sent_number> sent_;
    std::vector<std::uint64_t> delivered_;
};

void any_step(modelled_window& w, testing::dice& random, instant now) {
    switch (random.below(12)) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4: return w.push(random, now);
        case 5:
        case 6: return w.hear(random, now);
        case 7:
        case 8: return w.detect(now, duration{1'000 + 4'000 * random.below(2)});
        case 9: {
            if (random.chance(50)) return w.retransmit(now);
            return random.chance(50) ? w.probe() : w.time_out();
        }
        case 10: return w.retransmit(now);
        default: return random.chance(3) ? w.clear() : w.retransmit(now);
    }
}

TEST_CASE("send_window: it is a map of numbers that never wrap, whatever happens",
          "[core][R-1.1][R-7.23][R-7.24][R-8.1][R-9.1][R-9.6][R-9.7]") {
    const auto outstanding_max = GENERATE(as<std::uint16_t>{}, 1, 2, 3, 8, 40);
    const auto first = GENERATE(as<std::uint32_t>{}, 0, 0xfff6, 0x7fff'fff6, 0xffff'fff6);
    INFO("X " << outstanding_max << ", first number " << first);
    testing::dice random{first + outstanding_max};
    shared_pools shared{outstanding_max};
    modelled_window windows[]{{shared, first, outstanding_max, true},
                              {shared, first + 7, outstanding_max, false}};
    instant now{};
    for (int i = 0; i < 4'000; ++i) {
        now += duration{random.below(1'000)};
        any_step(windows[random.below(2)], random, now);
        for (const modelled_window& w : windows) w.check();
        const std::size_t held = windows[0].segments() + windows[1].segments();
        REQUIRE(shared.pool.available() == shared_pools::segments - held);
        REQUIRE(shared.ring_store.available() ==
                shared_pools::rings - windows[0].rings() - windows[1].rings());
    }
    for (modelled_window& w : windows) {
        CHECK(w.met.samples > 5);
        CHECK((w.met.late > 10 || outstanding_max < 3));
        CHECK((w.met.again > 5 || outstanding_max < 3));
        CHECK((w.met.widest == 2U * outstanding_max || outstanding_max > 8));
        w.clear();
    }
    CHECK((windows[0].met.losses > 10 || outstanding_max < 4));
    CHECK(windows[0].met.needless == 0);
    CHECK((windows[1].met.needless > 0 || outstanding_max < 3));
    CHECK(shared.pool.available() == shared_pools::segments);
    CHECK(shared.ring_store.available() == shared_pools::rings);
    for (const segment_handle slot : shared.slots)  // but for the links of the free list
        CHECK((slot == no_segment || static_cast<std::uint32_t>(slot) < shared_pools::rings));
}

/// A window of X = 4 with numbers 101 to 101 + `sent` - 1 on their way.
struct flight {
    shared_pools shared{4};
    send_window window;

    explicit flight(std::uint32_t sent) {
        window.limit(4, 8);
        window.open(sequence{100});
        window.opened();
        for (std::uint32_t i = 0; i < sent; ++i) push(duration{i});
    }
    void push(duration at) {
        const segment_handle h = shared.pool.take(purpose::send, 0);
        shared.pool.at(h).messages = 1;
        REQUIRE(window.borrow(shared.ring_store));
        static_cast<void>(window.push(shared.pool, shared.ring_store, h, instant{at}));
    }
    bool eack(std::uint32_t number, delivery& news) {
        return window.acknowledge_out_of_order(shared.pool, shared.ring_store, sequence{number},
                                               news);
    }
    /// At a moment when no time is over.
    bool detect() {
        return window.detect_losses(shared.pool, shared.ring_store, instant{}, 1s).found;
    }
    void ack(std::uint32_t number, delivery& news) {
        window.acknowledge(shared.pool, shared.ring_store, sequence{number}, news);
    }
    sequence retransmit(duration at) {
        return window.retransmit(shared.pool, shared.ring_store, instant{at}).number;
    }
};

TEST_CASE("send_window: the SYN takes a number, and the first datum the next", "[core][R-7.13]") {
    send_window w;
    w.open(sequence{0xffff'ffff});
    CHECK(w.oldest_unacknowledged() == sequence{0xffff'ffff});
    CHECK(w.next() == sequence{0});
    w.opened();
    CHECK(w.oldest_unacknowledged() == sequence{0});
    CHECK(w.empty());
}

TEST_CASE("send_window: X are outstanding at most, and EACKed ones make room up to a span of 2X",
          "[core][R-8.1]") {
    flight f{4};
    delivery news;
    CHECK_FALSE(f.window.admits());
    for (std::uint32_t n = 102; n <= 105; ++n) {
        CHECK(f.eack(n, news));
        CHECK(f.window.outstanding() == 3);
        REQUIRE(f.window.admits());
        f.push({});
    }
    for (std::uint32_t n = 106; n <= 108; ++n) {
        CHECK(f.eack(n, news));
        CHECK_FALSE(f.window.admits());
    }
    CHECK(f.window.next() == sequence{109});
    CHECK(f.window.outstanding() == 1);
    CHECK_FALSE(f.window.admits());
    f.ack(101, news);
    CHECK(f.window.admits());
}

TEST_CASE("send_window: an EACK gives the segment back at once and is counted once",
          "[core][R-7.24]") {
    flight f{3};
    delivery news;
    CHECK(f.shared.pool.available() == shared_pools::segments - 3);
    CHECK(f.eack(102, news));
    CHECK(f.shared.pool.available() == shared_pools::segments - 2);
    CHECK_FALSE(f.eack(102, news));
    CHECK_FALSE(f.eack(100, news));
    CHECK_FALSE(f.eack(104, news));
    CHECK(news.segments == 1);
    CHECK(news.messages == 0);
    f.ack(102, news);
    CHECK(news.segments == 2);
    CHECK(news.messages == 2);
}

TEST_CASE("send_window: only messages count as confirmed, and only when they are passed",
          "[core][R-19.7]") {
    flight f{1};
    const segment_handle nul = f.shared.pool.take_nul();
    f.shared.pool.at(nul).kind = segment_kind::fin;
    static_cast<void>(f.window.push(f.shared.pool, f.shared.ring_store, nul, instant{}));
    delivery news;
    CHECK(f.eack(102, news));
    CHECK(news.messages == 0);
    f.ack(102, news);
    CHECK((news.segments == 2 && news.messages == 1));
    CHECK(f.window.empty());
    CHECK_FALSE(f.window.has_ring());
}

TEST_CASE("send_window: a segment that was sent twice is no sample of the round trip",
          "[core][R-9.1]") {
    flight f{2};
    REQUIRE(f.window.lose(f.shared.pool, f.window.oldest(f.shared.ring_store), loss::timeout));
    CHECK(f.retransmit(duration{50}) == sequence{101});
    delivery again;
    f.ack(101, again);
    CHECK(again.segments == 1);
    CHECK_FALSE(again.sent.has_value());
    delivery once;
    f.ack(102, once);
    CHECK(once.sent == instant{duration{1}});
}

TEST_CASE("send_window: of several new ones the newest is the sample", "[core][R-9.1]") {
    flight f{4};
    delivery news;
    CHECK(f.eack(104, news));
    CHECK(f.eack(102, news));
    f.ack(101, news);
    CHECK(news.segments == 3);
    CHECK(news.sent == instant{duration{3}});
}

TEST_CASE("send_window: three sent later and delivered make one lost, once", "[core][R-9.6]") {
    flight f{4};
    delivery news;
    for (const std::uint32_t n : {102U, 103U}) CHECK(f.eack(n, news));
    CHECK_FALSE(f.detect());
    CHECK(f.eack(104, news));
    CHECK(f.detect());
    CHECK(f.window.any_lost());
    CHECK_FALSE(f.detect());
    CHECK(f.retransmit(duration{9}) == sequence{101});
    CHECK_FALSE(f.window.any_lost());
    CHECK_FALSE(f.detect());
}

TEST_CASE("send_window: what an ACK passes while it waits for retransmission is not lost any more",
          "[core][R-7.23]") {
    flight f{3};
    REQUIRE(f.window.lose(f.shared.pool, f.window.oldest(f.shared.ring_store), loss::timeout));
    CHECK(f.window.any_lost());
    delivery news;
    f.ack(101, news);
    CHECK_FALSE(f.window.any_lost());
    CHECK(f.window.segment(f.shared.ring_store, sequence{102}) ==
          f.window.oldest(f.shared.ring_store));
}

TEST_CASE("send_window: transmissions are counted up to 255 and stay there", "[core][R-9.5]") {
    flight f{1};
    const segment_handle h = f.window.oldest(f.shared.ring_store);
    for (int i = 0; i < 300; ++i) {
        REQUIRE(f.window.lose(f.shared.pool, h, loss::timeout));
        CHECK(f.retransmit(duration{i}) == sequence{101});
    }
    CHECK(f.shared.pool.at(h).transmissions == 255);
    CHECK(f.shared.pool.at(h).first_sent == instant{});
}

TEST_CASE("send_window: without a ring nothing is borrowed, and nothing changes", "[core]") {
    flight f{1};
    send_window second;
    send_window third;
    send_window fourth;
    CHECK(second.borrow(f.shared.ring_store));
    CHECK(third.borrow(f.shared.ring_store));
    CHECK_FALSE(fourth.borrow(f.shared.ring_store));
    CHECK_FALSE(fourth.has_ring());
    CHECK(second.borrow(f.shared.ring_store));
    CHECK(f.shared.ring_store.available() == 0);
}

TEST_CASE("send_window: every message of a segment counts, whether EACKed or passed",
          "[core][R-3.35][R-19.7]") {
    flight f{0};
    for (const std::uint8_t messages :
         {std::uint8_t{255}, std::uint8_t{1}, std::uint8_t{255}, std::uint8_t{0}}) {
        f.push({});
        f.shared.pool.at(f.window.segment(f.shared.ring_store, f.window.next().previous()))
            .messages = messages;
    }
    delivery news;
    CHECK(f.eack(103, news));
    CHECK(f.eack(104, news));
    CHECK(news.messages == 0);
    f.ack(104, news);
    CHECK((news.segments == 4 && news.messages == 511));
}

TEST_CASE("send_window: the peer's promise reaches 2 * PEER.MAX at first, its edge included",
          "[core][R-8.1][R-8.19]") {
    for (const std::uint32_t first : {0U, 0xfffdU, 0xffff'fffdU}) {
        shared_pools shared{8};
        send_window w;
        w.open(sequence{first});
        w.limit(8, 4);  // the peer's X is 2
        w.opened();
        for (int sent = 0; sent < 4; ++sent) {
            CHECK(w.within_edge());
            REQUIRE(w.borrow(shared.ring_store));
            static_cast<void>(w.push(shared.pool, shared.ring_store,
                                     shared.pool.take(purpose::send, 0), instant{}));
        }
        CHECK_FALSE(w.within_edge());
        CHECK(w.admits());  // S1 and S2 are other questions
    }
}

/// How many more numbers are within the promise; a copy of the window sends them.
std::uint32_t promised(send_window w) {
    shared_pools shared{32};
    std::uint32_t count = 0;
    REQUIRE(w.borrow(shared.ring_store));
    for (; w.within_edge(); ++count) {
        REQUIRE(count < 32);
        const segment_handle h = shared.pool.take(purpose::send, 0);
        shared.pool.at(h).messages = 1;
        static_cast<void>(w.push(shared.pool, shared.ring_store, h, instant{}));
    }
    return count;
}

TEST_CASE("send_window: a promise grows and never shrinks, whatever order it is told in",
          "[core][R-8.19][T-F6]") {
    for (const std::uint32_t first : {100U, 0x7fff'fffaU, 0xffff'fffaU}) {
        send_window w;
        w.open(sequence{first});
        w.limit(32, 2);
        w.opened();
        CHECK(promised(w) == 2);
        w.extend(sequence{first} + 9);
        CHECK(promised(w) == 9);
        for (const std::uint32_t old : {8U, 3U, 0U, static_cast<std::uint32_t>(-50)}) {
            w.extend(sequence{first} + old);
            CHECK(promised(w) == 9);
        }
        w.extend(sequence{first} + 10);
        CHECK(promised(w) == 10);
    }
}

}  // namespace
}  // namespace rrdp
