// SPDX-License-Identifier: Apache-2.0
// One program over any link: what joins its two ends is said when it is started.
//
//     05_any_link                                            both ends in memory
//     05_any_link unix:@a-name unix:@a-name                  a cable between two processes
//     05_any_link packet:veth0 packet-ring:veth1             raw Ethernet
//     05_any_link 'loopback+faulty(loss=0.1,seed=7)+captured(trace.pcapng)'
#include <cstdio>
#include <exception>
#include <optional>

#include <rrdp/adapters/open_link.hpp>
#include <rrdp/rrdp.hpp>

using rrdp::wire::mac_address;

rrdp::endpoint<> make_engine(std::uint16_t number, const mac_address& own,
                             const rrdp::link_properties& link) {
    rrdp::node_options<rrdp::wire::ethernet_framing> node;
    node.node = rrdp::node_id{number};
    node.address = own;
    node.fifo = link.fifo;
    node.msl = std::chrono::milliseconds{50};  // nothing is older here
    rrdp::capacities room;
    if (!link.fifo) room.governors = room.rings;
    return {room, node, {number, 7}};
}

int main(int count, char** words) try {
    //-- begin snippet
    rrdp::adapters::opened_link first{count > 1 ? words[1] : "loopback"};
    std::optional<rrdp::adapters::opened_link> second;
    if (first.other_end() == nullptr) second.emplace(count > 2 ? words[2] : words[1]);
    rrdp::any_link& near = first.link();
    rrdp::any_link& far = second ? second->link() : *first.other_end();
    //-- end snippet

    // A link without addresses carries Ethernet frames all the same: any two will do.
    const auto address = [](const rrdp::any_link& link, mac_address otherwise) {
        const mac_address own = link.properties().address;
        return own.is_zero() ? otherwise : own;
    };
    const mac_address a = address(near, {{2, 0, 0, 0, 0, 1}});
    const mac_address b = address(far, {{2, 0, 0, 0, 0, 2}});
    auto alice = make_engine(1, a, near.properties());
    auto bob = make_engine(2, b, far.properties());
    static_cast<void>(alice.add_node(rrdp::node_id{2}, b));
    static_cast<void>(bob.add_node(rrdp::node_id{1}, a));
    static_cast<void>(bob.listen(7, {}));

    const auto now = [] { return rrdp::to_instant(std::chrono::steady_clock::now()); };
    const rrdp::instant end = now() + std::chrono::seconds{10};
    const auto id = alice.connect(now(), {.node = rrdp::node_id{2}, .port = 7}, {});
    std::size_t sent = 0, got = 0;
    std::optional<rrdp::connection_id> accepted;
    bool open = false;
    while (got < 1'000 && now() < end) {
        rrdp::pump(alice, near, now());
        rrdp::pump(bob, far, now());
        while (const auto e = alice.poll_event()) open |= e->kind == rrdp::event_kind::connected;
        while (const auto e = bob.poll_event())
            if (e->kind == rrdp::event_kind::accepted) accepted = e->connection;
        while (open && sent < 1'000 && alice.send(now(), *id, std::as_bytes(std::span{"hello"})))
            ++sent;
        while (accepted && bob.receive(*accepted)) ++got;
    }
    const auto faults = first.faults();
    std::printf("%zu of 1000 messages arrived over %s; %llu frames were lost on purpose\n", got,
                count > 1 ? words[1] : "loopback",
                static_cast<unsigned long long>(faults ? faults->lost : 0));
    return got == 1'000 ? 0 : 1;
} catch (const std::exception& e) {
    std::fprintf(stderr, "05_any_link: %s\n", e.what());
    return 2;
}
