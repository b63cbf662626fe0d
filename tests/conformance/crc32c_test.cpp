// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "support/agreed.hpp"
#include "support/catch.hpp"

/// CRC32C: the data have a check of their own, the Checksum covers the header.
namespace script {
namespace {

using rrdp::drop_reason;
using rrdp::errc;
using kind = rrdp::wire::reset_form::kind;

constexpr features summed = features::fin | features::crc32c;

struct summed_open : agreed_lone {
    summed_open() : agreed_lone{summed} { REQUIRE(open_passively()); }
};

TEST_CASE("CRC32C: every segment shows that of its data, and 0 where it has none",
          "[conformance][R-3.1][R-3.5]") {
    summed_open e;
    CHECK(e.send("123456789") == errc::ok);
    CHECK(e.says() == data(201, "123456789").ack(100));
    CHECK(e.words().crc == 0xe306'9283U);
    e.hear(e.peer.data(102, 200, "a gap"));
    CHECK(e.says() == ack(100).seq(202).ea({102}));
    CHECK(e.words().crc == 0);
    CHECK(e.says_within(60ms) == data(201, "123456789").ack(100));  // again, with the same CRC
    CHECK(e.words().crc == 0xe306'9283U);
    e.hear(e.peer.ack(101, 201));
    CHECK(e.close() == errc::ok);
    CHECK(e.says() == fin(202).ack(100));
    CHECK(e.words().crc == 0);
    CHECK(e.abort() == errc::ok);
    CHECK(e.says() == rst(203, 6).ack(100));
    CHECK(e.reset().form == kind::connection);
    CHECK(e.reset().crc == 0);
}

TEST_CASE("CRC32C: whatever bit of the data is damaged, the segment is dropped and sent again",
          "[conformance][R-3.5][R-4.3][R-2.15][R-2.16]") {
    summed_open e;
    const auto good = e.peer.data(101, 200, "page of a guest");
    constexpr std::size_t header = 18;
    for (std::size_t bit = 8 * header; bit < 8 * good.size(); ++bit) {
        auto damaged = good;
        damaged[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        e.hear(damaged);  // its checksum is right: it covers the header only
    }
    CHECK(e.dropped(drop_reason::bad_crc) == 8 * (good.size() - header));
    CHECK(e.stats().dropped() == e.dropped(drop_reason::bad_crc));
    CHECK(e.says() == nothing());
    auto exchanged = good;
    std::swap(exchanged[header], exchanged[header + 2]);
    std::swap(exchanged[header + 1], exchanged[header + 3]);
    e.hear(exchanged);  // which the sum of RFC 1071 would not see
    CHECK(e.dropped(drop_reason::bad_crc) == 8 * (good.size() - header) + 1);
    CHECK(e.own.taken().empty());
    e.hear(good);
    CHECK(e.own.taken() == "page of a guest");
}

TEST_CASE("CRC32C: damage to the header, the CRC included, is the Checksum's to see",
          "[conformance][R-4.3][R-4.2][R-2.15]") {
    summed_open e;
    const auto good = e.peer.data(101, 200, "x");
    std::uint64_t seen = 0;
    for (std::size_t octet = 6; octet < 18; ++octet) {  // DL to CRC
        auto damaged = good;
        damaged[octet] ^= std::byte{0x20};
        e.hear(damaged);
        ++seen;
    }
    CHECK(e.stats().dropped() == seen);
    CHECK(e.dropped(drop_reason::bad_checksum) >= 10);  // two make the data too long
    CHECK(e.dropped(drop_reason::bad_crc) == 0);
    CHECK(e.own.taken().empty());
}

TEST_CASE("CRC32C: a segment without data must show 0; a bare RST has no CRC to show",
          "[conformance][R-3.5][R-2.15]") {
    summed_open e;
    for (auto s : {e.peer.ack(101, 200), e.peer.nul(101, 200),
                   e.peer.rst(101, 200, {.form = kind::connection})}) {
        s[17] = std::byte{1};
        rrdp::testing::repair_checksum(s.room().first(s.size()), rrdp::wire::coverage::header_only);
        e.hear(s);
    }
    CHECK(e.dropped(drop_reason::bad_crc) == 3);
    CHECK(e.at() == rrdp::state::open);
    CHECK(e.says() == nothing());
    e.hear(e.peer.rst(101, 200, {.form = kind::bare}));
    CHECK(e.told() == "closed reset(0) 0/0/0");
}

TEST_CASE("CRC32C: where it is not agreed the words are not there, and the sum covers the data",
          "[conformance][R-3.1][R-3.2][R-4.3][bug][B-23]") {
    agreed_lone e{features::fin};
    REQUIRE(e.open_passively());
    auto other = e.peer;
    other.agreed = summed;
    e.hear(other.data(101, 200, "with words"));
    CHECK(e.stats().dropped() == 1);  // for its length or its sum: it is another segment here
    auto damaged = e.peer.data(101, 200, "xyz");
    damaged[14] ^= std::byte{1};
    e.hear(damaged);
    CHECK(e.stats().dropped() == 2);
    CHECK(e.dropped(drop_reason::bad_checksum) >= 1);
    CHECK(e.dropped(drop_reason::bad_crc) == 0);
    CHECK(e.own.taken().empty());
}

}  // namespace
}  // namespace script
