// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/ethernet_host.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <list>
#include <optional>
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

/// A cable that can be cut: what is sent meanwhile is lost.
class cut_cable {
public:
    class tx_lease {
    public:
        tx_lease(cut_cable& owner, adapters::unix_datagram::tx_lease&& of)
            : owner_{&owner}, of_{std::move(of)} {}
        octets bytes() noexcept { return of_.bytes(); }
        void commit(std::size_t size) noexcept {
            owner_->lost += owner_->cut;
            if (!owner_->cut) of_.commit(size);
        }

    private:
        cut_cable* owner_;
        adapters::unix_datagram::tx_lease of_;
    };
    using rx_frame = adapters::unix_datagram::rx_frame;

    explicit cut_cable(adapters::unix_datagram& below) : below_{&below} {}
    [[nodiscard]] link_properties properties() const noexcept { return below_->properties(); }
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        ++looks;
        return below_->receive();
    }
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        auto of = below_->lease(size);
        if (!of) return std::nullopt;
        return std::optional<tx_lease>{std::in_place, *this, std::move(*of)};
    }
    bool flush() noexcept { return below_->flush(); }
    [[nodiscard]] int native_handle() const noexcept { return below_->native_handle(); }

    std::atomic<bool> cut{false};
    std::atomic<int> lost{0}, looks{0};

private:
    adapters::unix_datagram* below_;
};

/// Two nodes with a cable between them, each with threads of its own.
struct two_hosts {
    std::string name = "@rrdp-blocking-" + std::to_string(::getpid());
    adapters::unix_datagram left{name}, right{name};
    cut_cable cable{left};
    erased<cut_cable> at_a{cable};
    erased<adapters::unix_datagram> at_b{right};
    blocking::node a, b;

    explicit two_hosts(const capacities& c = {})
        : a{at_a, c, ethernet_host(1), entropy{1, 2}}, b{at_b, c, ethernet_host(2), entropy{3, 4}} {
        a.add_node(node_id{2}, ethernet_address(2));
        b.add_node(node_id{1}, ethernet_address(1));
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

/// Connections of which nothing stays.
const options brief = [] {
    options o;
    o.linger = o.fin_wait = 1ms;
    return o;
}();

/// Asks again and again until it is so; false: that took more than ten seconds.
template <class Done>
bool in_the_end(Done done) {
    const auto last = std::chrono::steady_clock::now() + 10s;
    while (!done() && std::chrono::steady_clock::now() < last) std::this_thread::sleep_for(1ms);
    return done();
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
    CHECK(thrown([&] { s.flush(10s); }) == std::errc::connection_reset);
}

TEST_CASE("adapters/blocking: an end that comes without a frame is told to whoever waits",
          "[adapters]") {
    two_hosts hosts;
    options o;
    o.connect_timeout = 50ms;
    hosts.cable.cut = true;
    std::atomic<bool> over{false};
    std::error_code why;
    std::thread opens{[&] {
        why = thrown([&] { static_cast<void>(hosts.a.connect(service, o, 30s)); });
        over = true;
    }};
    CHECK(in_the_end([&] { return over.load(); }));  // and not when patience ends
    opens.join();
    CHECK(why == make_error_code(end_reason::timed_out_connect));
    CHECK(hosts.cable.lost > 0);
    hosts.cable.cut = false;
    auto in = hosts.b.listen(7);
    std::vector<blocking::socket> sockets;  // one thread drives, the other sleeps beside it
    for (int i = 0; i < 2; ++i) sockets.push_back(hosts.a.connect(service, {}, 10s));
    std::array<std::error_code, 2> ends;
    std::vector<std::thread> all;
    for (std::size_t i = 0; i < 2; ++i)
        all.emplace_back([&, i] { ends[i] = thrown([&] { heard(sockets[i]); }); });
    std::this_thread::sleep_for(20ms);  // both wait by now
    hosts.cable.cut = true;             // the peers have nothing to say
    for (auto& s : sockets) s.abort();
    for (std::thread& t : all) t.join();
    for (const std::error_code& e : ends) CHECK(e == make_error_code(end_reason::aborted));
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

TEST_CASE("adapters/blocking: what is lost is sent again while the program does something else",
          "[adapters]") {
    two_hosts hosts;
    options silent;
    silent.keepalive = 0s;  // nothing else wakes anybody
    auto in = hosts.b.listen(7, silent);
    auto s = hosts.a.connect(service, silent, 10s);
    auto t = in.accept(10s);
    s.send(bytes("first"), 10s);
    CHECK(heard(t) == "first");
    s.flush(10s);
    std::this_thread::sleep_for(50ms);  // somebody stands in by now, and sleeps
    hosts.cable.cut = true;
    s.send(bytes("lost"), 10s);
    CHECK(hosts.cable.lost > 0);
    hosts.cable.cut = false;
    CHECK(heard(t) == "lost");
}

TEST_CASE("adapters/blocking: who asks again and again without waiting looks himself",
          "[adapters]") {
    two_hosts hosts;
    auto in = hosts.b.listen(7);
    auto s = hosts.a.connect(service, {}, 10s);
    auto t = in.accept(10s);
    std::array<std::byte, 4> room{};
    std::optional<std::size_t> size;
    const auto ask = [&] { return thrown([&] { size = s.recv(room, 0s); }); };
    std::this_thread::sleep_for(10ms);  // somebody stands in by now, and goes when asked
    const int before = hosts.cable.looks;
    for (int i = 0; i < 1'000; ++i) CHECK(ask() == std::errc::timed_out);
    CHECK(hosts.cable.looks - before > 500);
    t.send(bytes("x"), 10s);
    const auto last = std::chrono::steady_clock::now() + 5s;
    while (!size && std::chrono::steady_clock::now() < last) static_cast<void>(ask());
    CHECK(size == 1);
}

TEST_CASE("adapters/blocking: how a connection ended is known when its slot is another's",
          "[adapters]") {
    two_hosts hosts{{.connections = 1, .rings = 1}};
    auto in = hosts.b.listen(7, brief);
    std::optional<blocking::socket> s{hosts.a.connect(service, brief, 10s)};
    auto old = in.accept(10s);
    s->abort();
    s.reset();
    std::optional<blocking::socket> other;
    CHECK(in_the_end([&] {
        if (!other) thrown([&] { other.emplace(hosts.a.connect(service, brief, 1s)); });
        return other.has_value();
    }));
    auto next = in.accept(10s);
    CHECK(thrown([&] { heard(old); }) == std::errc::connection_reset);
    other->send(bytes("new"), 10s);
    CHECK(heard(next) == "new");
}

TEST_CASE("adapters/blocking: who has gone before he was accepted is not accepted", "[adapters]") {
    two_hosts hosts;
    auto in = hosts.b.listen(7, brief);
    for (int i = 0; i < 3; ++i) hosts.a.connect(service, brief, 10s).abort();
    auto s = hosts.a.connect(service, brief, 10s);
    std::this_thread::sleep_for(50ms);  // all of it has arrived by now
    auto t = in.accept(10s);
    s.send(bytes("here"), 10s);
    CHECK(heard(t) == "here");
}

TEST_CASE("adapters/blocking: what is sent after the end is an error", "[adapters]") {
    two_hosts hosts;
    auto in = hosts.b.listen(7, brief);
    auto s = hosts.a.connect(service, brief, 10s);
    auto t = in.accept(10s);
    t.shutdown(10s);
    CHECK(heard(s) == "(end)");
    const std::string huge(1'000'000, 'h');
    CHECK(thrown([&] { s.send(bytes(huge), 10s); }) == std::errc::message_size);
    s.shutdown(10s);
    CHECK(heard(t) == "(end)");
    CHECK(thrown([&] { t.send(bytes("late"), 10s); }));
    t.close(10s);
    CHECK(thrown([&] { static_cast<void>(heard(t)); }) == std::errc::not_connected);
}

TEST_CASE("adapters/blocking: many refused at a time are all told so", "[adapters]") {
    two_hosts hosts{{.connections = 4, .rings = 4}};
    const auto other_port = hosts.b.listen(7);  // a node says that before it refuses anybody
    std::atomic<int> refused{0}, other{0};
    std::vector<std::thread> all;
    for (int i = 0; i < 4; ++i)
        all.emplace_back([&] {
            for (int k = 0; k < 100; ++k) {
                const auto why = thrown([&] {
                    static_cast<void>(hosts.a.connect({.node = node_id{2}, .port = 99}, {}, 5s));
                });
                ++(why == std::errc::connection_refused ? refused : other);
            }
        });
    for (std::thread& t : all) t.join();
    CHECK(refused == 400);
    CHECK(other == 0);
}

TEST_CASE("adapters/blocking: who asks before the port is there waits for it", "[adapters]") {
    two_hosts hosts;
    std::thread early{[&] {
        auto s = hosts.a.connect(service, {.connect_timeout = 10s}, 10s);
        s.send(bytes("early"), 10s);
        s.close(10s);
    }};
    REQUIRE(in_the_end([&] { return hosts.a.stats().frames_out != 0; }));
    std::this_thread::sleep_for(20ms);
    auto in = hosts.b.listen(7);
    auto t = in.accept(10s);
    CHECK(heard(t) == "early");
    t.close(10s);
    early.join();
}

TEST_CASE("adapters/blocking: a node that goes says its last word again", "[adapters]") {
    const std::string name = "@rrdp-last-" + std::to_string(::getpid());
    adapters::unix_datagram left{name}, right{name};
    cut_cable cable{left};
    erased<cut_cable> at_a{cable};
    erased<adapters::unix_datagram> at_b{right};
    blocking::node server{at_b, {}, ethernet_host(2), entropy{3, 4}};
    server.add_node(node_id{1}, ethernet_address(1));
    auto in = server.listen(7, {.give_up = 100s});
    std::optional<blocking::node> client{std::in_place, at_a, capacities{}, ethernet_host(1),
                                         entropy{1, 2}};
    client->add_node(node_id{2}, ethernet_address(2));

    std::optional s{client->connect(service, {}, 10s)};
    auto t = in.accept(10s);
    s->shutdown(10s);
    CHECK(heard(t) == "(end)");
    cable.cut = true;  // what the client answers to the server's FIN is lost
    std::error_code how = std::make_error_code(std::errc::interrupted);
    std::thread closing{[&] { how = thrown([&] { t.close(10s); }); }};
    s->close(10s);
    REQUIRE(in_the_end([&] { return cable.lost != 0; }));
    cable.cut = false;
    s.reset();
    client.reset();
    closing.join();
    CHECK(how == std::error_code{});
}

}  // namespace rrdp::testing
