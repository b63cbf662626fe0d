// SPDX-License-Identifier: Apache-2.0
// Lets programs that speak TCP meet over RRDP, without a change to them.
#include <optional>
#include <string>

#include "support/host.hpp"
#include "support/publishing.hpp"
#include "support/relay.hpp"
#include "support/report.hpp"
#include "support/waiting.hpp"

namespace {

namespace net = rrdp::asio::net;
using tools::tcp;

constexpr const char* usage_head =
    "rrdp-proxy lets programs that speak TCP meet over RRDP.\n\n"
    "  rrdp-proxy --accept-tcp [ADDRESS:]PORT --connect NODE:PORT [options]   where clients are\n"
    "  rrdp-proxy --listen PORT --connect-tcp ADDRESS:PORT [options]          where the server "
    "is\n\n"
    "Each connection of TCP becomes one of RRDP and, at the other end, one of TCP again. The end\n"
    "of a direction is passed on, and so is a reset.\n";

constexpr const char* usage_tail =
    "Example, a web server on node 2 for the browsers of node 1:\n"
    "  node2# rrdp-proxy --interface eth0 --node 2 --peer 1=02:00:00:00:00:01 \\\n"
    "             --listen 80 --connect-tcp 127.0.0.1:80\n"
    "  node1# rrdp-proxy --interface eth0 --node 1 --peer 2=02:00:00:00:00:02 \\\n"
    "             --accept-tcp 8080 --connect 2:80\n\n"
    "It runs until it is interrupted (status 0). Raw Ethernet needs CAP_NET_RAW: run as root, or\n"
    "once sudo setcap cap_net_raw+ep PATH-OF-rrdp-proxy\n\n";

/// An address of TCP: 127.0.0.1:80, [::1]:80, or a port of this host alone.
std::optional<tcp::endpoint> to_tcp_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    std::string_view host = colon == text.npos ? "127.0.0.1" : text.substr(0, colon);
    const std::string_view port = colon == text.npos ? text : text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    std::uint16_t number = 0;
    const auto [stopped, wrong] = std::from_chars(port.begin(), port.end(), number);
    rrdp::asio::error_code bad;
    const auto address = net::ip::make_address(std::string{host}, bad);
    if (bad || wrong != std::errc{} || stopped != port.end() || number == 0) return std::nullopt;
    return tcp::endpoint{address, number};
}

struct proxy_options {
    tools::host_options host;
    std::optional<tcp::endpoint> accept_tcp, connect_tcp;
    std::optional<rrdp::peer> connect;
    std::optional<std::uint16_t> listen;
    rrdp::adapters::wait_plan wait;
    rrdp::options connection{.linger = std::chrono::milliseconds{250}};
    bool verbose = false;
    std::string json, stat;
};

void declare(tools::command_line& line, proxy_options& o) {
    const auto endpoint = [&line](const char* name, const char* help, auto& target) {
        line.option(name, "[ADDRESS:]PORT", help, [&line, name, &target](std::string_view value) {
            target = to_tcp_endpoint(value);
            if (!target) throw line.bad_value(name, value, "such as 127.0.0.1:80 or [::1]:80");
        });
    };
    line.section("What to do:");
    endpoint("--accept-tcp", "take TCP connections here", o.accept_tcp);
    line.option("--connect", "NODE:PORT", "and carry each to that port of that node",
                [&](std::string_view value) {
                    o.connect = tools::to_peer(value);
                    if (!o.connect) throw line.bad_value("--connect", value, "such as 2:7");
                });
    line.number<std::uint16_t>("--listen", "PORT", "take RRDP connections to this port", o.listen,
                               1, 65'535);
    endpoint("--connect-tcp", "and carry each to this TCP server", o.connect_tcp);
    o.host.declare(line);
    line.section("How to do it:");
    tools::declare_wait(line, o.wait);
    line.time("--give-up", "TIME", "give up a silent peer after this (5s)", o.connection.give_up);
    o.host.declare_faults(line);
    line.flag("--verbose", "say when connections are taken, and at the end what was counted",
              o.verbose);
    line.text("--json", "FILE", "write the counts to a file at the end, as JSON", o.json);
    tools::publisher::declare(line, o.stat);
}

/// A node that carries connections one way or the other.
template <class Framing>
class proxy {
public:
    using engine = tools::engine_over<Framing>;
    using node = rrdp::asio::basic_node<engine, rrdp::any_link>;
    using relay = tools::relay<engine, rrdp::any_link>;
    using stream = typename relay::stream;

    proxy(const proxy_options& o, rrdp::any_link& link,
          const tools::engine_settings<Framing>& settings)
        : options_{o},
          connection_{tools::suited<Framing>(o.connection)},
          node_{io_, link, settings.capacities, settings.node, tools::system_entropy(), o.wait} {}

    /// Who is there.
    template <class Table>
    void know(const Table& table, rrdp::node_id own) {
        node_.with_engine([&](engine& e, rrdp::instant) {
            tools::add_nodes(e, table, own);
            return true;
        });
    }

    /// Carries until a signal ends it.
    void run() {
        net::signal_set signals{io_, SIGINT, SIGTERM};
        signals.async_wait([this](rrdp::asio::error_code, int) { io_.stop(); });
        const auto failed = [this](std::exception_ptr e) {
            thrown_ = e;
            io_.stop();
        };
        if (publisher_.shows()) net::co_spawn(io_, publish(), failed);
        if (options_.accept_tcp)
            net::co_spawn(io_, from_tcp(), failed);
        else
            net::co_spawn(io_, from_rrdp(), failed);
        io_.run();
        if (thrown_) std::rethrow_exception(thrown_);
    }
    [[nodiscard]] const tools::relay_statistics& counts() const noexcept { return counts_; }
    /// What the engine counted.
    [[nodiscard]] rrdp::statistics statistics() { return node_.stats(); }

private:
    net::awaitable<void> from_tcp() {
        tcp::acceptor in = accepting(*options_.accept_tcp);
        ready();
        for (;;) {
            rrdp::asio::error_code failed;
            tcp::socket near =
                co_await in.async_accept(net::redirect_error(net::use_awaitable, failed));
            if (failed) {  // too many are open, or this one has gone: those that are there go on
                co_await pause();
                continue;
            }
            net::co_spawn(io_, dial_rrdp(std::move(near)), net::detached);
        }
    }
    net::awaitable<void> from_rrdp() {
        rrdp::asio::basic_acceptor<engine, rrdp::any_link> in{node_, *options_.listen, connection_};
        ready();
        for (;;) {
            stream far{co_await in.async_accept(net::use_awaitable)};
            net::co_spawn(io_, dial_tcp(std::move(far)), net::detached);
        }
    }

    tcp::acceptor accepting(const tcp::endpoint& at) {
        try {
            return {io_, at};
        } catch (const rrdp::asio::system_error& e) {  // its own words have a place in Asio's code
            throw tools::failure{tools::exit_status::failed, "--accept-tcp", e.code().message()};
        }
    }

    net::awaitable<void> publish() {
        for (;;) {
            node_.with_engine([this](engine& e, rrdp::instant now) {
                publisher_.publish(e, now);
                return true;
            });
            net::steady_timer timer{io_, std::chrono::seconds{1}};
            co_await timer.async_wait(net::use_awaitable);
        }
    }

    net::awaitable<void> pause() {
        net::steady_timer timer{io_, std::chrono::milliseconds{10}};
        co_await timer.async_wait(net::use_awaitable);
    }

    void ready() const {
        if (options_.verbose) std::fputs("rrdp-proxy: ready\n", stderr);
    }

    /// A client whose server is not to be had sees its connection reset.
    net::awaitable<void> dial_rrdp(tcp::socket near) {
        typename stream::next_layer_type far{node_};
        rrdp::asio::error_code failed;
        co_await far.async_connect(*options_.connect, connection_,
                                   net::redirect_error(net::use_awaitable, failed));
        if (failed) {
            ++counts_.broken;
            near.set_option(net::socket_base::linger{true, 0}, failed);
            co_return;
        }
        std::make_shared<relay>(std::move(near), stream{std::move(far)}, counts_)->start();
    }
    net::awaitable<void> dial_tcp(stream far) {
        tcp::socket near{io_};
        rrdp::asio::error_code failed;
        co_await near.async_connect(*options_.connect_tcp,
                                    net::redirect_error(net::use_awaitable, failed));
        if (failed) {
            ++counts_.broken;
            far.next_layer().abort();
            co_return;
        }
        std::make_shared<relay>(std::move(near), std::move(far), counts_)->start();
    }

    const proxy_options& options_;
    rrdp::options connection_;
    net::io_context io_{1};
    node node_;
    tools::publisher publisher_{options_.stat};
    tools::relay_statistics counts_;
    std::exception_ptr thrown_;
};

void check(const proxy_options& o) {
    const bool client = o.accept_tcp && o.connect && !o.listen && !o.connect_tcp;
    const bool server = o.listen && o.connect_tcp && !o.accept_tcp && !o.connect;
    if (!client && !server)
        throw tools::failure{tools::exit_status::usage,
                             "--accept-tcp with --connect, or --listen with --connect-tcp",
                             "one of these pairs is needed, and only one"};
    o.host.check();
    if (o.host.loopback())
        throw tools::failure{tools::exit_status::usage, "--link", "loopback has no other end"};
}

/// What was carried, for people and for programs.
void tell(const proxy_options& o, const tools::relay_statistics& n, const rrdp::statistics& s) {
    if (o.verbose)
        std::fprintf(
            stderr, "%s%llu connections, %llu broken; %llu octets to RRDP, %llu to TCP\n",
            tools::speaker("rrdp-proxy").c_str(), static_cast<unsigned long long>(n.opened),
            static_cast<unsigned long long>(n.broken), static_cast<unsigned long long>(n.to_rrdp),
            static_cast<unsigned long long>(n.to_tcp));
    if (o.json.empty()) return;
    tools::json_writer json;
    json.open_object().field("connections", n.opened).field("broken", n.broken);
    json.field("octets_to_rrdp", n.to_rrdp).field("octets_to_tcp", n.to_tcp);
    json.field("wait", rrdp::adapters::to_text(o.wait));
    tools::add_statistics(json, s);
    json.close_object();
    tools::save(json, o.json);
}

void work(const proxy_options& o) {
    const auto opened = tools::open_link(o.host, o.listen.value_or(0),
                                         o.wait.mode == rrdp::adapters::wait_mode::spin);
    tools::with_framing(*opened, [&]<class Framing>(tools::framing_of<Framing> framing) {
        const auto table = o.host.table<Framing>();
        const rrdp::node_id number = tools::own_number(o.host, framing, table);
        tools::engine_settings<Framing> settings{o.host, number, framing.own, table.size(),
                                                 opened->link().properties()};
        settings.capacities.connections = settings.capacities.rings = 1'024;
        settings.capacities.segments = 8'192;
        proxy<Framing> p{o, opened->link(), settings};
        p.know(table, number);
        p.run();
        tell(o, p.counts(), p.statistics());
    });
}

tools::exit_status run(int argc, char** argv) {
    proxy_options o;
    tools::command_line line{"rrdp-proxy", usage_head,
                             std::string{usage_tail} + tools::exit_status_help};
    declare(line, o);
    if (!line.parse(argc, argv)) return tools::exit_status::ok;
    check(o);
    try {
        work(o);
    } catch (const rrdp::asio::system_error& e) {
        throw tools::failure{tools::exit_status::failed, "rrdp-proxy", e.what()};
    }
    return tools::exit_status::ok;
}

}  // namespace

int main(int argc, char** argv) {
    return tools::run_tool("rrdp-proxy", [&] { return run(argc, argv); });
}
