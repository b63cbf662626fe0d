// SPDX-License-Identifier: Apache-2.0
// Netcat for RRDP: carries standard input, or a file, to another host, and back.
#include <cstdio>
#include <optional>
#include <string>

#include "support/cat_end.hpp"
#include "support/command.hpp"
#include "support/host.hpp"
#include "support/progress.hpp"
#include "support/publishing.hpp"
#include "support/report.hpp"

namespace {

constexpr const char* usage_head =
    "rrdp-cat carries octets between two hosts or processes, with RRDP.\n\n"
    "  rrdp-cat --listen PORT [options]          waits for one connection\n"
    "  rrdp-cat --connect NODE:PORT [options]    opens one\n\n"
    "What is read from standard input goes to the other end, what comes from there to standard\n"
    "output. The end of the input ends its direction; when both have ended, rrdp-cat ends.\n";

constexpr const char* usage_tail =
    "A file given with --output appears only when everything has arrived and is on the disk. If\n"
    "the listening end sends nothing, status 0 at the other end means that it is.\n"
    "When the other end has sent something and has ended, an end whose standard input is no file\n"
    "and has given nothing yet does not wait for it any longer, unless --until-eof is given.\n\n"
    "Example, a file from node 1 to node 2:\n"
    "  node2# rrdp-cat --interface eth0 --peer 1=02:00:00:00:00:01 --node 2 \\\n"
    "             --listen 7 --output copy\n"
    "  node1# rrdp-cat --interface eth0 --peer 2=02:00:00:00:00:02 --node 1 \\\n"
    "             --connect 2:7 --input original\n\n"
    "Raw Ethernet needs CAP_NET_RAW: run as root, or once\n"
    "  sudo setcap cap_net_raw+ep PATH-OF-rrdp-cat\n\n";

struct cat_options {
    tools::host_options host;
    tools::cat_role role;
    bool connect = false, verbose = false;
    rrdp::adapters::wait_plan wait;
    std::optional<unsigned> cpu;
    std::string input = "-", output = "-", exec, json, stat;
    rrdp::options connection{.auto_close = false, .linger = std::chrono::milliseconds{250}};
};

void declare(tools::command_line& line, cat_options& o) {
    line.section("What to do:");
    line.number<std::uint16_t>("--listen", "PORT", "wait for a connection on this port",
                               o.role.listen, 1, 65'535);
    line.option("--connect", "NODE:PORT", "connect to that port of that node",
                [&](std::string_view value) {
                    const auto peer = tools::to_peer(value);
                    if (!peer) throw line.bad_value("--connect", value, "NODE:PORT, such as 2:7");
                    o.role.connect = *peer;
                    o.connect = true;
                });
    line.text("--input", "FILE", "send this instead of standard input", o.input);
    line.text("--output", "FILE", "write to this instead of standard output", o.output);
    line.text("--exec", "COMMAND",
              "run this with sh when the connection is open, in the place of\n"
              "standard input and output",
              o.exec);
    line.flag("--until-eof", "wait for the end of standard input in any case", o.role.until_eof);
    o.host.declare(line);
    line.section("How to do it:");
    line.number<std::size_t>("--message-size", "OCTETS",
                             "cut the input into messages of this size (default: the\n"
                             "longest that the peer takes)",
                             o.role.message_size, 1, 65'536);
    line.time("--connect-timeout", "TIME", "give up connecting after this (3s)",
              o.connection.connect_timeout);
    line.time("--give-up", "TIME", "give up a silent peer after this (5s)", o.connection.give_up);
    tools::declare_wait(line, o.wait);
    line.number<unsigned>("--cpu", "NUMBER", "stay on this processor", o.cpu, 0, 1023);
    o.host.declare_faults(line);
    line.flag("--verbose", "say at the end what was counted", o.verbose);
    line.text("--json", "FILE", "write the same to a file, as JSON", o.json);
    tools::publisher::declare(line, o.stat);
}

/// One engine with its end of the crossing.
template <class Framing>
struct station {
    using engine_type = tools::engine_over<Framing>;

    station(const cat_options& o, const tools::cat_role& role,
            const tools::engine_settings<Framing>& settings, tools::input& in, tools::output& out)
        : engine{settings.capacities, settings.node, tools::system_entropy()},
          end{engine, role, in, out},
          connection{tools::suited<Framing>(o.connection)} {}

    engine_type engine;
    tools::cat_end<engine_type> end;
    rrdp::options connection;
};

/// What went on, while it does and afterwards.
class teller {
public:
    teller(const cat_options& o, const tools::input& in)
        : options_{o}, progress_{in.size()}, sends_file_{in.size().has_value()} {}

    template <class End>
    void progress(const End& end, rrdp::instant now) {
        if (!end.open()) return;
        const bool mostly_sends = sends_file_ || end.octets_sent() > end.octets_received();
        progress_.show(end.opened_at(), now,
                       mostly_sends ? end.octets_sent() : end.octets_received());
    }

    template <class Station>
    void done(const Station& s, const std::optional<rrdp::adapters::fault_statistics>& faults) {
        progress_.wipe();
        const double seconds = tools::to_seconds(s.end.closed_at() - s.end.opened_at());
        const auto octets = static_cast<double>(s.end.octets_sent() + s.end.octets_received());
        const double rate = seconds > 0 ? octets / seconds / 1e6 : 0;
        if (options_.verbose) {
            std::fprintf(stderr, "rrdp-cat: %llu octets out, %llu in, %s s, %s MB/s, --wait %s\n",
                         static_cast<unsigned long long>(s.end.octets_sent()),
                         static_cast<unsigned long long>(s.end.octets_received()),
                         tools::fixed(seconds, 3).c_str(), tools::fixed(rate, 1).c_str(),
                         rrdp::adapters::to_text(options_.wait).c_str());
            tools::print_statistics("rrdp-cat", s.engine.stats());
        }
        if (options_.json.empty()) return;
        tools::json_writer json;
        json.open_object().field("sent", s.end.octets_sent());
        json.field("received", s.end.octets_received()).field("seconds", seconds, 6);
        json.field("megabytes_per_second", rate, 3);
        json.field("wait", rrdp::adapters::to_text(options_.wait));
        json.field("messages_confirmed", s.end.ledger().confirmed);
        tools::add_statistics(json, s.engine.stats());
        if (faults) tools::add_faults(json, *faults);
        json.close_object();
        const std::string text = json.text() + '\n';
        tools::output file{options_.json};
        file.append(std::as_bytes(std::span{text}));
        while (!file.finish()) ::usleep(1000);
    }

private:
    const cat_options& options_;
    tools::progress progress_;
    bool sends_file_;
};

/// The next moment at which something has to be done although neither a descriptor nor the engine
/// says so.
template <class Station>
std::optional<rrdp::instant> deadline(const Station& s, bool moved, bool faults,
                                      rrdp::instant now) {
    if (moved) return now;
    // Reordering counts turns, not time: without turns a frame would be kept back for ever.
    if (faults && s.end.open()) return now + std::chrono::microseconds{50};
    if (s.end.storing()) return now + std::chrono::milliseconds{5};
    return std::nullopt;
}

/// Turns the engine, and nothing else, for as long as it has something to do, but not longer than
/// `most`: it answers what the peer may still send.
template <class Station>
void turn_on(Station& s, rrdp::any_link& link, tools::sleeper& sleep, rrdp::duration most) {
    rrdp::instant now = tools::clock_now();
    const rrdp::instant latest = now + most;
    while (now < latest) {
        const auto turn = rrdp::pump(s.engine, link, now);
        if (!turn.next_timeout) return;
        now = sleep.wait(s.engine, link, now, turn, latest);
    }
}

/// Drives one end over its link until it is over.
template <class Station>
void drive(Station& s, rrdp::adapters::opened_link& opened, const cat_options& o, teller& tell) {
    tools::sleeper sleep{o.wait};
    tools::publisher publisher{o.stat};
    rrdp::any_link& link = opened.link();
    const bool faults = opened.faults().has_value();
    rrdp::instant now = tools::clock_now();
    s.end.start(now, s.connection);
    try {
        while (!s.end.over()) {
            const auto turn = rrdp::pump(s.engine, link, now);
            const bool moved = s.end.step(now);
            tell.progress(s.end, now);
            publisher.publish(s.engine, now);
            if (sleep.asked_to_end())
                throw tools::failure{tools::exit_status::interrupted, s.end.peer_text(),
                                     "interrupted"};
            if (s.end.over()) break;
            s.end.watch(sleep);
            now = sleep.wait(s.engine, link, now, turn,
                             publisher.due(deadline(s, moved, faults, now)));
        }
    } catch (...) {
        // The peer is told; what was on its way may make it ask once more.
        s.end.abort(tools::clock_now());
        turn_on(s, link, sleep, std::chrono::milliseconds{50});
        throw;
    }
    // The last acknowledgement may be lost: then the peer repeats what it answers.
    turn_on(s, link, sleep, std::chrono::seconds{2});
}

/// Two hosts, or two processes, joined by the link of this one.
void cross(const cat_options& o, tools::input& in, tools::output& out) {
    tools::cat_role role = o.role;
    if (!role.listen && o.host.shared) role.connect.local_port = tools::random_port();
    const std::uint16_t own_port = role.listen.value_or(role.connect.local_port);
    const auto opened =
        tools::open_link(o.host, own_port, o.wait.mode == rrdp::adapters::wait_mode::spin);
    tools::with_framing(*opened, [&]<class Framing>(tools::framing_of<Framing> framing) {
        const auto table = o.host.table<Framing>();
        const rrdp::node_id number = tools::own_number(o.host, framing, table);
        const tools::engine_settings<Framing> settings{o.host, number, framing.own, table.size(),
                                                       opened->link().properties()};
        station<Framing> s{o, role, settings, in, out};
        tools::add_nodes(s.engine, table, number);
        teller tell{o, in};
        drive(s, *opened, o, tell);
        tell.done(s, opened->faults());
    });
}

/// Both ends in this process: the input crosses from one engine to the other.
void cross_here(const cat_options& o, tools::input& in, tools::output& out) {
    using framing = rrdp::wire::ethernet_framing;
    const auto opened = tools::open_link(o.host, 0, true);
    rrdp::any_link& near = opened->link();
    rrdp::any_link& far = *opened->other_end();
    tools::input nothing{"/dev/null"};
    tools::output nowhere{"/dev/null"};
    tools::cat_role opener = o.role, listener = o.role;
    opener.connect = {.node = rrdp::node_id{2}, .port = 7};
    opener.listen.reset();
    listener.listen = 7;
    const tools::engine_settings<framing> here{o.host, rrdp::node_id{1}, near.properties().address,
                                               2, near.properties()};
    const tools::engine_settings<framing> there{o.host, rrdp::node_id{2}, far.properties().address,
                                                2, far.properties()};
    station<framing> a{o, opener, here, in, nowhere};
    station<framing> b{o, listener, there, nothing, out};
    static_cast<void>(a.engine.add_node(rrdp::node_id{2}, far.properties().address));
    static_cast<void>(b.engine.add_node(rrdp::node_id{1}, near.properties().address));
    teller tell{o, in};
    b.end.start(tools::clock_now(), o.connection);
    a.end.start(tools::clock_now(), o.connection);
    while (!a.end.over() || !b.end.over()) {
        const rrdp::instant now = tools::clock_now();
        rrdp::pump(a.engine, near, now);
        a.end.step(now);
        rrdp::pump(b.engine, far, now);
        b.end.step(now);
        tell.progress(a.end, now);
    }
    tell.done(a, opened->faults());
}

tools::exit_status run(int argc, char** argv) {
    cat_options o;
    tools::command_line line{"rrdp-cat", usage_head,
                             std::string{usage_tail} + tools::exit_status_help};
    declare(line, o);
    if (!line.parse(argc, argv)) return tools::exit_status::ok;
    const bool named = o.host.named_a_link();
    if (named) o.host.check();
    const bool here = named && o.host.loopback();
    if (!here && o.connect == o.role.listen.has_value())
        throw tools::failure{tools::exit_status::usage, "--listen or --connect",
                             "one of them is needed, and only one"};
    o.host.check();
    if (!o.exec.empty() && (here || o.input != "-" || o.output != "-"))
        throw tools::failure{tools::exit_status::usage, "--exec",
                             "goes with neither --input, --output nor loopback"};
    if (o.cpu) tools::pin_to_cpu(*o.cpu);
    std::optional<tools::command> command;
    if (!o.exec.empty()) {
        command.emplace(o.exec);
        o.role.opened = [&command] { command->start(); };
        o.role.until_eof = true;
    }
    tools::input in{o.input};
    tools::output out{o.output};
    here ? cross_here(o, in, out) : cross(o, in, out);
    if (command) command->finish();
    return tools::exit_status::ok;
}

}  // namespace

int main(int argc, char** argv) {
    return tools::run_tool("rrdp-cat", [&] { return run(argc, argv); });
}
