// SPDX-License-Identifier: Apache-2.0
#include "support/agreed.hpp"
#include "support/catch.hpp"

/// Direct placement, and two things that are not offered.
namespace script {
namespace {

using rrdp::errc;

/// Wants the data of every segment in a buffer of its own.
struct placing : watcher {
    struct call {
        std::size_t size;
        std::uint16_t left;
        friend bool operator==(const call&, const call&) = default;
    };
    std::vector<call> calls;
    std::array<std::byte, 4'096> page{};
    std::size_t used = 0;

    rrdp::octets rx_place(std::uint32_t, std::size_t size, std::uint16_t left) noexcept {
        calls.push_back({size, left});
        if (size > 100) return {};  // no room for that
        const rrdp::octets there = rrdp::octets{page}.subspan(used, size);
        used += size;
        return there;
    }
    [[nodiscard]] std::string text() const {
        std::string all;
        for (std::size_t i = 0; i < used; ++i)
            all += static_cast<char>(std::to_integer<unsigned char>(page[i]));
        return all;
    }
};

struct placing_policy : bare_policy {
    using observer = placing;
};

using placing_lone = basic_lone<placing_policy>;

TEST_CASE("rx_place: called once for each segment that is held, past every check, and no other",
          "[conformance][R-17.4]") {
    setup s;
    s.options.max_outstanding = 2;
    s.options.receive_slots = 4;
    placing_lone e{s};
    REQUIRE(e.open_passively());
    placing& seen = e.own.engine().observer();
    auto damaged = e.peer.data(101, 200, "damaged");
    damaged[15] ^= std::byte{1};
    e.hear(damaged);
    e.hear(e.peer.data(101, 203, "an impossible ACK"));
    e.hear(e.peer.data(105, 200, "beyond"));
    e.hear(e.peer.nul(101, 200));
    CHECK(seen.calls.empty());
    e.hear(e.peer.data(103, 200, "second "));
    e.hear(e.peer.data(103, 200, "again"));
    e.hear(e.peer.data(102, 200, "first "));
    e.hear(e.peer.data(101, 200, "old"));
    CHECK(seen.calls == std::vector<placing::call>{{7, 0}, {6, 0}});
    CHECK(seen.text() == "second first ");
    const std::string large(500, 'x');
    e.hear(e.peer.data(104, 200, large));
    CHECK(seen.calls.size() == 3);  // asked, and answered with nothing
    CHECK(seen.text() == "second first ");
    e.hear(e.peer.data(105, 200, "third"));
    e.hear(e.peer.data(106, 200, "no slot"));
    CHECK(e.dropped(rrdp::drop_reason::no_slot) == 1);
    CHECK(seen.calls.size() == 4);
    CHECK(e.own.all_taken() == "first  second  " + large + " third");  // and the messages come
}

TEST_CASE("rx_place: it is told the FRAG word, with which a message can be laid out",
          "[conformance][R-17.4][R-3.24]") {
    setup s = offering(features::fin | features::frag);
    placing_lone e{s};
    REQUIRE(e.own.listen(1'024) == errc::ok);
    auto p = e.offer();
    p.max_message = 65'536;
    e.hear(e.peer.syn(100, p));
    CHECK(e.says() == syn(200).ack(100));
    e.peer.agreed = features::fin | features::frag;
    e.hear(e.peer.ack(101, 200));
    e.hear(e.peer.data(101, 200, "ab", 2));
    e.hear(e.peer.data(103, 200, "ef", 0));
    e.hear(e.peer.data(102, 200, "cd", 1));
    const auto& seen = e.own.engine().observer();
    CHECK(seen.calls == std::vector<placing::call>{{2, 2}, {2, 0}, {2, 1}});
}

TEST_CASE("rx_place: called for each message of a bundle, without the lengths between them",
          "[conformance][R-17.4][R-3.35]") {
    const features agreed = features::fin | features::frag | features::bundle;
    placing_lone e{offering(agreed)};
    REQUIRE(e.own.listen(1'024) == errc::ok);
    auto p = e.offer();
    p.max_message = 65'536;
    e.hear(e.peer.syn(100, p));
    CHECK(e.says() == syn(200).ack(100));
    e.peer.agreed = agreed;
    e.hear(e.peer.ack(101, 200));
    e.hear(e.peer.bundle(102, 200, {"three ", "four"}));
    e.hear(e.peer.bundle(102, 200, {"three ", "four"}));
    e.hear(e.peer.bundle(101, 200, {"one ", "two "}));
    const auto& seen = e.own.engine().observer();
    CHECK(seen.calls == std::vector<placing::call>{{6, 0}, {4, 0}, {4, 0}, {4, 0}});
    CHECK(seen.text() == "three fourone two ");
}

template <class Options>
constexpr bool acknowledges_on_consumption = requires(Options o) {
    o.ack_on_consume;
};

TEST_CASE("options: ack_on_consume cannot be combined with FRAG, for it is not offered at all",
          "[conformance][R-8.15][T-M14]") {
    // Whoever adds it has to refuse the pair in check(options), and to test that here.
    CHECK_FALSE(acknowledges_on_consumption<rrdp::options>);
}

TEST_CASE("TAG: whoever can read one frame can forge the next: it is no security, nor called one",
          "[conformance][R-20.1]") {
    agreed_lone e{features::fin | features::tag};
    REQUIRE(e.open_passively());
    const std::uint32_t overheard = e.own_tag;  // it stands in every frame of the peer
    auto attacker = rrdp::testing::segments{};
    attacker.agreed = features::fin | features::tag;
    attacker.words.tag = overheard;
    e.hear(attacker.rst(101, 200, {.form = rrdp::wire::reset_form::kind::connection}));
    CHECK(e.told() == "closed reset(0) 0/0/0");
}

}  // namespace
}  // namespace script
