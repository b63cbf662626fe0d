// SPDX-License-Identifier: Apache-2.0
#include "plan.hpp"

#include <algorithm>

#include <rrdp/interop/link_complaint.hpp>
#include <rrdp/interop/link_text.hpp>

#include "rows.hpp"
#include "tools/support/command_line.hpp"

namespace rrdp::bench {
namespace {

constexpr const char* head =
    "rrdp-perf measures RRDP, links without a protocol, and the kernel's protocols, in turns.\n\n"
    "  rrdp-perf latency | bandwidth | rate [--link LIST] [options]     both ends on this host\n"
    "  rrdp-perf latency | bandwidth | rate --link LINK --server ADDRESS [options]\n"
    "  rrdp-perf serve --link LINK --at ADDRESS                         the other end of that\n"
    "  rrdp-perf incast [options]\n\n"
    "By itself it makes two processes with a network each, joined by a veth pair, on two\n"
    "processors; as server and client it uses the link named at both, and a TCP connection to\n"
    "agree on what comes next. All rows have their turn in each round (A B A B).\n\n"
    "  latency      round trips, one after the other; with --rate at intended times, from which\n"
    "               the times count\n"
    "  bandwidth    messages one way, octets a second\n"
    "  rate         messages of 32 octets one way, messages a second\n"
    "  incast       many senders to one around a simulated switch of 1 Gb/s, in virtual time\n";

constexpr const char* tail =
    "Ratios are medians of the ratios of the same round, in brackets where the median lies with\n"
    "95 % confidence (order statistics; fewer than 6 rounds: less, which is said).\n\n"
    "Examples:\n"
    "  rrdp-perf latency --link packet-ring,shm --beside raw,tcp --size 64\n"
    "  rrdp-perf bandwidth --link packet-ring --size 1400,8900 --mtu 9000 --json out.json\n"
    "  node2# rrdp-perf serve --link packet-ring:eth0 --at 192.0.2.2\n"
    "  node1# rrdp-perf latency --link packet-ring:eth0 --server 192.0.2.2\n\n"
    "Exit status: 0 done, 1 trouble, 2 wrong options, or nothing could be run.\n";

using tools::exit_status;
using tools::failure;

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> all;
    for (const std::string_view word : tools::split(text, ',')) all.emplace_back(word);
    return all;
}

std::vector<std::string> links_there_are() {
    std::vector<std::string> all;
    for (const row& r : all_rows())
        if (r.kind == row_kind::rrdp) all.push_back(r.link);
    return all;
}

void check_link(const std::string& text, bool with_place) {
    if (with_place) {
        const auto said = link_text::read(text);
        if (!said) throw failure{exit_status::usage, "--link", complaint(text, said.error())};
        if (!said->around.empty() || !said->base.settings.empty())
            throw failure{exit_status::usage, "--link", "takes no options and nothing around here"};
        if (said->ipv6())
            throw failure{exit_status::usage, "--link", "UDP over IPv6 is not measured"};
        if (said->kind() == link_kind::loopback)
            throw failure{exit_status::usage, "--link", "loopback has both ends in one process"};
        return;
    }
    std::string list;
    for (const link_rule& rule : link_rules) {
        if (rule.name == text) return;
        list += ' ' + std::string{rule.name};
    }
    throw failure{exit_status::usage, "--link",
                  tools::quoted(text) + " is none of:" + list + " all"};
}

void check_rows(const plan& p) {
    std::vector<std::string> known{"raw", "none"};
    for (const row& r : all_rows())
        if (r.kind == row_kind::kernel) known.push_back(r.name);
    for (const std::string& name : p.beside) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        std::string list;
        for (const std::string& k : known) list += ' ' + k;
        throw failure{exit_status::usage, "--beside", tools::quoted(name) + " is none of:" + list};
    }
}

std::vector<std::size_t> sizes_of(std::string_view text) {
    if (text == "paper")
        return {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1'024, 1'400, 2'048, 4'096, 8'192, 8'900};
    std::vector<std::size_t> sizes;
    for (const std::string& word : words(text)) {
        const auto size = tools::to_number<std::size_t>(word, 1, 65'536);
        if (!size)
            throw tools::command_line::bad_value("--size", word,
                                                 "a number of octets from 1 to 65536");
        sizes.push_back(*size);
    }
    return sizes;
}

void declare(tools::command_line& options, plan& p) {
    constexpr std::uint64_t many = 1'000'000'000;
    options.section("Options:");
    options.option("--link", "LIST",
                   "packet-ring (as a rule), packet, xdp, pcap, dpdk, udp, shm, unix,\n"
                   "loopback, with commas between; or all. As server and client one\n"
                   "LINK with its place: packet-ring:eth0, udp:192.0.2.1:5000, shm:NAME",
                   [&p](std::string_view v) { p.links = words(v); });
    options.option("--beside", "LIST",
                   "what else: raw (the links without a protocol), tcp, tcp-plain\n"
                   "(segmentation offload off), kernel-udp, af-packet (send and recv),\n"
                   "or none; as a rule raw,tcp,kernel-udp,af-packet",
                   [&p](std::string_view v) { p.beside = words(v); });
    options.option("--size", "LIST",
                   "octets of a message, 1 to 65536, with commas between; or paper:\n"
                   "1 to 8900 (as a rule 64; bandwidth 1400; rate 32)",
                   [&p](std::string_view v) { p.sizes = sizes_of(v); });
    options.number<std::uint64_t>("--rounds", "N", "of all rows in turns (9)", p.rounds, 1, 10'000);
    options.number<std::uint64_t>("--count", "N", "messages a round (3000; streams: as suits)",
                                  p.count, 1, many);
    options.number<std::uint64_t>(
        "--window", "N",
        "messages under way at most (128, streams 4096; what loses messages\n"
        "by itself has 128 at most)",
        p.window, 1, 65'536);
    options.number<std::uint64_t>("--rate", "N", "latency: messages a second, open loop", p.rate, 1,
                                  many);
    options.number<std::uint64_t>("--senders", "N", "incast: 2 to 127 (16)", p.senders, 2, 127);
    options.number<std::size_t>("--mtu", "OCTETS", "of the veth pair and of all links (1500)",
                                p.mtu, 1'280, 65'000);
    options.option("--wait", "HOW",
                   "spin, block (sleep in the kernel) or adaptive:MICROSECONDS (RRDP\n"
                   "spins so long before it sleeps, all else blocks); both ends alike\n"
                   "(spin)",
                   [&p](std::string_view v) {
                       const auto plan = adapters::to_wait_plan(v);
                       if (!plan)
                           throw tools::command_line::bad_value(
                               "--wait", v, std::string{adapters::wait_plan_syntax});
                       p.wait = *plan;
                   });
    options.option("--cpu", "A,B", "processors of the two ends (the first two there are)",
                   [&p](std::string_view v) {
                       for (const std::string& word : words(v)) {
                           const auto cpu = tools::to_number<unsigned>(word, 0, CPU_SETSIZE - 1);
                           if (!cpu)
                               throw tools::command_line::bad_value("--cpu", v, "two processors");
                           p.cpus.push_back(*cpu);
                       }
                   });
    options.text("--json", "FILE", "all figures for machines", p.json);
    options.text("--hgrm", "FOLDER", "percentiles of each row as HdrHistogram writes them", p.hgrm);
    options.text("--server", "ADDRESS", "the IPv4 address that `serve` was given with --at",
                 p.server);
    options.text("--at", "ADDRESS", "serve: this host's IPv4 address, perhaps :PORT (50026)", p.at);
}

void fill_in(plan& p) {
    const bool stream = p.what == command::bandwidth || p.what == command::rate;
    if (p.sizes.empty())
        p.sizes = {p.what == command::latency ? 64U : p.what == command::rate ? 32U : 1'400U};
    if (p.beside.empty()) p.beside = {"raw", "tcp", "kernel-udp", "af-packet"};
    if (p.what == command::bandwidth && p.beside.size() == 4 && p.beside[2] == "kernel-udp")
        p.beside = {"tcp", "tcp-plain", "kernel-udp"};
    if (stream && p.rate != 0)
        throw failure{exit_status::usage, "--rate",
                      "is for latency: a stream goes as fast as it can"};
    if (p.rate != 0 && *std::min_element(p.sizes.begin(), p.sizes.end()) < 8)
        throw failure{exit_status::usage, "--rate",
                      "needs messages of 8 octets, for their numbers"};
}

}  // namespace

bool read_plan(int argc, char** argv, plan& p) {
    std::vector<std::string> commands;
    tools::command_line options{"rrdp-perf", head, tail};
    options.arguments(commands);
    declare(options, p);
    if (!options.parse(argc, argv)) return false;
    if (commands.size() != 1)
        throw failure{exit_status::usage, "command",
                      "one of latency, bandwidth, rate, incast, serve is wanted"};
    const std::vector<std::string> names{"serve", "latency", "bandwidth", "rate", "incast"};
    const auto found = std::find(names.begin(), names.end(), commands[0]);
    if (found == names.end())
        throw failure{exit_status::usage, tools::quoted(commands[0]), "is no command; see --help"};
    p.what = static_cast<command>(found - names.begin());
    const bool served = p.what == command::serve || !p.server.empty();
    if (p.what == command::serve && p.at.empty())
        throw failure{exit_status::usage, "--at", "is missing: an IPv4 address of this host"};
    if (served && p.links.size() != 1)
        throw failure{exit_status::usage, "--link", "takes one link with a server"};
    if (!served && p.links == std::vector<std::string>{"all"}) p.links = links_there_are();
    for (const std::string& text : p.links) check_link(text, served);
    if (!p.cpus.empty() && p.cpus.size() != 2)
        throw failure{exit_status::usage, "--cpu", "wants two processors, as 0,1"};
    check_rows(p);
    fill_in(p);
    return true;
}

}  // namespace rrdp::bench
