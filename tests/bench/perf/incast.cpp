// SPDX-License-Identifier: Apache-2.0
#include "incast.hpp"

#include <cstdio>

#include "simulation/cluster.hpp"
#include "tools/support/failure.hpp"
#include "tools/support/json.hpp"

namespace rrdp::bench {
namespace {

constexpr std::uint64_t port_queue = 131'072;

/// What one size came to.
struct incast {
    std::size_t size = 0;
    double goodput = 0;  ///< octets of messages over what 1 Gb/s carries in that time
    double best = 0;     ///< the same, if nothing but the frames of the messages took time
    histogram times{};   ///< of each message, from its acceptance by send()
    std::uint64_t queue_full = 0, repeated = 0, messages = 0;
};

incast measure_incast(std::size_t size, std::size_t senders, std::uint64_t count) {
    simulation::cluster c{5,
                          {.delay = std::chrono::microseconds{2}, .port_queue = port_queue},
                          {.stations = senders + 1, .frames = 32'768},
                          {.connections = 128, .rings = 128, .segments = 12'000, .nodes = 128}};
    std::vector<simulation::channel> all;
    for (std::size_t n = 1; n <= senders; ++n)
        all.push_back(c.open(n, 0, static_cast<std::uint16_t>(n), profiles::lan));
    if (!c.ok) throw std::runtime_error{"the connections could not be opened"};
    incast r;
    r.size = size;
    r.messages = senders * count;
    std::vector<std::vector<instant>> sent(senders);
    std::vector<std::size_t> got(senders);
    std::uint64_t arrived = 0;
    const std::vector<std::byte> message(size);
    const auto act = [&](std::size_t n) -> std::optional<instant> {
        while (c[n].poll_event()) {}
        if (n != 0) {
            auto& own = sent[n - 1];
            while (own.size() < count && c[n].send(c.now(), all[n - 1].out, message))
                own.push_back(c.now());
            return std::nullopt;
        }
        for (std::size_t from = 0; from < senders; ++from)
            for (; c[0].receive(all[from].in); ++arrived) {
                const duration took = c.now() - sent[from][got[from]++];
                r.times.record(static_cast<std::uint64_t>(took.count()));
            }
        return std::nullopt;
    };
    const instant begin = c.now();
    const bool done = c.run(
        act, [&] { return arrived == r.messages; }, std::chrono::seconds{1'000});
    if (!done) throw std::runtime_error{"not done after 1000 s of virtual time"};
    const double seconds = std::chrono::duration<double>(c.now() - begin).count();
    r.goodput = static_cast<double>(r.messages * size) / 125e6 / seconds;
    const duration frame = c.net.time_on_wire(size + 14 + 14);
    r.best = static_cast<double>(size) / 125e6 / std::chrono::duration<double>(frame).count();
    r.queue_full = c.net.statistics().queue_full;
    for (std::size_t n = 1; n <= senders; ++n) {
        const statistics& s = c[n].stats();
        r.repeated += s.retransmissions_rto + s.retransmissions_fast + s.retransmissions_rack +
                      s.retransmissions_tlp;
    }
    return r;
}

double ms(std::uint64_t ns) {
    return static_cast<double>(ns) / 1e6;
}

void print_one(const incast& r) {
    const auto count = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
    std::printf("%7zu %9.3f %9.3f %9.3f %9.3f %9.3f %11llu %11llu of %llu\n", r.size, r.goodput,
                r.best, ms(r.times.at(0.5)), ms(r.times.at(0.99)), ms(r.times.max()),
                count(r.queue_full), count(r.repeated), count(r.messages));
}

void write(tools::json_writer& json, const incast& r) {
    json.open_object().field("size", r.size).field("goodput", r.goodput, 4);
    json.field("goodput_of_full_cable", r.best, 4).field("messages", r.messages);
    json.field("p50_ms", ms(r.times.at(0.5)), 4).field("p99_ms", ms(r.times.at(0.99)), 4);
    json.field("max_ms", ms(r.times.max()), 4).field("queue_full", r.queue_full);
    json.field("sent_again", r.repeated).close_object();
}

}  // namespace

int run_incast(results& all) {
    const plan& p = all.asked;
    std::printf(
        "%llu to 1 around a simulated switch, in virtual time: cables of 1 Gb/s and 2 us, "
        "ports of 128 KiB;\nprofile lan, MTU 1500. Goodput is of 1 Gb/s.\n\n",
        static_cast<unsigned long long>(p.senders));
    std::printf("%7s %9s %9s %9s %9s %9s %11s %11s\n", "octets", "goodput", "full", "p50 ms",
                "p99 ms", "max ms", "queue full", "sent again");
    tools::json_writer json;
    json.open_object().field("program", "rrdp-perf").field("command", all.words);
    json.field("measured", "incast").field("senders", p.senders).field("port_queue", port_queue);
    json.key("rows").open_array();
    for (const std::size_t size : p.sizes) {
        if (size > 1'400)
            throw tools::failure{tools::exit_status::usage, "--size", "incast takes 1 to 1400"};
        const incast r = measure_incast(size, p.senders, p.count == 0 ? 200 : p.count);
        print_one(r);
        write(json, r);
    }
    json.close_array().close_object();
    if (p.json.empty()) return 0;
    std::FILE* const file = std::fopen(p.json.c_str(), "w");
    if (file == nullptr) throw std::runtime_error{p.json + ": " + std::strerror(errno)};
    std::fprintf(file, "%s\n", json.text().c_str());
    std::fclose(file);
    return 0;
}

}  // namespace rrdp::bench
