// SPDX-License-Identifier: Apache-2.0
#include <rrdp/adapters/udp.hpp>

#include <poll.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include <rrdp/rrdp.hpp>

#include "adapters/conforms.hpp"

/// Real sockets, on loopback: the kernel makes and checks the headers, so that it is the judge of
/// ours.
namespace rrdp {
namespace {

using adapters::udp;
using framings::udp4;

constexpr framings::ipv4_address first{{127, 0, 0, 1}};
constexpr framings::ipv4_address second{{127, 0, 0, 2}};

/// One end's address; port 0 at first, then the one that the kernel gave, so that tests do not
/// collide.
struct socket_end {
    explicit socket_end(const framings::ipv4_address& host)
        : address{udp{adapters::udp_options{.address = {host, 0}}}.address()} {}
    udp4::address address;
};

/// A host of this machine for each family.
template <class Framing>
typename Framing::address local() {
    typename Framing::address a{{}, 0};
    a.host.octets.back() = 1;
    if constexpr (sizeof a.host == 4) a.host.octets.front() = 127;
    return a;
}

/// A UDP link as the kit wants one: what is leased is the payload of a datagram to `peer`.
template <class Framing>
class payloads {
    using link_type = adapters::basic_udp<Framing>;

public:
    class rx_frame {
    public:
        explicit rx_frame(typename link_type::rx_frame&& below) noexcept
            : below_{std::move(below)} {}
        [[nodiscard]] octets_view bytes() const noexcept {
            const octets_view all = below_.bytes();
            return all.empty() ? all : all.subspan(Framing::overhead);
        }

    private:
        typename link_type::rx_frame below_;
    };
    class tx_lease {
    public:
        tx_lease(payloads& owner, typename link_type::tx_lease&& below) noexcept
            : owner_{&owner}, below_{std::move(below)} {}
        [[nodiscard]] octets bytes() noexcept {
            const octets all = below_.bytes();
            return all.empty() ? all : all.subspan(Framing::overhead);
        }
        void commit(std::size_t size) noexcept {
            if (size == 0) return below_.commit(0);
            const Framing framing;
            framing.write_header(below_.bytes(), owner_->peer, owner_->link.address());
            below_.commit(framing.finish(below_.bytes(), size));
        }

    private:
        payloads* owner_;
        typename link_type::tx_lease below_;
    };

    payloads() : link{adapters::basic_udp_options<Framing>{.address = local<Framing>()}} {}

    [[nodiscard]] link_properties properties() const noexcept {
        link_properties said = link.properties();
        said.max_frame -= Framing::overhead;
        return said;
    }
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        auto frame = link.receive();
        if (!frame) return std::nullopt;
        return rx_frame{std::move(*frame)};
    }
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        if (size > properties().max_frame) return std::nullopt;
        auto lease = link.lease(size + Framing::overhead);
        if (!lease) return std::nullopt;
        return tx_lease{*this, std::move(*lease)};
    }
    bool flush() noexcept { return link.flush(); }

    typename Framing::address peer{};
    link_type link;
};

template <class Framing>
struct payload_pair {
    payload_pair() {
        a->peer = b->link.address();
        b->peer = a->link.address();
    }
    std::unique_ptr<payloads<Framing>> a = std::make_unique<payloads<Framing>>();
    std::unique_ptr<payloads<Framing>> b = std::make_unique<payloads<Framing>>();
};

struct over_udp : default_policy {
    using framing = udp4;
};

options controlled() {
    options o;
    o.congestion = congestion_kind::aimd;
    return o;
}

std::vector<std::byte> frame_of(const udp4::address& to, const udp4::address& from,
                                std::size_t size, bool urgent = false) {
    std::vector<std::byte> frame(udp4::overhead + size, std::byte{0x5a});
    udp4{}.write_header(frame, to, from);
    if (urgent) udp4{}.mark_urgent(frame);
    REQUIRE(udp4{}.finish(frame, size) == frame.size());
    return frame;
}

bool send(udp& link, const std::vector<std::byte>& frame) {
    auto lease = link.lease(frame.size());
    if (!lease) return false;
    copy_octets(frame, lease->bytes());
    lease->commit(frame.size());
    return link.flush();
}

/// The next frame; loopback delivers at once.
std::vector<std::byte> received(udp& link) {
    for (int looks = 0; looks < 1'000; ++looks) {
        if (const auto frame = link.receive()) {
            const octets_view bytes = frame->bytes();
            return {bytes.begin(), bytes.end()};
        }
        ::usleep(100);
    }
    return {};
}

TEST_CASE("udp: a frame arrives as it left", "[adapters][udp][R-16.1]") {
    const auto here = socket_end{first}.address;
    const auto there = socket_end{second}.address;
    udp a{adapters::udp_options{.address = here}};
    udp b{adapters::udp_options{.address = there}};
    CHECK_FALSE(a.properties().fifo);
    CHECK(a.properties().msl == std::chrono::seconds{2});
    for (const std::size_t size : {14U, 15U, 1'472U}) {
        const auto frame = frame_of(there, here, size);
        REQUIRE(send(a, frame));
        CHECK(received(b) == frame);
    }
    CHECK(a.statistics().sent == 3);
    CHECK(b.statistics().received == 3);
}

TEST_CASE("udp: what is longer than a frame may be is dropped and counted",
          "[adapters][udp][R-16.2]") {
    const auto here = socket_end{first}.address;
    const auto there = socket_end{second}.address;
    udp a{adapters::udp_options{.address = here, .max_frame = 4'000}};
    udp b{adapters::udp_options{.address = there}};
    REQUIRE(send(a, frame_of(there, here, 1'473)));
    REQUIRE(send(a, frame_of(there, here, 20)));
    CHECK(received(b) == frame_of(there, here, 20));
    CHECK(b.statistics().truncated == 1);
}

TEST_CASE("udp: what the kernel refuses is loss, and counted", "[adapters][udp][R-16.4][T-L5]") {
    const auto here = socket_end{first}.address;
    udp a{adapters::udp_options{.address = here}};
    const udp4::address nowhere{{{255, 255, 255, 255}}, 7};  // broadcasting is not allowed
    REQUIRE(send(a, frame_of(nowhere, here, 20)));
    CHECK(a.statistics().refused == 1);
    CHECK(a.statistics().sent == 0);
}

template <class Framing>
std::string why_not(const adapters::basic_udp_options<Framing>& options) {
    try {
        const adapters::basic_udp<Framing> link{options};
        return "it opened";
    } catch (const std::system_error& e) {
        return e.what();
    }
}

TEST_CASE("udp: what cannot be opened is said in one line", "[adapters][udp]") {
    const auto here = socket_end{first}.address;
    udp a{adapters::udp_options{.address = here}};
    const std::string shown = "udp 127.0.0.1:" + std::to_string(here.port) + ": ";
    CHECK(why_not(adapters::udp_options{.address = here}) ==
          shown + "the port is in use: Address already in use");
    CHECK(why_not(adapters::udp_options{.address = {{{192, 0, 2, 1}}, 7}}) ==
          "udp 192.0.2.1:7: no interface of this host has the address: "
          "Cannot assign requested address");
    for (const framings::ipv4_address host : {framings::ipv4_address{}, {{224, 0, 0, 1}}})
        CHECK(why_not(adapters::udp_options{.address = {host, 7}})
                  .find("is not the address of one host: Invalid argument") != std::string::npos);
    CHECK(why_not(adapters::udp_options{.address = here, .max_frame = 28}).find("max_frame has") !=
          std::string::npos);
    CHECK(why_not(adapters::udp_options{.address = here, .max_frame = 65'536})
              .find("max_frame has") != std::string::npos);
    CHECK(why_not(adapters::udp_options{.address = here, .batch = 0}).find("a batch has") !=
          std::string::npos);
    CHECK(why_not(adapters::udp_options{.address = here, .batch = 1'025}).find("at most") !=
          std::string::npos);
    adapters::udp6_options six{.address = {{{0x20, 1, 0xd, 0xb8}}, 7}};
    CHECK(why_not(six).starts_with("udp [2001:db8::]:7: "));
}

TEST_CASE("udp: is a link over IPv4", "[adapters][udp]") {
    require_conformance(
        testing::link_conformance([] { return payload_pair<udp4>{}; }, {.lossless = false}), 1);
}

TEST_CASE("udp: is a link over IPv6", "[adapters][udp]") {
    require_conformance(testing::link_conformance([] { return payload_pair<framings::udp6>{}; },
                                                  {.lossless = false}),
                        1);
}

TEST_CASE("udp: takes a free port where none is said", "[adapters][udp]") {
    //-- begin snippet open
    adapters::udp_options options;
    options.address = {{{127, 0, 0, 1}}, 0};  // this end; port 0: one that is free
    adapters::udp link{options};
    //-- end snippet
    CHECK(link.address().host == first);
    CHECK(link.address().port != 0);
}

/// Sends datagrams of these sizes in one go; what arrived, one by one.
template <class Framing>
std::vector<std::size_t> sizes_after_one_flush(payload_pair<Framing>& ends,
                                               const std::vector<std::size_t>& sizes) {
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        auto lease = ends.a->lease(sizes[i]);
        REQUIRE(lease);
        for (std::byte& octet : lease->bytes()) octet = static_cast<std::byte>(i);
        lease->commit(sizes[i]);
    }
    REQUIRE(ends.a->flush());
    std::vector<std::size_t> got;
    for (int looks = 0; looks < 1'000 && got.size() < sizes.size(); ++looks) {
        while (const auto frame = ends.b->receive()) {
            const auto mark = static_cast<std::byte>(got.size());
            CHECK((frame->bytes().front() == mark && frame->bytes().back() == mark));
            got.push_back(frame->bytes().size());
        }
        ::usleep(100);
    }
    return got;
}

template <class Framing>
void equal_datagrams_leave_as_one() {
    payload_pair<Framing> ends;
    if (!ends.a->link.segments()) WARN("this kernel cuts no datagrams: they are sent one by one");
    const bool joined = ends.a->link.segments();
    const std::vector<std::size_t> sizes{1'000, 1'000, 1'000, 400, 1'000, 500, 500, 7, 8};
    CHECK(sizes_after_one_flush(ends, sizes) == sizes);
    CHECK(ends.a->link.statistics().sent == sizes.size());
    // 1000 1000 1000 400 | 1000 500 | 500 7 | 8
    CHECK(ends.a->link.statistics().segmented == (joined ? 8 : 0));
    const std::vector<std::size_t> many(60, 1'400);  // more than one IP datagram holds
    CHECK(sizes_after_one_flush(ends, many) == many);
    CHECK(ends.b->link.statistics().received == sizes.size() + many.size());
    CHECK(ends.a->link.statistics().refused == 0);
    CHECK((ends.b->link.statistics().coalesced > 0) == (joined && ends.b->link.coalesces()));
}

TEST_CASE("udp: equal datagrams to one peer leave as one and arrive as many",
          "[adapters][udp][R-16.1]") {
    equal_datagrams_leave_as_one<udp4>();
    equal_datagrams_leave_as_one<framings::udp6>();
}

TEST_CASE("udp: without segmentation and coalescing the same arrives", "[adapters][udp]") {
    const bool segmentation = GENERATE(true, false);
    const auto here = socket_end{first}.address;
    const auto there = socket_end{second}.address;
    udp a{adapters::udp_options{.address = here, .segmentation = segmentation}};
    udp b{adapters::udp_options{.address = there, .coalescing = false}};
    CHECK_FALSE(b.coalesces());
    for (int i = 0; i < 8; ++i) {
        auto lease = a.lease(600);
        REQUIRE(lease);
        copy_octets(frame_of(there, here, 572), lease->bytes());
        lease->commit(600);
    }
    REQUIRE(a.flush());
    for (int i = 0; i < 8; ++i) CHECK(received(b) == frame_of(there, here, 572));
    CHECK(a.statistics().segmented == (segmentation && a.segments() ? 8 : 0));
    CHECK(b.statistics().coalesced == 0);
}

TEST_CASE("udp: a run that the kernel does not take as one is sent one by one",
          "[adapters][udp][R-16.4]") {
    const auto here = socket_end{first}.address;
    udp a{adapters::udp_options{.address = here}};
    const udp4::address nowhere{{{255, 255, 255, 255}}, 7};  // broadcasting is not allowed
    for (int i = 0; i < 4; ++i) {
        auto lease = a.lease(100);
        REQUIRE(lease);
        copy_octets(frame_of(nowhere, here, 72), lease->bytes());
        lease->commit(100);
    }
    CHECK(a.flush());
    CHECK(a.statistics().refused == 4);
    CHECK(a.error().value() == EACCES);
    CHECK(send(a, frame_of(here, here, 20)));
    CHECK_FALSE(a.error());  // a datagram has left
}

TEST_CASE("udp: neighbours to different peers or of different urgency stay apart",
          "[adapters][udp]") {
    const auto here = socket_end{first}.address;
    const auto there = socket_end{second}.address;
    udp a{adapters::udp_options{.address = here}};
    udp b{adapters::udp_options{.address = there}};
    const int on = 1;
    REQUIRE(::setsockopt(b.native_handle(), IPPROTO_IP, IP_RECVTOS, &on, sizeof on) == 0);
    for (const bool urgent : {false, true, false}) {
        const auto frame = frame_of(there, here, 72, urgent);
        auto lease = a.lease(frame.size());
        REQUIRE(lease);
        copy_octets(frame, lease->bytes());
        lease->commit(frame.size());
    }
    {
        const auto frame = frame_of(here, here, 72);
        auto lease = a.lease(frame.size());
        REQUIRE(lease);
        copy_octets(frame, lease->bytes());
        lease->commit(frame.size());
    }
    REQUIRE(a.flush());
    CHECK(a.statistics().segmented == 0);
    CHECK(a.statistics().sent == 4);
    // The kernel says what stood in the header.
    for (const int wanted : {0, 46 << 2, 0}) {
        std::array<std::byte, 200> octets{};
        alignas(cmsghdr) std::array<std::byte, 64> control{};
        iovec piece{octets.data(), octets.size()};
        msghdr m{};
        m.msg_iov = &piece;
        m.msg_iovlen = 1;
        m.msg_control = control.data();
        m.msg_controllen = control.size();
        REQUIRE(::recvmsg(b.native_handle(), &m, 0) == 72);
        const cmsghdr* const c = CMSG_FIRSTHDR(&m);
        REQUIRE(c != nullptr);
        CHECK(std::to_integer<int>(*static_cast<const std::byte*>(
                  static_cast<const void*>(CMSG_DATA(c)))) == wanted);
    }
}

template <class Framing>
void nobody_at_a_port_is_counted() {
    payload_pair<Framing> ends;
    std::optional<payloads<Framing>> other{std::in_place};
    ends.a->peer = other->link.address();
    other.reset();
    const auto say = [&](const typename Framing::address& to) {
        ends.a->peer = to;
        auto lease = ends.a->lease(20);
        REQUIRE(lease);
        lease->commit(20);
        return ends.a->flush();
    };
    const auto nobody = ends.a->peer;
    CHECK(say(nobody));
    pollfd waiting{ends.a->link.native_handle(), POLLIN, 0};
    REQUIRE(::poll(&waiting, 1, 1'000) == 1);  // the news wakes who sleeps
    CHECK_FALSE(ends.a->receive());
    CHECK(ends.a->link.statistics().unreachable == 1);
    CHECK(ends.a->link.error().value() == ECONNREFUSED);
    CHECK(::poll(&waiting, 1, 0) == 0);  // and once only

    for (int i = 0; i < 5; ++i) CHECK(say(nobody));
    CHECK(say(ends.b->link.address()));  // not held up by what was before
    CHECK(ends.a->link.statistics().sent == 7);
    CHECK(ends.a->link.statistics().refused == 0);
    bool arrived = false;
    for (int looks = 0; looks < 1'000 && !arrived; ++looks, ::usleep(100))
        arrived = ends.b->receive().has_value();
    CHECK(arrived);
    CHECK_FALSE(ends.a->receive());
    CHECK(ends.a->link.statistics().unreachable > 1);

    auto answer = ends.b->lease(20);
    REQUIRE(answer);
    answer->commit(20);
    CHECK(ends.b->flush());
    arrived = false;
    for (int looks = 0; looks < 1'000 && !arrived; ++looks, ::usleep(100))
        arrived = ends.a->receive().has_value();
    CHECK(arrived);
    CHECK_FALSE(ends.a->link.error());  // something arrives again
}

TEST_CASE("udp: that nobody is at a port is counted, and holds up nothing",
          "[adapters][udp][R-16.4]") {
    nobody_at_a_port_is_counted<udp4>();
    nobody_at_a_port_is_counted<framings::udp6>();
}

TEST_CASE("udp: what is no datagram of the framing is refused and counted", "[adapters][udp]") {
    const auto here = socket_end{first}.address;
    udp a{adapters::udp_options{.address = here}};
    for (const std::size_t size : {1U, 28U, 100U}) {
        auto lease = a.lease(size);
        REQUIRE(lease);
        clear_octets(lease->bytes());
        lease->commit(size);
    }
    CHECK(a.flush());
    CHECK(a.statistics().refused == 3);
}

TEST_CASE("udp: two engines talk through the kernel, although a port moves",
          "[adapters][udp][R-16.1]") {
    const auto here = socket_end{first}.address;
    const auto there = socket_end{second}.address;
    udp a{adapters::udp_options{.address = here}};
    udp b{adapters::udp_options{.address = there}};
    const capacities room{.connections = 4, .rings = 4, .segments = 128, .nodes = 2};
    const auto node = [](std::uint16_t number, const udp4::address& where) {
        node_options<udp4> o;
        o.node = node_id{number};
        o.address = where;
        o.mtu = udp4::base_mtu;
        o.msl = {};  // no quiet time: the ports are new
        return o;
    };
    endpoint<over_udp> x{room, node(1, here), {1, 2}};
    endpoint<over_udp> y{room, node(2, there), {3, 4}};
    REQUIRE(x.add_node(node_id{2}, there) == errc::ok);
    REQUIRE(y.add_node(node_id{1}, {first, 9}) == errc::ok);  // knows the host, not the port
    REQUIRE(y.listen(7, controlled()) == errc::ok);
    instant now{std::chrono::seconds{1}};
    const auto id = x.connect(now, {node_id{2}, 7, 0}, controlled());
    REQUIRE(id);

    const std::string text(1'000, 'x');
    const octets_view message{std::as_bytes(std::span{text.data(), text.size()})};
    std::size_t sent = 0, got = 0;
    std::optional<connection_id> accepted;
    bool open = false;
    for (int turn = 0; turn < 20'000 && got < 50; ++turn) {
        pump(x, a, now);
        pump(y, b, now);
        while (const auto e = x.poll_event()) open |= e->kind == event_kind::connected;
        while (const auto e = y.poll_event())
            if (e->kind == event_kind::accepted) accepted = e->connection;
        while (open && sent < 50 && x.send(now, *id, message)) ++sent;
        while (accepted) {
            const auto m = y.receive(*accepted);
            if (!m) break;
            got += m->size() == text.size();
        }
        now += std::chrono::microseconds{100};
    }
    CHECK(got == 50);
    CHECK(y.stats().dropped() == 0);
}

}  // namespace
}  // namespace rrdp
