// SPDX-License-Identifier: Apache-2.0
// Live sockets in four threads that are cancelled, timed out, closed and destroyed at random: every
// operation that was begun calls its handler, once.
#include "support/catch.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <rrdp/adapters/unix_datagram.hpp>
#include <rrdp/asio.hpp>

namespace rrdp::testing {
namespace net = asio::net;
using asio::error_code;

namespace {

constexpr int threads = 4;
constexpr int clients = 8;
constexpr int disturbances = 10'000;
constexpr peer service{.node = node_id{2}, .port = 7};

/// Connections come and go by the thousand: none lingers.
const options brief = [] {
    options o;
    o.linger = o.fin_wait = std::chrono::milliseconds{1};
    return o;
}();

struct ledger {
    std::atomic<int> begun{0}, ended{0}, disturbed{0}, messages{0}, wrong{0};
};

/// Counts an operation from its beginning to the call of its handler.
template <class F>
auto counted(ledger& l, F f) {
    ++l.begun;
    return [&l, f = std::move(f)](auto&&... given) mutable {
        ++l.ended;
        f(std::forward<decltype(given)>(given)...);
    };
}

/// One that always has something outstanding, until there was trouble enough.
class client : public std::enable_shared_from_this<client> {
    template <class F>
    auto on_strand(F f) {
        return net::bind_executor(
            strand_, counted(ledger_, [self = shared_from_this(), f](error_code e,
                                                                     auto...) mutable { f(e); }));
    }

public:
    client(asio::node& on, ledger& l, unsigned seed)
        : node_{on},
          ledger_{l},
          strand_{net::make_strand(on.get_executor())},
          timer_{strand_},
          random_{seed} {}

    /// A new connection, if there was not trouble enough; and soon something happens to it.
    void begin() {
        const auto mine = ++round_;  // a handler that comes late is of a socket that has gone
        if (ledger_.disturbed >= disturbances) return socket_.reset();
        socket_ = std::make_unique<asio::socket>(node_);
        socket_->async_connect(service, brief, on_strand([this, mine](error_code e) {
                                   if (!e && mine == round_) talk();
                               }));
        const std::uint32_t most = random_() % 4 == 0 ? 8'000 : 800;
        timer_.expires_after(std::chrono::microseconds{random_() % most});
        timer_.async_wait(on_strand([this](error_code) { disturb(); }));
    }

private:
    void talk() {
        ++round_;
        socket_->async_send(net::buffer(question_), on_strand([](error_code) {}));
        const auto mine = round_;
        socket_->async_receive(
            net::buffer(room_),
            net::bind_cancellation_slot(stop_.slot(), on_strand([this, mine](error_code e) {
                                            if (e || mine != round_) return;
                                            ++ledger_.messages;
                                            ledger_.wrong += room_[0] != question_[0];
                                            talk();
                                        })));
    }

    void disturb() {
        ++ledger_.disturbed;
        switch (random_() % 6) {
            case 0: stop_.emit(net::cancellation_type::total); break;
            case 1: socket_->cancel(); break;
            case 2: socket_->close(); break;
            case 3: socket_->abort(); break;
            case 4: socket_.reset(); break;
            default: socket_->async_flush(on_strand([](error_code) {})); break;
        }
        begin();
    }

    asio::node& node_;
    ledger& ledger_;
    net::strand<net::any_io_executor> strand_;
    net::steady_timer timer_;
    std::minstd_rand random_;
    std::unique_ptr<asio::socket> socket_;
    net::cancellation_signal stop_;
    std::string question_ = "?";
    std::array<char, 16> room_{};
    unsigned round_ = 0;
};

/// Sends back what it gets, for everybody.
class server {
public:
    server(asio::node& on, ledger& l)
        : ledger_{l}, strand_{net::make_strand(on.get_executor())}, in_{on, 7, brief} {
        accept();
    }
    void close() {
        net::post(strand_, [this] { in_.close(); });
    }

private:
    struct one {
        asio::socket socket;
        std::array<char, 16> room{};
    };

    void accept() {
        in_.async_accept(
            net::bind_executor(strand_, counted(ledger_, [this](error_code e, asio::socket s) {
                                   if (e) return;
                                   echo(std::make_shared<one>(one{std::move(s)}));
                                   accept();
                               })));
    }
    void echo(const std::shared_ptr<one>& with) {
        with->socket.async_receive(
            net::buffer(with->room),
            net::bind_executor(strand_, counted(ledger_, [this, with](error_code e, std::size_t n) {
                                   if (e) return;
                                   with->socket.async_send(
                                       net::buffer(with->room, n),
                                       net::bind_executor(
                                           strand_,
                                           counted(ledger_, [this, with](error_code f, auto) {
                                               if (!f) echo(with);
                                           })));
                               })));
    }

    ledger& ledger_;
    net::strand<net::any_io_executor> strand_;
    asio::acceptor in_;
};

}  // namespace

TEST_CASE("asio/chaos: no completion is lost, whatever is cancelled or destroyed", "[asio]") {
    const std::string name = "@rrdp-asio-chaos-" + std::to_string(::getpid());
    adapters::unix_datagram left{name}, right{name};
    erased<adapters::unix_datagram> at_a{left}, at_b{right};
    constexpr wire::mac_address first{{2, 0, 0, 0, 0, 1}}, second{{2, 0, 0, 0, 0, 2}};
    net::io_context io{threads};
    const capacities c{.connections = 256, .rings = 256, .segments = 4'096};
    ledger books;
    asio::node a{io, at_a, c, {.node = node_id{1}, .address = first}, entropy{1, 2}};
    asio::node b{io, at_b, c, {.node = node_id{2}, .address = second}, entropy{3, 4}};
    REQUIRE(a.add_node(node_id{2}, second) == errc::ok);
    REQUIRE(b.add_node(node_id{1}, first) == errc::ok);
    server answers{b, books};
    for (unsigned i = 0; i < clients; ++i) std::make_shared<client>(a, books, i + 1)->begin();

    std::vector<std::thread> crew;
    for (int i = 0; i < threads; ++i)
        crew.emplace_back([&io] { io.run_for(std::chrono::seconds{120}); });
    const auto last = std::chrono::steady_clock::now() + std::chrono::seconds{110};
    while (books.disturbed < disturbances && std::chrono::steady_clock::now() < last)
        std::this_thread::sleep_for(std::chrono::milliseconds{5});

    answers.close();
    a.close();
    b.close();
    for (std::thread& t : crew) t.join();

    CHECK(books.disturbed >= disturbances);
    CHECK(books.ended == books.begun);
    CHECK(books.messages > 0);
    CHECK(books.wrong == 0);
}

}  // namespace rrdp::testing
