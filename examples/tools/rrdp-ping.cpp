// SPDX-License-Identifier: Apache-2.0
// Measures round trips over RRDP, and over the kernel's TCP to compare with.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "support/host.hpp"
#include "support/ping_ends.hpp"
#include "support/progress.hpp"
#include "support/publishing.hpp"
#include "support/tcp.hpp"

namespace {

constexpr const char* usage_head =
    "rrdp-ping measures how long a message takes to another host and back.\n\n"
    "  rrdp-ping --echo [--port PORT] [options]      sends back what it receives\n"
    "  rrdp-ping --connect NODE[:PORT] [options]     sends, and measures\n"
    "  rrdp-ping --tcp --echo | --tcp --connect ADDRESS[:PORT]\n"
    "                                                the same with the kernel's TCP (TCP_NODELAY)\n"
    "One message is on its way at a time.\n";

constexpr const char* usage_tail =
    "Compare like with like: either both programs spin (--wait spin), each pinned to a\n"
    "processor of its own (--cpu), or both block, which costs a wake-up for each message.\n\n"
    "Example:\n"
    "  node2# rrdp-ping --interface eth0 --node 2 --peer 1=02:00:00:00:00:01 --echo\n"
    "  node1# rrdp-ping --interface eth0 --node 1 --peer 2=02:00:00:00:00:02 --connect 2\n\n";

struct ping_options {
    tools::host_options host;
    tools::ping_plan plan;
    rrdp::options connection{.linger = std::chrono::milliseconds{250}};
    std::string connect, stat;
    std::uint16_t port = 7;
    bool echo = false, once = false, tcp = false, json = false;
    rrdp::adapters::wait_plan wait;
    std::optional<unsigned> cpu;

    [[nodiscard]] bool spins() const noexcept {
        return wait.mode == rrdp::adapters::wait_mode::spin;
    }
};

void declare(tools::command_line& line, ping_options& o) {
    line.section("What to do:");
    line.flag("--echo", "send back what is received", o.echo);
    line.number<std::uint16_t>("--port", "PORT", "where --echo listens (7)", o.port, 1, 65'535);
    line.flag("--once", "end --echo after the first connection", o.once);
    line.text("--connect", "NODE[:PORT]", "measure to there; with --tcp ADDRESS[:PORT]", o.connect);
    line.flag("--tcp", "the kernel's TCP instead of RRDP", o.tcp);
    line.number<std::uint64_t>("--count", "NUMBER", "round trips to measure (10000)", o.plan.count,
                               1, 100'000'000);
    line.number<std::uint64_t>("--warm-up", "NUMBER", "round trips before those (200)",
                               o.plan.warm_up, 0, 100'000'000);
    line.number<std::size_t>("--size", "OCTETS", "of a message, 8 at least (64)", o.plan.size, 8,
                             65'535);
    line.time("--interval", "TIME", "from one message to the next (0s: at once)", o.plan.interval);
    line.flag("--json", "the result as one JSON object", o.json);
    o.host.declare(line);
    line.section("How to do it:");
    tools::declare_wait(line, o.wait);
    line.number<unsigned>("--cpu", "NUMBER", "stay on this processor", o.cpu, 0, 1023);
    line.time("--connect-timeout", "TIME", "give up connecting after this (3s)",
              o.connection.connect_timeout);
    line.time("--give-up", "TIME", "give up a silent peer after this (5s)", o.connection.give_up);
    o.host.declare_faults(line);
    tools::publisher::declare(line, o.stat);
}

void tell(const ping_options& o, const tools::ping_report& report) {
    o.json ? print_json(report) : print_text(report);
    if (std::fflush(stdout) != 0) throw tools::system_failure("standard output");
}

rrdp::peer target(const ping_options& o) {
    const bool has_port = o.connect.find(':') != std::string::npos;
    const auto peer = tools::to_peer(has_port ? o.connect : o.connect + ":7");
    if (!peer)
        throw tools::failure{tools::exit_status::usage, "--connect",
                             tools::quoted(o.connect) + " is not NODE or NODE:PORT"};
    return *peer;
}

/// Turns the engine and its end until `over`, and waits between. The end has its turn before the
/// engine, so that its answer to a frame leaves at once.
template <class Engine, class End, class Over, class Deadline>
void drive(const ping_options& o, Engine& engine, rrdp::any_link& link, End& end, Over over,
           Deadline own_deadline) {
    tools::sleeper sleep{o.wait};
    tools::publisher publisher{o.stat};
    tools::progress progress{o.plan.count};
    for (rrdp::instant now = tools::clock_now(); !over() && !sleep.asked_to_end();) {
        publisher.publish(engine, now);
        end.step(now);
        if constexpr (requires { end.done(); }) progress.count(now, end.done(), o.plan.count);
        const auto turn = rrdp::pump(engine, link, now);
        // A timeout may have ended the connection: hear of it before sleeping, perhaps for ever.
        end.step(now);
        if (over()) return;
        now = sleep.wait(engine, link, now, turn, publisher.due(own_deadline()));
    }
}

constexpr auto no_deadline = [] { return std::optional<rrdp::instant>{}; };

/// Turns the engine until it has nothing left to do: what is due is still sent and answered.
template <class Engine>
void settle(Engine& engine, rrdp::any_link& link) {
    const rrdp::instant latest = tools::clock_now() + std::chrono::seconds{1};
    for (rrdp::instant now = tools::clock_now(); now < latest; now = tools::clock_now()) {
        rrdp::pump(engine, link, now);
        while (engine.poll_event()) {}
        if (!engine.next_timeout() && !engine.wants_transmit(now)) return;
    }
}

template <class Engine>
void ping_over(const ping_options& o, const rrdp::options& connection, Engine& engine,
               rrdp::any_link& link) {
    if (o.echo) {
        tools::echo_end<Engine> echo{engine};
        echo.start(o.port, connection);
        drive(
            o, engine, link, echo, [&] { return o.once && echo.closed() != 0; }, no_deadline);
        return settle(engine, link);
    }
    tools::ping_end<Engine> ping{engine, target(o), o.plan};
    ping.start(tools::clock_now(), connection);
    drive(
        o, engine, link, ping, [&] { return ping.over(); }, [&] { return ping.next_send(); });
    if (!ping.over()) ping.stop(tools::clock_now());
    const auto report = ping.report(rrdp::adapters::to_text(o.wait),
                                    tools::wait_text(o.wait, link.native_handle() >= 0));
    const auto trouble = ping.trouble();
    settle(engine, link);
    if (report.sent != 0) tell(o, report);
    if (trouble) throw *trouble;
}

void ping_hosts(const ping_options& o) {
    const std::uint16_t own_port = o.echo ? o.port : tools::random_port();
    const auto opened = tools::open_link(o.host, own_port, o.spins());
    tools::with_framing(*opened, [&]<class Framing>(tools::framing_of<Framing> framing) {
        const auto table = o.host.table<Framing>();
        const rrdp::node_id number = tools::own_number(o.host, framing, table);
        const tools::engine_settings<Framing> settings{o.host, number, framing.own, table.size(),
                                                       opened->link().properties()};
        tools::engine_over<Framing> engine{settings.capacities, settings.node,
                                           tools::system_entropy()};
        tools::add_nodes(engine, table, number);
        ping_over(o, tools::suited<Framing>(o.connection), engine, opened->link());
    });
}

/// Both ends in this process: what is measured is the engine, twice each way.
void ping_here(const ping_options& o) {
    using framing = rrdp::wire::ethernet_framing;
    using engine = tools::engine_over<framing>;
    const auto opened = tools::open_link(o.host, 0, true);
    rrdp::any_link& one = opened->link();
    rrdp::any_link& other = *opened->other_end();
    const tools::engine_settings<framing> near{o.host, rrdp::node_id{1}, one.properties().address,
                                               2, one.properties()};
    const tools::engine_settings<framing> far{o.host, rrdp::node_id{2}, other.properties().address,
                                              2, other.properties()};
    engine a{near.capacities, near.node, tools::system_entropy()};
    engine b{far.capacities, far.node, tools::system_entropy()};
    static_cast<void>(a.add_node(far.node.node, far.node.address));
    static_cast<void>(b.add_node(near.node.node, near.node.address));
    tools::echo_end<engine> echo{b};
    tools::ping_end<engine> ping{a, {.node = far.node.node, .port = o.port}, o.plan};
    echo.start(o.port, o.connection);
    ping.start(tools::clock_now(), o.connection);
    tools::progress progress{o.plan.count};
    while (!ping.over()) {
        const rrdp::instant now = tools::clock_now();
        progress.count(now, ping.done(), o.plan.count);
        rrdp::pump(a, one, now);
        rrdp::pump(b, other, now);
        echo.step(now);
        rrdp::pump(b, other, now);
        rrdp::pump(a, one, now);
        ping.step(now);
    }
    progress.wipe();
    if (const auto trouble = ping.trouble()) throw *trouble;
    tell(o, ping.report("spin", "spinning"));
}

/// The same over TCP, as a measure.
void tcp_echo(const ping_options& o) {
    tools::sleeper sleep{o.wait};
    const tools::unique_fd listener = tools::tcp_listen(o.port);
    std::vector<std::byte> buffer(65'536);
    do {
        sleep.watch(listener.get(), POLLIN);
        sleep.rest({});
        if (sleep.asked_to_end()) return;
        tools::unique_fd fd{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        if (!fd.valid()) continue;
        const tools::tcp_stream stream{std::move(fd), o.spins()};
        for (;;) {
            const auto count = stream.receive(buffer);
            if (!count) {
                sleep.rest({}, rrdp::instant{});  // only looks whether a signal has come
                if (sleep.asked_to_end()) return;
                continue;
            }
            if (*count == 0 || !stream.send(rrdp::octets_view{buffer}.first(*count))) break;
        }
    } while (!o.once);
}

void tcp_ping(const ping_options& o) {
    const auto parts = tools::cut(o.connect, ':');
    const std::string host{parts ? parts->first : std::string_view{o.connect}};
    const auto port = parts ? tools::to_number<std::uint16_t>(parts->second, 1, 65'535)
                            : std::optional<std::uint16_t>{o.port};
    if (!port)
        throw tools::failure{tools::exit_status::usage, "--connect",
                             tools::quoted(o.connect) + " is not ADDRESS or ADDRESS:PORT"};
    const tools::tcp_stream stream =
        tools::tcp_connect(host, *port, o.spins(), o.connection.connect_timeout);
    std::vector<std::byte> message(o.plan.size);
    tools::ping_report report{"tcp",
                              o.connect,
                              o.plan.size,
                              rrdp::adapters::to_text(o.wait),
                              tools::wait_text(o.wait, true),
                              0,
                              0,
                              tools::round_trips{o.plan.count}};
    for (std::uint64_t i = 0; i < o.plan.warm_up + o.plan.count; ++i) {
        const rrdp::instant left = tools::clock_now();
        if (!stream.send(message) || !stream.receive_all(message, left + o.connection.give_up))
            throw tools::failure{tools::exit_status::lost, "tcp " + o.connect,
                                 "the peer is gone or silent"};
        const rrdp::instant back = tools::clock_now();
        if (i >= o.plan.warm_up) report.times.add(back - left);
        report.sent += i >= o.plan.warm_up;
        while (o.plan.interval > rrdp::duration{} && tools::clock_now() < left + o.plan.interval)
            ::usleep(o.spins() ? 0 : 50);
    }
    report.times.sort();
    tell(o, report);
}

tools::exit_status run(int argc, char** argv) {
    ping_options o;
    tools::command_line line{"rrdp-ping", usage_head,
                             std::string{usage_tail} + tools::exit_status_help};
    declare(line, o);
    if (!line.parse(argc, argv)) return tools::exit_status::ok;
    if (!o.tcp && o.host.named_a_link()) o.host.check();
    const bool here = !o.tcp && o.host.named_a_link() && o.host.loopback();
    if (!here && o.echo == !o.connect.empty())
        throw tools::failure{tools::exit_status::usage, "--echo or --connect",
                             "one of them is needed, and only one"};
    if (!o.tcp) o.host.check();
    if (o.tcp && o.wait.mode == rrdp::adapters::wait_mode::adaptive)
        throw tools::failure{tools::exit_status::usage, "--wait", "TCP spins or blocks here"};
    if (o.cpu) tools::pin_to_cpu(*o.cpu);
    if (o.tcp)
        o.echo ? tcp_echo(o) : tcp_ping(o);
    else
        here ? ping_here(o) : ping_hosts(o);
    return tools::exit_status::ok;
}

}  // namespace

int main(int argc, char** argv) {
    return tools::run_tool("rrdp-ping", [&] { return run(argc, argv); });
}
