// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/engines/engines.hpp"
#include "bench/engines/spread.hpp"

namespace rrdp::bench {

/// What a run of the program is to do.
struct plan {
    std::vector<std::string> only;  ///< rows and parts; empty: all
    std::vector<pattern> patterns{pattern::ping_pong, pattern::stream, pattern::singles};
    std::vector<std::size_t> sizes{1, 32, 64, 256, 1'400, 8'900};
    std::uint64_t rounds = 15;
    std::uint64_t count = 2'000;  ///< messages of a round
    bool instructions = false;

    [[nodiscard]] bool wants(const std::string& name) const;
};

/// One engine, pattern and size.
struct message_row {
    const engine* whose = nullptr;
    job what;
    std::vector<double> ns{};              ///< of a message, one for each round
    figures last{};                        ///< what can be counted, equal in each round
    std::optional<double> instructions{};  ///< of a message
    std::string not_run{};                 ///< why not, if so
};

/// One of many connections at a time, or one that its host has room for so many.
struct crowd_row {
    const char* name = "rrdp";
    std::uint32_t connections = 0;
    std::uint64_t batch = 1;
    std::vector<double> ns{};  ///< of a message
    double frames = 0;         ///< of a message
};

struct idle_row {
    const char* name = "";
    double octets = 0;
};

struct timer_row {
    std::uint32_t connections = 0;
    std::vector<double> ns{};  ///< of a turn in which nothing was due
    std::uint64_t due = 0;     ///< turns in which something was, all rounds together
};

/// Messages as long as a jumbo frame allows, and the copying of as many octets.
struct copy_row {
    const char* name = "";
    std::vector<double> ns{};
};

/// All that was found out; what was not asked for is empty.
struct results {
    std::vector<message_row> messages;
    std::vector<crowd_row> crowds;
    std::vector<idle_row> idle;
    std::vector<timer_row> timers;
    std::vector<copy_row> copies;
    std::string no_instructions;  ///< why they were asked for and not counted, if so

    [[nodiscard]] bool trouble() const;  ///< whether something that was built did not run
};

/// The parts of the suite, each named as `--only` wants it.
[[nodiscard]] std::vector<message_row> run_messages(const plan& p);
[[nodiscard]] std::vector<crowd_row> run_crowds(const plan& p);
[[nodiscard]] std::vector<idle_row> run_idle(const plan& p);
[[nodiscard]] std::vector<timer_row> run_timers(const plan& p);
[[nodiscard]] std::vector<copy_row> run_copies(const plan& p);

inline constexpr const char* part_names[]{"messages", "crowd", "idle", "timers", "copies"};

/// Counts the instructions of a message of each row, by valgrind; why not, if not.
[[nodiscard]] std::string count_instructions(std::vector<message_row>& rows);

void print(const plan& p, const results& r);
[[nodiscard]] std::string to_json(const plan& p, const results& r);

/// The compiler and the flags that matter.
[[nodiscard]] std::string built_with();

}  // namespace rrdp::bench
