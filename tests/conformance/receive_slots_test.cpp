// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/lone.hpp"

/// Section 8.4 without CREDIT: the slots of a connection, the edge up to which it has promised
/// room, and what happens beyond.
namespace script {
namespace {

using rrdp::drop_reason;

/// X = 4: the window has eight numbers, and there are `slots` slots.
struct reader : lone {
    static setup with(std::uint16_t slots) {
        setup s;
        s.options.max_outstanding = 4;
        s.options.receive_slots = slots;
        return s;
    }
    explicit reader(std::uint16_t slots) : lone{with(slots)} { REQUIRE(open_passively()); }
    void hear_data(std::uint16_t number) {
        hear(peer.data(number, 200, std::to_string(number)));
        while (!(says() == nothing())) {}
    }
};

TEST_CASE("slots: unread messages occupy them; beyond the edge nothing is taken or acknowledged",
          "[conformance][R-8.16][R-8.17][R-8.23][R-7.27][T-F9][T-D13]") {
    reader e{8};
    for (std::uint16_t number = 101; number <= 108; ++number) e.hear_data(number);
    CHECK(e.own.engine().info(e.own.id)->unread == 8);
    CHECK(e.dropped(drop_reason::no_slot) == 0);
    e.hear(e.peer.data(109, 200, "109"));
    CHECK(e.dropped(drop_reason::no_slot) == 1);
    CHECK(e.says() == nothing());
    e.hear(e.peer.nul(109, 200));  // whatever its kind
    CHECK(e.dropped(drop_reason::no_slot) == 2);
    CHECK(e.says() == nothing());

    CHECK(e.own.taken() == "101");
    e.hear_data(109);
    CHECK(e.dropped(drop_reason::no_slot) == 2);
    CHECK(e.own.all_taken() == "102 103 104 105 106 107 108 109");
}

TEST_CASE("slots: a message that is borrowed still occupies its slot",
          "[conformance][R-8.16][R-6.3]") {
    reader e{8};
    for (std::uint16_t number = 101; number <= 108; ++number) e.hear_data(number);
    {
        const auto held = e.own.engine().receive(e.own.id);
        REQUIRE(held);
        e.hear_data(109);
        CHECK(e.dropped(drop_reason::no_slot) == 1);
    }
    e.hear_data(109);
    CHECK(e.dropped(drop_reason::no_slot) == 1);
}

TEST_CASE("slots: the edge never moves back: whatever was promised has its slot",
          "[conformance][R-8.17][T-F3]") {
    reader e{8};
    // 108 was promised at the start, and is held although seven messages lie unread before it.
    e.hear_data(108);
    for (std::uint16_t number = 101; number <= 107; ++number) e.hear_data(number);
    CHECK(e.own.engine().info(e.own.id)->unread == 8);
    CHECK(e.stats().dropped() == 0);
    // one taken: 109 is promised, and no more
    CHECK(e.own.taken() == "101");
    e.hear_data(110);
    CHECK(e.dropped(drop_reason::no_slot) == 1);
    e.hear_data(109);
    CHECK(e.dropped(drop_reason::no_slot) == 1);
}

TEST_CASE("slots: U + d(EDGE, CUR) <= B, whatever the order of arriving and reading",
          "[conformance][R-8.17][T-F3]") {
    const std::uint16_t slots = GENERATE(as<std::uint16_t>{}, 8, 9, 12, 16, 40);
    reader e{slots};
    rrdp::entropy dice{slots, 1};
    std::uint16_t sent = 100;
    std::uint16_t read = 100;
    for (int step = 0; step < 3'000; ++step) {
        const auto dropped = e.dropped(drop_reason::no_slot);
        const auto passed = e.own.engine().info(e.own.id)->unread;
        if (dice.next16() % 3 == 0) {
            const std::string text = e.own.taken();
            if (!text.empty()) CHECK(text == std::to_string(++read));
        } else {
            const auto ahead = static_cast<std::uint16_t>(1 + dice.next16() % 8);
            const auto number = static_cast<std::uint16_t>(sent + ahead);
            e.hear(e.peer.data(number, 200, std::to_string(number)));
            // dropped only where not every number up to it has a slot
            if (e.dropped(drop_reason::no_slot) != dropped) CHECK(passed + ahead > slots);
        }
        const seen acknowledged = e.says();
        if (acknowledged.what.acknowledged) sent = *acknowledged.what.acknowledged;
        e.now += 2ms;
        e.own.engine().handle_timeout(e.now);
        CHECK(e.own.engine().info(e.own.id)->unread <= slots);
    }
    CHECK(read > 600);
}

TEST_CASE("slots: more than the window are of use to a slow reader",
          "[conformance][R-8.16][R-8.17]") {
    reader e{16};
    for (std::uint16_t number = 101; number <= 120; ++number) e.hear_data(number);
    CHECK(e.own.engine().info(e.own.id)->unread == 16);
    CHECK(e.dropped(drop_reason::no_slot) == 4);
}

TEST_CASE("slots: fewer than a window are refused by the configuration",
          "[conformance][R-8.16][R-17.6]") {
    rrdp::options o;
    o.max_outstanding = 4;
    o.receive_slots = 7;
    CHECK(check(o, 64) != rrdp::errc::ok);
    o.receive_slots = 8;
    CHECK(check(o, 64) == rrdp::errc::ok);
}

TEST_CASE("slots: a pool that is empty is a slot that is not there, and nothing is acknowledged",
          "[conformance][R-7.27][R-7.28][T-D13]") {
    setup s;
    s.capacities.segments = 8;  // two of them are for arrivals in order only
    lone e{s};
    REQUIRE(e.open_passively());
    for (std::uint16_t number = 102; number <= 110; ++number)
        e.hear(e.peer.data(number, 200, std::to_string(number)));
    CHECK(e.dropped(drop_reason::pool_exhausted) == 3);
    CHECK(e.says() == ack(100).seq(201).ea({107, 106, 105, 104, 103, 102}));
    CHECK(e.send("x") == rrdp::errc::would_block);
    e.hear(e.peer.data(101, 200, "101"));
    CHECK(e.says() == ack(107).seq(201));
    CHECK(e.own.all_taken() == "101 102 103 104 105 106 107");
    for (const auto number : numbers{108, 109, 110})
        e.hear(e.peer.data(number, 200, std::to_string(number)));
    CHECK(e.own.all_taken() == "108 109 110");
    CHECK(e.own.all_told() == "readable, writable");
}

}  // namespace
}  // namespace script
