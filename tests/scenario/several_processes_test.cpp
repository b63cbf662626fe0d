// SPDX-License-Identifier: Apache-2.0
#include <rrdp/testing/segments.hpp>

#include "support/catch.hpp"
#include "support/side.hpp"

/// Several processes that share an interface and a node number: each of them sees every frame.
namespace script {
namespace {

using rrdp::errc;
using rrdp::unknown_port_policy;

/// Two processes of node 1, and node 2 that talks to both.
struct shared_interface {
    static setup process(unknown_port_policy policy, std::uint16_t first_port) {
        setup s;
        s.node.unknown_ports = policy;
        if (policy == unknown_port_policy::ignore) {
            s.node.owned_ports.push_back({first_port, static_cast<std::uint16_t>(first_port + 99)});
            s.node.ephemeral = {first_port, static_cast<std::uint16_t>(first_port + 99)};
        }
        return s;
    }
    explicit shared_interface(unknown_port_policy policy)
        : one{process(policy, 1'100), 1, 2},
          two{process(policy, 1'200), 1, 2},
          far{{.first = 100}, 2, 1} {}

    side one;
    side two;
    side far;
    rrdp::instant now{1s};

    /// Carries everything there is to send now: from the far node to both processes.
    void settle() {
        std::array<std::byte, 1'500> room{};
        for (int frames = 0; frames < 1'000; ++frames) {
            bool any = false;
            for (side* from : {&one, &two, &far}) {
                const auto size = from->engine().poll_transmit(now, room);
                if (!size) continue;
                any = true;
                const auto frame = rrdp::octets_view{room}.first(*size);
                if (from == &far) {
                    one.engine().handle_frame(now, frame);
                    two.engine().handle_frame(now, frame);
                } else {
                    far.engine().handle_frame(now, frame);
                }
            }
            if (!any) return;
        }
        FAIL("the exchange does not end");
    }
    [[nodiscard]] std::uint64_t resets() {
        return one.engine().stats().resets_out.total() + two.engine().stats().resets_out.total();
    }
    void hear(rrdp::octets_view frame) {
        one.engine().handle_frame(now, frame);
        two.engine().handle_frame(now, frame);
    }
};

TEST_CASE("two_processes_of_one_node_do_not_reset_each_others_connections",
          "[scenario][T-S1][R-7.7][R-7.8]") {
    shared_interface x{unknown_port_policy::ignore};
    REQUIRE(x.one.listen(1'100) == errc::ok);
    REQUIRE(x.two.listen(1'200) == errc::ok);
    REQUIRE(x.far.connect(x.now, 1'100, 5'001) == errc::ok);
    const auto to_one = x.far.id;
    REQUIRE(x.far.connect(x.now, 1'200, 5'002) == errc::ok);
    const auto to_two = x.far.id;
    x.settle();
    CHECK(x.far.all_told() == "connected, connected");
    CHECK(x.one.told() == "accepted");
    CHECK(x.two.told() == "accepted");
    for (int i = 0; i < 50; ++i) {
        x.far.id = to_one;
        CHECK(x.far.send(x.now, "1") == errc::ok);
        x.far.id = to_two;
        CHECK(x.far.send(x.now, "2") == errc::ok);
        CHECK(x.one.send(x.now, "from one") == errc::ok);
        x.settle();
        x.now += 2ms;
        for (side* s : {&x.one, &x.two, &x.far}) s->engine().handle_timeout(x.now);
        CHECK(x.one.taken() == "1");
        CHECK(x.two.taken() == "2");
        x.far.id = to_one;
        CHECK(x.far.taken() == "from one");
    }
    CHECK(x.far.all_told() == "readable");
    CHECK(x.one.dropped(rrdp::drop_reason::foreign_port) > 50);
    CHECK(x.resets() == 0);
}

TEST_CASE("the_policy_matters_with_rst_they_do_reset_each_others_connections",
          "[scenario][T-S2][R-7.7]") {
    shared_interface x{unknown_port_policy::rst};
    REQUIRE(x.one.listen(1'100) == errc::ok);
    REQUIRE(x.far.connect(x.now, 1'100, 5'001) == errc::ok);
    x.settle();
    CHECK(x.two.engine().stats().resets_out.total() > 0);
    REQUIRE_FALSE(x.far.all_told().empty());
    CHECK(x.far.end);
}

TEST_CASE("strays_to_own_ports_are_answered_and_those_to_others_are_not",
          "[scenario][T-S3][R-7.7][R-7.8]") {
    shared_interface x{unknown_port_policy::ignore};
    const auto answers = [&x](std::uint16_t port) {
        const rrdp::testing::segments from{.source_port = 5'001, .destination_port = port};
        const auto before = x.resets();
        x.hear(from.data(101, 200, "of a former connection"));
        x.settle();
        return x.resets() - before;
    };
    CHECK(answers(1'150) == 1);
    CHECK(answers(1'250) == 1);
    CHECK(answers(1'300) == 0);
    CHECK(x.one.dropped(rrdp::drop_reason::foreign_port) == 2);
    CHECK(x.two.dropped(rrdp::drop_reason::foreign_port) == 2);
    CHECK(x.one.listen(1'250) == errc::port_not_owned);
    CHECK(x.one.connect(x.now, 7, 1'250) == errc::port_not_owned);
    REQUIRE(x.one.connect(x.now, 7) == errc::ok);
    CHECK(x.one.engine().info(x.one.id)->remote.local_port >= 1'100);
    CHECK(x.one.engine().info(x.one.id)->remote.local_port <= 1'199);
}

TEST_CASE("a_restarted_process_resets_the_peers_of_its_former_connections",
          "[scenario][T-S3][R-7.7][R-7.8]") {
    shared_interface x{unknown_port_policy::ignore};
    REQUIRE(x.one.listen(1'100) == errc::ok);
    REQUIRE(x.far.connect(x.now, 1'100, 5'001) == errc::ok);
    x.settle();
    CHECK(x.far.told() == "connected");
    x.one.crash();
    CHECK(x.far.send(x.now, "hello?") == errc::ok);
    x.settle();
    CHECK(x.far.told() == "closed reset(2) 1/1/0");
}

}  // namespace
}  // namespace script
