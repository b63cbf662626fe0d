// SPDX-License-Identifier: Apache-2.0
#include <rrdp/link/concepts.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

struct whole_port {
    link_properties properties() const noexcept;
    std::size_t read(octets);
    bool write(octets_view);
};
struct port_that_may_throw_properties : whole_port {
    link_properties properties() const;
};
struct port_that_reads_int : whole_port {
    int read(octets);
};
struct port_that_never_refuses : whole_port {
    void write(octets_view);
};

struct whole_frame {
    octets_view bytes() const noexcept;
};
struct writable_frame {
    octets bytes() const noexcept;
};
struct fixed_frame : whole_frame {
    fixed_frame(fixed_frame&&) = delete;
};

struct whole_lease {
    octets bytes() noexcept;
    void commit(std::size_t) noexcept;
};
struct lease_that_may_fail : whole_lease {
    bool commit(std::size_t) noexcept;
};

struct whole_link {
    using rx_frame = whole_frame;
    using tx_lease = whole_lease;
    link_properties properties() const noexcept;
    std::optional<rx_frame> receive();
    std::optional<tx_lease> lease(std::size_t);
};
struct link_that_returns_frames : whole_link {
    rx_frame receive();
};
struct link_that_cannot_refuse : whole_link {
    tx_lease lease(std::size_t);
};
struct flushable : whole_link {
    bool flush() noexcept;
};
struct flush_that_may_throw : whole_link {
    bool flush();
};
struct pollable : whole_link {
    int native_handle() const noexcept;
};

}  // namespace

TEST_CASE("frame_port: is what the words say, and nothing less", "[link][concepts]") {
    STATIC_REQUIRE(frame_port<whole_port>);
    STATIC_REQUIRE_FALSE(frame_port<port_that_may_throw_properties>);
    STATIC_REQUIRE_FALSE(frame_port<port_that_reads_int>);
    STATIC_REQUIRE_FALSE(frame_port<port_that_never_refuses>);
}

TEST_CASE("received_frame, transmit_lease: move, and lend their octets", "[link][concepts]") {
    STATIC_REQUIRE(received_frame<whole_frame>);
    STATIC_REQUIRE_FALSE(received_frame<writable_frame>);
    STATIC_REQUIRE_FALSE(received_frame<fixed_frame>);
    STATIC_REQUIRE(transmit_lease<whole_lease>);
    STATIC_REQUIRE_FALSE(transmit_lease<lease_that_may_fail>);
}

TEST_CASE("link: may refuse; flush and handle are extras", "[link][concepts]") {
    STATIC_REQUIRE(rrdp::link<whole_link>);
    STATIC_REQUIRE_FALSE(rrdp::link<link_that_returns_frames>);
    STATIC_REQUIRE_FALSE(rrdp::link<link_that_cannot_refuse>);
    STATIC_REQUIRE_FALSE(rrdp::link<whole_port>);

    STATIC_REQUIRE(flushable_link<flushable>);
    STATIC_REQUIRE_FALSE(flushable_link<whole_link>);
    STATIC_REQUIRE_FALSE(flushable_link<flush_that_may_throw>);
    STATIC_REQUIRE(pollable_link<pollable>);
    STATIC_REQUIRE_FALSE(pollable_link<whole_link>);
}

TEST_CASE("link_properties: the defaults are those of plain Ethernet", "[link][R-13.1]") {
    constexpr link_properties said{};
    STATIC_REQUIRE(said.max_frame == 1'514);
    STATIC_REQUIRE(said.fifo);
    STATIC_REQUIRE(said.address.is_zero());
    STATIC_REQUIRE(said == link_properties{});
    STATIC_REQUIRE(said != link_properties{.fifo = false});
}

}  // namespace rrdp
