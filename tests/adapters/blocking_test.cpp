// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <rrdp/adapters/unix_datagram.hpp>
#include <rrdp/blocking.hpp>

namespace rrdp::testing {
namespace {

using namespace std::chrono_literals;

octets_view bytes(std::string_view text) {
    return std::as_bytes(std::span{text});
}

/// Two nodes with a cable between them, each with threads of its own.
struct two_hosts {
    std::string name = "@rrdp-blocking-" + std::to_string(::getpid());
    adapters::unix_datagram left{name}, right{name};
    erased<adapters::unix_datagram> at_a{left}, at_b{right};
    blocking::node a{at_a, {}, host(1), entropy{1, 2}};
    blocking::node b{at_b, {}, host(2), entropy{3, 4}};

    two_hosts() {
        a.add_node(node_id{2}, address(2));
        b.add_node(node_id{1}, address(1));
    }

    static wire::mac_address address(std::uint8_t number) { return {{2, 0, 0, 0, 0, number}}; }
    static node_options<wire::ethernet_framing> host(std::uint16_t number) {
        node_options<wire::ethernet_framing> o;
        o.node = node_id{number};
        o.address = address(static_cast<std::uint8_t>(number));
        return o;
    }
};

constexpr peer service{.node = node_id{2}, .port = 7};

/// The next message as text; "(end)" at the end.
std::string heard(blocking::socket& s) {
    std::array<std::byte, 1'000> room{};
    const auto size = s.recv(room, 10s);
    if (!size) return "(end)";
    std::string text;
    for (std::size_t i = 0; i < *size; ++i) text.push_back(static_cast<char>(room[i]));
    return text;
}

/// The code of what `f` throws.
template <class F>
std::error_code thrown(F&& f) {
    try {
        f();
    } catch (const std::system_error& e) {
        return e.code();
    }
    return {};
}

}  // namespace

TEST_CASE("adapters/blocking: two threads talk, each end in its own", "[adapters]") {
    two_hosts hosts;
    auto in = hosts.b.listen(7);
    std::thread server{[&] {
        auto s = in.accept(10s);
        for (std::string m = heard(s); m != "(end)"; m = heard(s)) s.send(bytes(m + "!"), 10s);
        s.close(10s);
    }};
    auto s = hosts.a.connect(service, {}, 10s);
    int right = 0;
    for (int i = 0; i < 300; ++i) {
        const std::string text = "message " + std::to_string(i);
        s.send(bytes(text), 10s);
        right += heard(s) == text + "!";
    }
    CHECK(s.remote().node == node_id{2});
    s.shutdown(10s);
    CHECK(heard(s) == "(end)");
    s.close(10s);
    server.join();
    CHECK(right == 300);
}

TEST_CASE("adapters/blocking: sends wait for the peer, and pieces are one message", "[adapters]") {
    two_hosts hosts;
    auto in = hosts.b.listen(7);
    constexpr int count = 5'000;
    int complete = 0;
    std::thread server{[&] {
        auto s = in.accept(10s);
        std::this_thread::sleep_for(20ms);  // by now the sender waits
        for (int i = 0; i < count; ++i) complete += heard(s).size() == 900;
    }};
    auto s = hosts.a.connect(service, {}, 10s);
    const std::string half(450, 'h');
    const std::array<octets_view, 2> halves{bytes(half), bytes(half)};
    for (int i = 0; i < count; ++i) s.send(halves, 10s);
    s.flush(10s);
    server.join();
    CHECK(complete == count);
}

TEST_CASE("adapters/blocking: a message that does not fit is told of, and stays", "[adapters]") {
    two_hosts hosts;
    auto in = hosts.b.listen(7);
    auto s = hosts.a.connect(service, {}, 10s);
    auto t = in.accept(10s);
    s.send(bytes("eight ch"), 10s);
    std::array<std::byte, 4> four{};
    CHECK(thrown([&] { static_cast<void>(t.recv(four, 10s)); }) == std::errc::message_size);
    CHECK(t.next_size(10s) == 8);
    CHECK(heard(t) == "eight ch");
}

TEST_CASE("adapters/blocking: time that is over, ports that nobody has, ends that are none",
          "[adapters]") {
    two_hosts hosts;
    auto in = hosts.b.listen(7);
    std::array<std::byte, 4> four{};
    CHECK(thrown([&] { static_cast<void>(in.accept(1ms)); }) == std::errc::timed_out);
    CHECK(thrown([&] {
              static_cast<void>(hosts.a.connect({.node = node_id{2}, .port = 99}, {}, 10s));
          }) == std::errc::connection_refused);
    CHECK(thrown([&] {
              static_cast<void>(hosts.a.connect({.node = node_id{9}, .port = 7}, {}, 10s));
          }) == make_error_code(errc::unknown_node));
    CHECK(thrown([&] { static_cast<void>(hosts.b.listen(7)); }) == std::errc::address_in_use);
    auto s = hosts.a.connect(service, {}, 10s);
    auto t = in.accept(10s);
    CHECK(thrown([&] { static_cast<void>(s.recv(four, 1ms)); }) == std::errc::timed_out);
    t.abort();
    CHECK(thrown([&] { static_cast<void>(s.recv(four, 10s)); }) == std::errc::connection_reset);
    CHECK(thrown([&] { s.send(bytes("x"), 10s); }) == std::errc::connection_reset);
    CHECK(thrown([&] { s.flush(10s); }) == std::errc::not_connected);
}

TEST_CASE("adapters/blocking: what was sent arrives, although its socket is gone", "[adapters]") {
    two_hosts hosts;
    auto in = hosts.b.listen(7);
    {
        auto s = hosts.a.connect(service, {}, 10s);
        for (int i = 0; i < 10; ++i) s.send(bytes("last words"), 10s);
    }
    auto t = in.accept(10s);
    for (int i = 0; i < 10; ++i) CHECK(heard(t) == "last words");
    CHECK(heard(t) == "(end)");
}

TEST_CASE("adapters/blocking: many threads share a node", "[adapters]") {
    two_hosts hosts;
    auto in = hosts.b.listen(7);
    constexpr int talks = 6, rounds = 50;
    std::atomic<int> right{0};
    std::vector<std::thread> all;
    for (int i = 0; i < talks; ++i) {
        all.emplace_back([&] {
            auto s = in.accept(20s);
            for (std::string m = heard(s); m != "(end)"; m = heard(s)) s.send(bytes(m), 20s);
        });
        all.emplace_back([&, i] {
            auto s = hosts.a.connect(service, {}, 20s);
            for (int k = 0; k < rounds; ++k) {
                const std::string text = std::to_string(i * 1'000 + k);
                s.send(bytes(text), 20s);
                right += heard(s) == text;
            }
        });
    }
    for (std::thread& t : all) t.join();
    CHECK(right == talks * rounds);
}

}  // namespace rrdp::testing
