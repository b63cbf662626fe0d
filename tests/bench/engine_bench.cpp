// SPDX-License-Identifier: Apache-2.0
// Engines without sockets: RRDP beside ENet, usrsctp, lwIP and ngtcp2, octets in and octets out.
// `engine-bench --help`; docs/benchmarks.md says what is fair about it and what is not.
#include <cstdio>

#include <command_line.hpp>

#include "bench/engines/suite.hpp"

namespace rrdp::bench {
namespace {

using tools::exit_status;

struct orders : plan {
    std::string json;
    std::uint64_t once = 0;  ///< messages; 0: the whole suite
};

/// Replaces what a list holds by default when the first value comes, and adds the others.
template <class List>
auto adding(List& list) {
    return [&list, first = true](auto value) mutable {
        if (std::exchange(first, false)) list.clear();
        list.push_back(value);
    };
}

std::string known_names() {
    std::string names;
    for (const char* part : part_names) names += std::string{part} + " ";
    for (const engine& e : engines()) names += std::string{e.name} + " ";
    names.pop_back();
    return names;
}

bool known(std::string_view name) {
    const auto equal = [name](const char* other) { return name == other; };
    if (std::any_of(std::begin(part_names), std::end(part_names), equal)) return true;
    return std::any_of(engines().begin(), engines().end(),
                       [&](const engine& e) { return equal(e.name); });
}

void add_lists(tools::command_line& line, orders& o) {
    line.option("--only", "NAME", "this part or engine; may be repeated:\n" + known_names(),
                [add = adding(o.only)](std::string_view value) mutable {
                    if (!known(value))
                        throw tools::command_line::bad_value("--only", value,
                                                             "one of: " + known_names());
                    add(std::string{value});
                });
    line.option("--pattern", "NAME", "ping-pong, stream or singles; may be repeated",
                [add = adding(o.patterns)](std::string_view value) mutable {
                    for (std::size_t i = 0; i < pattern_names.size(); ++i)
                        if (value == pattern_names[i]) return add(static_cast<pattern>(i));
                    throw tools::command_line::bad_value("--pattern", value,
                                                         "ping-pong, stream or singles");
                });
    line.option("--size", "OCTETS", "of a message, 1 to 8900; may be repeated",
                [add = adding(o.sizes)](std::string_view value) mutable {
                    const auto size = tools::to_number<std::size_t>(value, 1, message_max);
                    if (!size)
                        throw tools::command_line::bad_value("--size", value,
                                                             "a number from 1 to 8900");
                    add(*size);
                });
}

bool read(int argc, char** argv, orders& o) {
    tools::command_line line{
        "engine-bench",
        "usage: engine-bench [OPTION...]\n\n"
        "What a message costs engines that have no sockets: octets in, octets out, in one thread\n"
        "and in virtual time.\n\n",
        "Exit status: 0 done, also where a peer is not installed; 1 a row failed; 2 wrong options."
        "\n"};
    add_lists(line, o);
    constexpr std::uint64_t most = 1'000'000'000;
    line.number("--rounds", "N", "interleaved rounds (15)", o.rounds, std::uint64_t{1},
                std::uint64_t{10'000});
    line.number("--count", "N", "messages of a round (2000)", o.count, std::uint64_t{1}, most);
    line.flag("--instructions",
              "also count the instructions of a message, by valgrind:\n"
              "takes minutes",
              o.instructions);
    line.text("--json", "FILE", "write the figures there, too", o.json);
    line.number("--once", "COUNT",
                "exchange COUNT messages and print nothing; wants one\n"
                "engine, pattern and size (what runs under valgrind)",
                o.once, std::uint64_t{1}, most);
    return line.parse(argc, argv);
}

exit_status run_once(const orders& o) {
    if (o.only.size() != 1 || o.patterns.size() != 1 || o.sizes.size() != 1)
        throw tools::failure{exit_status::usage, "--once",
                             "wants one --only, one --pattern and one --size"};
    for (const engine& e : engines()) {
        if (o.only.front() != e.name) continue;
        if (e.run == nullptr) throw tools::failure{exit_status::failed, e.name, e.missing};
        static_cast<void>(e.run({o.patterns.front(), o.sizes.front(), o.once}));
        return exit_status::ok;
    }
    throw tools::failure{exit_status::usage, "--once", "wants --only with the name of an engine"};
}

results run_suite(const orders& o) {
    results r;
    r.messages = run_messages(o);
    if (o.instructions) r.no_instructions = count_instructions(r.messages);
    if (o.wants("crowd")) r.crowds = run_crowds(o);
    if (o.wants("idle")) r.idle = run_idle(o);
    if (o.wants("timers")) r.timers = run_timers(o);
    if (o.wants("copies")) r.copies = run_copies(o);
    return r;
}

exit_status run(int argc, char** argv) {
    orders o;
    if (!read(argc, argv, o)) return exit_status::ok;
    if (o.once != 0) return run_once(o);
    std::FILE* const file = o.json.empty() ? nullptr : std::fopen(o.json.c_str(), "w");
    if (!o.json.empty() && file == nullptr) throw tools::system_failure(o.json);
    const results r = run_suite(o);
    print(o, r);
    if (file != nullptr) {
        const bool written = std::fputs(to_json(o, r).c_str(), file) >= 0;
        if (std::fclose(file) != 0 || !written) throw tools::system_failure(o.json);
    }
    return r.trouble() ? exit_status::failed : exit_status::ok;
}

}  // namespace
}  // namespace rrdp::bench

int main(int argc, char** argv) {
    return tools::run_tool("engine-bench", [&] { return rrdp::bench::run(argc, argv); });
}
