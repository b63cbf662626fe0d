// SPDX-License-Identifier: Apache-2.0
// One publisher, many subscribers, each with a connection of its own: whoever is slow misses some
// of what is published, and nobody waits for him. In virtual time, around a simulated switch.
#include <array>
#include <chrono>
#include <cstdio>
#include <deque>
#include <rrdp/adapters/simulated_network.hpp>
#include <rrdp/rrdp.hpp>
#include <vector>

using rrdp::adapters::simulated_network;
rrdp::node_options<rrdp::wire::ethernet_framing> host(std::uint16_t number) {
    return {.node = rrdp::node_id{number}, .address = simulated_network::address(number)};
}

//-- begin snippet
struct publisher : rrdp::endpoint<> {
    publisher() : endpoint{{}, host(1), rrdp::entropy{1, 2}} {}
    void take_events() {  // who connects has subscribed
        while (const auto event = poll_event()) {
            if (event->kind == rrdp::event_kind::accepted) readers.push_back(event->connection);
            if (event->kind == rrdp::event_kind::closed) std::erase(readers, event->connection);
        }
    }
    void publish(rrdp::instant now, rrdp::octets_view news) {
        for (const rrdp::connection_id reader : readers)
            if (!send(now, reader, news)) ++left_out;  // would_block: this one has enough to read
    }
    std::vector<rrdp::connection_id> readers;
    unsigned left_out = 0;
};
//-- end snippet

struct subscriber : rrdp::endpoint<> {
    explicit subscriber(std::uint16_t number) : endpoint{{}, host(number), {number, 7}} {
        if (add_node(rrdp::node_id{1}, simulated_network::address(1)) != rrdp::errc::ok) return;
        if (const auto id = connect({}, {.node = rrdp::node_id{1}, .port = 7})) topic = *id;
    }
    void read() {
        while (poll_event()) {}
        if (const auto heard = receive(topic)) {
            const std::uint32_t number = rrdp::load_be32(heard->bytes(), 0);
            good &= number > last;
            last = number, ++count;
        }
    }
    rrdp::connection_id topic{};
    std::uint32_t last = 0, count = 0;
    bool good = true;
};

int main() {
    simulated_network wire{42, {.faults = {.loss = 0.01}}, {.stations = 10}};
    publisher source;
    if (source.listen(7) != rrdp::errc::ok) return 1;
    std::deque<subscriber> readers;
    for (std::uint16_t number = 2; number < 10; ++number) {
        readers.emplace_back(number);
        const auto known = source.add_node(rrdp::node_id{number}, wire.address(number));
        if (known != rrdp::errc::ok) return 1;
    }
    std::uint32_t published = 0;
    for (int tick = 0; tick < 20'000; ++tick) {  // two seconds
        std::array<std::byte, 500> news{};
        rrdp::store_be32(news, 0, published + 1);
        if (tick >= 100 && tick % 10 == 0) source.publish(wire.time(), news), ++published;
        rrdp::pump(source, wire.at(1), wire.time());
        source.take_events();
        for (std::size_t n = 0; n < readers.size(); ++n) {
            rrdp::pump(readers[n], wire.at(n + 2), wire.time());
            if (n > 0 || tick % 50 == 0) readers[n].read();  // the first takes his time
        }
        wire.advance_to(wire.time() + std::chrono::microseconds{100});
    }
    for (const subscriber& reader : readers) {
        std::printf("%u of %u messages were read\n", reader.count, published);
        if (!reader.good || (&reader == &readers[0]) != (reader.count + 20 < published)) return 1;
    }
}
