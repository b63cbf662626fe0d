// SPDX-License-Identifier: Apache-2.0
#include <rrdp/testing/test_frame.hpp>

#include "adapters/packet_kit.hpp"

// What may happen to the interface of an AF_PACKET link, and that the link lives through it by
// itself: unless a test says so, nobody asks a link for its state.

namespace rrdp::packet_kit {
namespace {

template <class Link>
void longer_frames_than_promised_are_dropped() {
    const private_network::wire wire;
    Link b{"v1"};
    ip("link set v0 mtu 3000");
    ip("link set v1 mtu 3000");
    Link a{"v0"};
    expect_equal(a.properties().max_frame, std::size_t{3'014}, "max_frame of the later link");
    send(a, second, {0x88b6, 1}, 1'514);
    send(a, second, {0x88b6, 2}, 1'515);  // would fit a slot of the ring
    send(a, second, {0x88b6, 3}, 3'014);  // would not
    send(a, second, {0x88b6, 0xffff});
    expect(numbers_until_marker(b) == std::vector{1}, "only the frame of 1 514 octets arrives");
    expect_equal(b.statistics().truncated, std::uint64_t{2}, "truncated");
}

template <class Link>
void what_the_kernel_refuses_is_lost_and_counted() {
    const private_network::wire wire{9'000};
    Link a{"v0"};
    Link b{"v1"};
    ip("link set v0 mtu 1500");
    const auto put = [&a](std::uint16_t number, std::size_t size) {
        auto lease = a.lease(size);
        testing::write_test_frame(lease->bytes(), {first, second}, number);
        store_be16(lease->bytes(), 14, number);
        lease->commit(size);
    };
    put(1, 100);
    put(2, 4'000);  // EMSGSIZE, in the middle of a batch
    put(3, 100);
    put(0xffff, 100);
    a.flush();
    expect(numbers_until_marker(b) == std::vector{1, 3}, "the others of the batch arrive");
    expect_equal(a.statistics().refused, std::uint64_t{1}, "refused (R-16.4)");
    expect(!a.error(), "a refusal is no trouble of the link");
}

template <class Link>
void a_fallen_interface_recovers() {
    const private_network::wire wire;
    pair<Link> ends;
    ip("link set v1 down");
    expect(!next(*ends.b, 100), "silence");
    expect(ends.b->state() == interface_state::down, "v1 is down");
    expect(ends.b->error() == std::errc::network_down, "ENETDOWN is the error");
    expect(comes_to(*ends.a, interface_state::down), "v0 has no carrier");
    send(*ends.b, first, {0x88b6, 1});
    send(*ends.a, second, {0x88b6, 2});
    expect_equal(ends.b->statistics().refused, std::uint64_t{1}, "refused by the fallen one");

    pollfd ready{ends.b->native_handle(), POLLIN, 0};
    int frames = 0;
    for (int look = 0; look < 2'000; ++look) frames += ends.b->receive().has_value();
    expect_equal(frames, 0, "frames from the fallen interface");
    expect(::poll(&ready, 1, 0) == 0, "poll does not return for ever because of it");

    ip("link set v1 up");
    send(*ends.b, first, {0x88b6, 3});  // meets the stale error first
    expect(next(*ends.a).has_value(), "the first frame after the fall arrives");
    expect(comes_up(*ends.b) && comes_up(*ends.a), "both are up");
    expect(!ends.b->error(), "the error is over");
    send(*ends.a, second, {0x88b6, 4});
    send(*ends.a, second, {0x88b6, 0xffff});
    expect(numbers_until_marker(*ends.b) == std::vector{4}, "and so does the other way");
}

template <class Link>
void opened_while_down_it_works_later() {
    const private_network::wire wire;
    ip("link set v1 down");
    pair<Link> ends;
    expect(ends.b->state() == interface_state::down, "v1 is down");
    ip("link set v1 up");
    expect(comes_up(*ends.b) && comes_up(*ends.a), "both are up");
    send(*ends.a, second, {0x88b6, 1});
    expect(next(*ends.b).has_value(), "a frame arrives when it is up");
}

/// Makes v0 and v1 anew, under the same names.
void make_anew(const std::string& more_of_v0 = "", const std::string& more_of_v1 = "") {
    const auto or_else = [](const std::string& text, const char* usual) {
        return text.empty() ? std::string{usual} : text;
    };
    expect(ip("link add v0 " + or_else(more_of_v0, "address 02:00:00:00:00:01") +
              " type veth peer name v1 " + or_else(more_of_v1, "address 02:00:00:00:00:02")) &&
               ip("link set v0 up") && ip("link set v1 up"),
           "the interfaces are there again");
}

/// Whether frames pass from one to the other, at last: each is sent again while it is lost, because
/// a new cable takes a moment.
template <class Link>
bool pass(Link& from, Link& to, const wire::mac_address& address, std::uint16_t number) {
    for (int attempt = 0; attempt < 300; ++attempt) {
        send(from, address, {0x88b6, number});
        while (const auto frame = next(to, 10))
            if (load_be16(frame->bytes(), 14) == number) return true;
    }
    return false;
}

template <class Link>
void a_full_queue_of_the_device_is_loss() {
    const private_network::wire wire;
    pair<Link> ends{{.batch = 64}};
    if (std::system("tc qdisc add dev v0 root tbf rate 8kbit burst 2000 limit 5000 2>/dev/null")) {
        std::printf("    (no full queue here: no tc(8), or the kernel has no tbf)\n");
        return;
    }
    for (std::uint16_t i = 0; i < 64; ++i) {
        auto lease = ends.a->lease(1'000);
        if (!lease) break;
        testing::write_test_frame(lease->bytes(), {first, second}, i);
        lease->commit(1'000);
    }
    expect(ends.a->flush(), "all of the batch is gone, this way or that");
    const auto count = ends.a->statistics();
    expect(count.refused > 0 && count.sent > 0,
           "some were refused: " + std::to_string(count.refused));
    expect_equal(count.sent + count.refused, std::uint64_t{64}, "sent and refused");
    expect(!ends.a->error(), "ENOBUFS is no trouble of the link");
    std::system("tc qdisc del dev v0 root");
    expect(pass(*ends.a, *ends.b, second, 0x7001), "then frames pass again");
}

template <class Link>
void a_removed_interface_is_silence() {
    private_network::wire wire;
    pair<Link> ends;
    send(*ends.a, second, {0x88b6, 1});
    wire.remove();
    int arrived = 0;
    for (int i = 0; i < 100; ++i) {
        send(*ends.a, second, {0x88b6, 2});
        arrived += ends.b->receive().has_value();
    }
    expect(arrived <= 1 && !next(*ends.b, 100), "nothing but the first frame arrives");
    expect(notices(*ends.a) && notices(*ends.b), "both have an error");
    expect(ends.a->state() == interface_state::removed, "v0 is removed");
    expect(ends.b->state() == interface_state::removed, "v1 is removed");
    expect(ends.a->error() == std::errc::no_such_device, "ENODEV is the error");
    expect_equal(ends.a->statistics().refused, std::uint64_t{100}, "refused");
    pollfd ready{ends.b->native_handle(), POLLIN, 0};
    for (int look = 0; look < 2'000; ++look) static_cast<void>(ends.b->receive());
    expect(::poll(&ready, 1, 0) == 0, "poll does not return for ever because of it");
}

template <class Link>
void made_anew_it_is_found_again() {
    private_network::wire wire;
    pair<Link> ends;
    const link_properties before = ends.a->properties();
    const int descriptor = ends.a->native_handle();
    for (std::uint16_t round = 1; round <= 3; ++round) {
        wire.remove();
        send(*ends.a, second, {0x88b6, 1});
        expect(notices(*ends.a) && notices(*ends.b), "both notice");
        if (round == 2) ip("link set lo up");  // the index need not be the next one
        make_anew();
        expect(pass(*ends.a, *ends.b, second, round), "frames pass to v1");
        expect(pass(*ends.b, *ends.a, first, round), "frames pass to v0");
        expect_equal(ends.a->statistics().rebound, std::uint64_t{round}, "found again by v0");
        expect_equal(ends.b->statistics().rebound, std::uint64_t{round}, "found again by v1");
    }
    expect(comes_up(*ends.a) && comes_up(*ends.b), "both are up");
    expect(!ends.a->error() && !ends.b->error(), "and the errors are over");
    expect(ends.a->properties() == before, "what it says of itself is the same");
    expect_equal(ends.a->native_handle(), descriptor, "the descriptor");
    expect_equal(places_in_the_group(), 2, "places in the group of node resolution");
}

template <class Link>
void a_sleeper_is_woken_by_the_first_frame() {
    private_network::wire wire;
    pair<Link> ends;
    wire.remove();
    expect(notices(*ends.b), "v1's link notices");
    for (int look = 0; look < 2'000; ++look) static_cast<void>(ends.b->receive());
    make_anew();
    expect(comes_up(*ends.a), "v0's link is asked, and is up");
    pollfd ready{ends.b->native_handle(), POLLIN, 0};
    expect(::poll(&ready, 1, 0) == 0, "v1's has nothing to tell");
    send(*ends.a, second, {0x88b6, 7});
    expect(::poll(&ready, 1, 5'000) == 1, "then the sleeper wakes");
    const auto frame = next(*ends.b, 100);
    expect(frame && load_be16(frame->bytes(), 14) == 7, "and the frame that woke it is there");
}

template <class Link>
void frames_of_other_interfaces_are_left_alone() {
    private_network::wire wire;
    pair<Link> ends;
    expect(ip("link add w0 type veth peer name w1 address 02:00:00:00:00:02") &&
               ip("link set w0 up") && ip("link set w1 up"),
           "there is a second cable");
    Link other{"w0"};
    wire.remove();
    expect(notices(*ends.b), "v1 is removed");
    for (int i = 0; i < 20; ++i) {
        send(other, second, {0x88b6, 1});
        expect(!next(*ends.b, 5), "a frame of another interface is not handed out");
    }
    expect(ends.b->statistics().other_host > 0, "although it was seen");
    make_anew();
    expect(pass(*ends.a, *ends.b, second, 2), "frames pass again");
    const auto seen = ends.b->statistics().other_host;
    send(other, second, {0x88b6, 3});
    expect(!next(*ends.b, 20), "nor is one afterwards");
    expect_equal(ends.b->statistics().other_host, seen, "other interfaces are not heard any more");
    ip("link delete w0");
}

template <class Link>
void made_anew_with_another_address_it_keeps_its_own() {
    private_network::wire wire;
    pair<Link> ends;
    wire.remove();
    expect(notices(*ends.b), "v1 is removed");
    make_anew("", "address 02:00:00:00:00:33");
    expect(pass(*ends.a, *ends.b, second, 1), "frames to the link's address arrive");
    expect(ends.b->properties().address == second, "which is what it was");
    send(*ends.a, {{2, 0, 0, 0, 0, 0x33}}, {0x88b6, 2});  // the interface's
    send(*ends.a, stranger, {0x88b6, 3});
    send(*ends.a, everybody, {0x88b6, 4});
    send(*ends.a, second, {0x88b6, 0xffff});
    auto numbers = numbers_until_marker(*ends.b);
    std::erase(numbers, 1);  // sent more than once, perhaps
    expect(numbers == std::vector{4}, "frames to the interface's address and to others do not");
    expect(pass(*ends.b, *ends.a, first, 5), "and frames leave");
}

template <class Link>
void an_address_changed_under_it_is_noticed_by_asking() {
    const private_network::wire wire;
    pair<Link> ends;
    ip("link set v1 address 02:00:00:00:00:44");
    expect(comes_up(*ends.b), "v1 is up");
    expect(pass(*ends.a, *ends.b, second, 1), "frames to the link's address arrive");
    ip("link set v1 address 02:00:00:00:00:02");
    expect(comes_up(*ends.b), "v1 is up");
    send(*ends.a, second, {0x8100, 5, 0x88b6, 5});  // VLAN 5
    send(*ends.a, second, {0x88b6, 0xffff});
    auto numbers = numbers_until_marker(*ends.b);
    std::erase(numbers, 1);
    expect(numbers.empty(), "with the address, the rule for VLANs is back");
}

template <class Link>
void made_anew_with_another_mtu_it_keeps_its_promise() {
    private_network::wire wire;
    pair<Link> ends;
    wire.remove();
    expect(notices(*ends.b), "v1 is removed");
    make_anew("mtu 4000 address 02:00:00:00:00:01", "mtu 4000 address 02:00:00:00:00:02");
    expect(pass(*ends.a, *ends.b, second, 1), "frames pass");
    expect(pass(*ends.b, *ends.a, first, 1), "both ways");
    expect_equal(ends.b->properties().max_frame, std::size_t{1'514}, "max_frame");
    Link larger{"v0"};
    send(larger, second, {0x88b6, 2}, 4'014);
    expect(pass(*ends.a, *ends.b, second, 3), "shorter frames pass");
    expect_equal(ends.b->statistics().truncated, std::uint64_t{1}, "longer frames, cut");

    ip("link set v0 mtu 500");
    send(*ends.a, second, {0x88b6, 4}, 1'514);
    expect_equal(ends.a->statistics().refused, std::uint64_t{1}, "refused with EMSGSIZE");
    expect(pass(*ends.a, *ends.b, second, 5), "what is short enough passes");
    ip("link set v0 mtu 1500");
    send(*ends.a, second, {0x88b6, 0xffff}, 1'514);
    expect(numbers_until_marker(*ends.b).size() < 300, "and all does when the MTU is back");
}

template <class Link>
void renamed_it_stays_with_its_interface() {
    private_network::wire wire;
    pair<Link> ends;
    ip("link set v1 down");
    expect(ip("link set v1 name other1") && ip("link set other1 up"), "v1 has another name");
    expect(ip("link add v1 type veth peer name w1") && ip("link set v1 up"), "another is v1");
    expect(pass(*ends.a, *ends.b, second, 1), "the link is where it was");
    wire.remove();
    expect(notices(*ends.b), "until that is removed");
    expect(ends.b->state() != interface_state::removed, "then it goes by the name");
    expect_equal(ends.b->statistics().rebound, std::uint64_t{1}, "found again");
    ip("link delete v1");
}

template <class Link>
void what_is_no_ethernet_is_not_bound_to() {
    private_network::wire wire;
    pair<Link> ends;
    wire.remove();
    if (!ip("tuntap add v1 mode tun")) {
        std::printf("    (no other kind of interface here: the kernel has no tun)\n");
        return;
    }
    ip("link set v1 up");
    expect(ends.b->state() == interface_state::removed, "an IP tunnel called v1 is not v1");
    ip("link delete v1");
    make_anew();
    expect(pass(*ends.a, *ends.b, second, 1), "frames pass when it is Ethernet again");
}

template <class Link>
void held_frames_outlive_the_interface() {
    private_network::wire wire;
    pair<Link> ends;
    send(*ends.a, second, {0x88b6, 0x1234}, 700);
    auto frame = next(*ends.b);
    wire.remove();
    make_anew();
    expect(pass(*ends.a, *ends.b, second, 1), "frames pass");
    expect(frame && frame->bytes().size() == 700 && load_be16(frame->bytes(), 14) == 0x1234,
           "the held frame is as it was");
}

template <class Link>
void run(const char* link) {
    const auto check = [link](const char* claim, void (*test)()) {
        std::printf("%s: %s\n", link, claim);
        std::fflush(stdout);
        test();
    };
    check("longer frames than promised are dropped", longer_frames_than_promised_are_dropped<Link>);
    check("what the kernel refuses is lost and counted",
          what_the_kernel_refuses_is_lost_and_counted<Link>);
    check("a full queue of the device is loss", a_full_queue_of_the_device_is_loss<Link>);
    check("a fallen interface recovers", a_fallen_interface_recovers<Link>);
    check("opened while down it works later", opened_while_down_it_works_later<Link>);
    check("a removed interface is silence", a_removed_interface_is_silence<Link>);
    check("made anew it is found again", made_anew_it_is_found_again<Link>);
    check("a sleeper is woken by the first frame", a_sleeper_is_woken_by_the_first_frame<Link>);
    check("frames of other interfaces are left alone",
          frames_of_other_interfaces_are_left_alone<Link>);
    check("made anew with another address it keeps its own",
          made_anew_with_another_address_it_keeps_its_own<Link>);
    check("an address changed under it is noticed by asking",
          an_address_changed_under_it_is_noticed_by_asking<Link>);
    check("made anew with another MTU it keeps its promise",
          made_anew_with_another_mtu_it_keeps_its_promise<Link>);
    check("renamed it stays with its interface", renamed_it_stays_with_its_interface<Link>);
    check("what is no Ethernet is not bound to", what_is_no_ethernet_is_not_bound_to<Link>);
    check("held frames outlive the interface", held_frames_outlive_the_interface<Link>);
}

}  // namespace
}  // namespace rrdp::packet_kit

int main() {
    using namespace rrdp::packet_kit;
    return with_network([] {
        run<packet>("packet");
        run<packet_ring>("packet_ring");
    });
}
