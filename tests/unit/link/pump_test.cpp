// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <utility>

#include <rrdp/link/pump.hpp>

#include "support/catch.hpp"

namespace rrdp {

using namespace std::chrono_literals;

namespace {

/// What engine and link were asked to do, in order: one letter each.
///   R receive  F handle_frame  f frame released  T handle_timeout  W wants_transmit
///   L lease  P poll_transmit  C commit  x lease cancelled  ! flush  N next_timeout
using letters = std::string;

struct recording_link {
    class rx_frame {
    public:
        rx_frame(letters& calls, octets_view bytes) noexcept : calls_{&calls}, bytes_{bytes} {}
        rx_frame(rx_frame&& other) noexcept
            : calls_{std::exchange(other.calls_, nullptr)}, bytes_{other.bytes_} {}
        rx_frame& operator=(rx_frame&& other) noexcept {
            std::swap(calls_, other.calls_);
            return *this;
        }
        ~rx_frame() {
            if (calls_ != nullptr) *calls_ += 'f';
        }
        octets_view bytes() const noexcept { return bytes_; }

    private:
        letters* calls_;
        octets_view bytes_;
    };

    class tx_lease {
    public:
        explicit tx_lease(recording_link& link) noexcept : link_{&link} {}
        tx_lease(tx_lease&& other) noexcept : link_{std::exchange(other.link_, nullptr)} {}
        tx_lease& operator=(tx_lease&& other) noexcept {
            std::swap(link_, other.link_);
            return *this;
        }
        ~tx_lease() {
            if (link_ != nullptr) *link_->calls += 'x';
        }
        octets bytes() noexcept { return link_->room; }
        void commit(std::size_t size) noexcept {
            *link_->calls += 'C';
            link_->committed = size;
            link_ = nullptr;
        }

    private:
        recording_link* link_;
    };

    link_properties properties() const noexcept { return {.max_frame = room.size()}; }
    std::optional<rx_frame> receive() {
        *calls += 'R';
        if (waiting == 0) return std::nullopt;
        --waiting;
        return rx_frame{*calls, octets_view{room}.first(17)};
    }
    std::optional<tx_lease> lease(std::size_t size) {
        *calls += 'L';
        leased = size;
        if (slots == 0) return std::nullopt;
        --slots;
        return tx_lease{*this};
    }

    letters* calls;
    std::size_t waiting = 0;
    std::size_t slots = 100;
    std::size_t leased = 0;
    std::size_t committed = 0;
    std::array<std::byte, 80> room{};
};

struct recording_flushable : recording_link {
    bool flush() noexcept {
        *calls += '!';
        return !keeps;
    }
    bool keeps = false;
};

struct recording_engine {
    void handle_frame(instant, octets_view frame) {
        *calls += 'F';
        received = frame.size();
        wants += replies;
    }
    void handle_timeout(instant) { *calls += 'T'; }
    bool wants_transmit(instant) const {
        *calls += 'W';
        return wants != 0;
    }
    std::optional<std::size_t> poll_transmit(instant, octets out) {
        *calls += 'P';
        offered = out.size();
        if (breaks_its_word) return std::nullopt;
        --wants;
        return 33;
    }
    std::optional<instant> next_timeout() const {
        *calls += 'N';
        return instant{7s};
    }

    letters* calls;
    std::size_t wants = 0;
    std::size_t replies = 0;
    bool breaks_its_word = false;
    std::size_t received = 0;
    std::size_t offered = 0;
};

struct stage {
    letters calls;
    recording_flushable link{{&calls}};
    recording_engine engine{&calls};
    letters turn(std::size_t budget = 64) {
        calls.clear();
        result = pump(engine, link, instant{}, budget);
        return calls;
    }
    pump_result result;
};

/// Holds frames that have not left it.
struct recording_queue : recording_link {
    std::size_t queued() const noexcept { return holds; }
    std::size_t holds = 0;
};

/// Has urgent frames beside others.
struct prioritizing_engine : recording_engine {
    bool wants_transmit(instant now, traffic what = traffic::all) const {
        return what == traffic::urgent ? urgent != 0 : recording_engine::wants_transmit(now);
    }
    std::optional<std::size_t> poll_transmit(instant now, octets out, traffic what = traffic::all) {
        asked = what;
        if (urgent != 0) --urgent;
        return recording_engine::poll_transmit(now, out);
    }
    std::size_t urgent = 0;
    traffic asked = traffic::all;
};

static_assert(queueing_link<recording_queue> && !queueing_link<recording_flushable>);
static_assert(prioritizing<prioritizing_engine> && !prioritizing<recording_engine>);
static_assert(rrdp::link<recording_link> && !flushable_link<recording_link>);
static_assert(flushable_link<recording_flushable>);

}  // namespace

TEST_CASE("pump: a frame that the link keeps back blocks the turn", "[link][pump][R-16.4]") {
    stage s;
    s.link.keeps = true;
    CHECK(s.turn() == "RTW!N");
    CHECK(s.result.blocked);
}

TEST_CASE("pump: an idle turn looks, tells the time, asks, flushes", "[link][pump]") {
    stage s;
    CHECK(s.turn() == "RTW!N");
    CHECK(s.result.received == 0);
    CHECK(s.result.sent == 0);
    CHECK_FALSE(s.result.blocked);
    CHECK(s.result.next_timeout == instant{7s});
}

TEST_CASE("pump: a frame goes back to the link before the next is taken", "[link][pump]") {
    stage s;
    s.link.waiting = 2;
    CHECK(s.turn() == "RFfRFfRTW!N");
    CHECK(s.result.received == 2);
    CHECK(s.engine.received == 17);
}

TEST_CASE("pump: room is leased before the engine is asked for octets", "[link][pump]") {
    stage s;
    s.engine.wants = 2;
    CHECK(s.turn() == "RTWLPCWLPCW!N");
    CHECK(s.result.sent == 2);
    CHECK(s.link.leased == 80);  // the longest frame, because nobody knows how long it will be
    CHECK(s.engine.offered == 80);
    CHECK(s.link.committed == 33);
}

TEST_CASE("pump: a full link leaves the engine untouched", "[link][pump][R-16.4]") {
    stage s;
    s.engine.wants = 2;
    s.link.slots = 1;
    CHECK(s.turn() == "RTWLPCWL!N");
    CHECK(s.result.blocked);
    CHECK(s.result.sent == 1);
    CHECK(s.engine.wants == 1);

    s.link.slots = 5;
    CHECK(s.turn() == "RTWLPCW!N");
    CHECK_FALSE(s.result.blocked);
}

TEST_CASE("pump: what a frame causes is sent in the same turn", "[link][pump]") {
    stage s;
    s.link.waiting = 1;
    s.engine.replies = 1;
    CHECK(s.turn() == "RFfRTWLPCW!N");
}

TEST_CASE("pump: the budget bounds a turn each way", "[link][pump]") {
    stage s;
    s.link.waiting = 9;
    s.engine.wants = 9;
    CHECK(s.turn(2) == "RFfRFfTWLPCWLPC!N");
    CHECK(s.result.received == 2);
    CHECK(s.result.sent == 2);
    CHECK_FALSE(s.result.blocked);
    CHECK(s.turn(0) == "T!N");
}

TEST_CASE("pump: an engine that wants to send but does not cannot keep it busy", "[link][pump]") {
    stage s;
    s.engine.wants = 1;
    s.engine.breaks_its_word = true;
    CHECK(s.turn() == "RTWLPWx!N");
    CHECK(s.result.sent == 0);
    CHECK(s.result.misfit);
}

TEST_CASE("pump: a link without flush is not flushed", "[link][pump]") {
    letters calls;
    recording_link link{&calls};
    recording_engine engine{&calls};
    pump(engine, link, instant{});
    CHECK(calls == "RTWN");
}

TEST_CASE("push: what is wanted leaves, and nothing is looked at before", "[link][pump][R-16.4]") {
    stage s;
    s.link.waiting = 1;
    s.engine.wants = 2;
    s.link.slots = 1;
    s.result = push(s.engine, s.link, instant{});
    CHECK(s.calls == "WLPCWL!N");
    CHECK(s.result.sent == 1);
    CHECK(s.result.received == 0);
    CHECK_FALSE(s.result.drained);  // nobody has looked
    CHECK(s.result.blocked);
    CHECK(s.result.next_timeout == instant{7s});
    s.calls.clear();
    s.link.slots = 1;
    CHECK_FALSE(push(s.engine, s.link, instant{}, 1).blocked);
    CHECK(s.calls == "WLPC!N");
}

TEST_CASE("push: a link that has to know what time it is, is told", "[link][pump]") {
    struct : recording_link {
        void set_time(instant now) noexcept { told = now; }
        instant told{};
    } link;
    letters calls;
    link.calls = &calls;
    recording_engine engine{&calls};
    push(engine, link, instant{3s});
    CHECK(link.told == instant{3s});
}

TEST_CASE("pump: a link that holds a frame is given what is urgent and no more", "[link][pump]") {
    letters calls;
    recording_queue link{{&calls}, 1};
    prioritizing_engine engine{{&calls, 5}, 2};
    auto turn = pump(engine, link, instant{});
    CHECK(turn.sent == 2);
    CHECK(turn.blocked);  // the rest may follow when the queue is gone: come back soon
    CHECK(engine.wants == 3);
    CHECK(engine.asked == traffic::urgent);

    link.holds = 0;
    turn = pump(engine, link, instant{});
    CHECK(turn.sent == 3);
    CHECK_FALSE(turn.blocked);
    CHECK(engine.asked == traffic::all);
}

TEST_CASE("pump: an engine that knows no urgency fills a queue as before", "[link][pump]") {
    letters calls;
    recording_queue link{{&calls}, 9};
    recording_engine engine{&calls, 3};
    CHECK(pump(engine, link, instant{}).sent == 3);
}

}  // namespace rrdp
