// SPDX-License-Identifier: Apache-2.0
// rrdp-sim: seeds are run until one breaks a law of delivery, and that one again, to be looked at.
#include <chrono>
#include <cstdio>
#include <filesystem>

#include <command_line.hpp>
#include <json.hpp>

#include "simulation/chosen_cell.hpp"
#include "simulation/ladder.hpp"

namespace {

using simulation::cell;
using simulation::cell_run;
using tools::exit_status;

struct orders {
    std::uint64_t first = 1;
    std::uint64_t last = 1'000;
    std::uint64_t seconds = 0;  ///< 0: no limit
    std::uint64_t failures = 1;
    bool pretend = false;
    std::string json;
    std::string keep;
};

struct failed_seed {
    std::uint64_t seed = 0;
    std::string complaint;
};

struct tally {
    std::uint64_t seeds = 0;
    double hours = 0;  ///< virtual, under faults
    double seconds = 0;
    std::uint64_t frames = 0;
    std::uint64_t lost = 0, duplicated = 0, reordered = 0, corrupted = 0, damaged = 0;
    std::uint64_t trace = 0;  ///< of all runs: equal with every compiler
    std::vector<failed_seed> failed;
};

void read_seeds(std::string_view text, orders& o) {
    const auto cut = text.find("..");
    const auto number = [&](std::string_view part) {
        const auto n = tools::to_number<std::uint64_t>(part, 0, ~std::uint64_t{0} - 1);
        if (!n) throw tools::command_line::bad_value("--seeds", text, "a seed, or two as 1..1000");
        return *n;
    };
    o.first = number(text.substr(0, cut));
    o.last = cut == std::string_view::npos ? o.first : number(text.substr(cut + 2));
    if (o.last < o.first)
        throw tools::command_line::bad_value("--seeds", text, "the smaller seed first");
}

bool read(int argc, char** argv, orders& o) {
    tools::command_line line{"rrdp-sim",
                             "usage: rrdp-sim [OPTION...]\n\n"
                             "Two engines and a wire in virtual time; all about them is chosen by "
                             "the seed. A judge who\n"
                             "knows everything looks for a broken law of delivery.\n\n",
                             "Exit status: 0 all laws held; 1 one was broken; 2 wrong options.\n"};
    line.option("--seeds", "A..B", "the seeds to run (1..1000)",
                [&o](std::string_view text) { read_seeds(text, o); });
    line.number("--seconds", "N", "no more seeds after so long", o.seconds, std::uint64_t{1},
                std::uint64_t{1'000'000});
    line.number("--failures", "N", "stop at so many (1)", o.failures, std::uint64_t{1},
                std::uint64_t{1'000'000});
    line.text("--keep", "FOLDER", "what a failing seed sent: text, and a capture", o.keep);
    line.flag("--pretend", "call the first seed a failure, to see what is kept", o.pretend);
    line.text("--json", "FILE", "write the summary there, too", o.json);
    return line.parse(argc, argv);
}

/// Runs a failing seed again and keeps what it sent.
void keep(const orders& o, const failed_seed& failure) {
    if (o.keep.empty()) return;
    std::filesystem::create_directories(o.keep);
    const cell what = simulation::chosen_cell(failure.seed);
    simulation::ladder log{o.keep + "/seed-" + std::to_string(failure.seed), what.profile.offered};
    cell_run again{what, failure.seed};
    again.watch(log);
    static_cast<void>(again.run());
    log.close(again.complaint().empty() ? failure.complaint : again.complaint());
}

void run_seed(std::uint64_t seed, bool pretend, tally& all) {
    cell_run run{simulation::chosen_cell(seed), seed};
    if (!run.run())
        all.failed.push_back({seed, run.complaint()});
    else if (pretend)
        all.failed.push_back({seed, "none: this failure is pretended"});
    const auto& met = run.met();
    ++all.seeds;
    all.hours += std::chrono::duration<double, std::ratio<3600>>(run.conversed()).count();
    all.frames += met.sent;
    all.lost += met.lost;
    all.duplicated += met.duplicated;
    all.reordered += met.reordered;
    all.corrupted += met.corrupted;
    all.damaged += met.damaged;
    all.trace = all.trace * 31 + run.trace();
}

tally run_all(const orders& o) {
    using clock = std::chrono::steady_clock;
    const auto began = clock::now();
    tally all;
    for (std::uint64_t seed = o.first; seed <= o.last; ++seed) {
        run_seed(seed, o.pretend && seed == o.first, all);
        all.seconds = std::chrono::duration<double>(clock::now() - began).count();
        if (all.failed.size() >= o.failures) break;
        if (o.seconds != 0 && all.seconds >= static_cast<double>(o.seconds)) break;
    }
    return all;
}

void print(const tally& all) {
    std::printf(
        "%llu seeds, %.1f hours under faults in %.1f s; %llu frames, of them lost %llu, "
        "doubled %llu, late %llu, one bit wrong %llu, damaged %llu\ntrace %016llx\n",
        static_cast<unsigned long long>(all.seeds), all.hours, all.seconds,
        static_cast<unsigned long long>(all.frames), static_cast<unsigned long long>(all.lost),
        static_cast<unsigned long long>(all.duplicated),
        static_cast<unsigned long long>(all.reordered),
        static_cast<unsigned long long>(all.corrupted),
        static_cast<unsigned long long>(all.damaged), static_cast<unsigned long long>(all.trace));
    for (const failed_seed& f : all.failed)
        std::printf("seed %llu: %s\n    again: rrdp-sim --seeds %llu --keep FOLDER\n",
                    static_cast<unsigned long long>(f.seed), f.complaint.c_str(),
                    static_cast<unsigned long long>(f.seed));
}

std::string as_json(const tally& all) {
    tools::json_writer json;
    json.open_object();
    json.field("seeds", all.seeds).field("fault_hours", all.hours, 3);
    json.field("seconds", all.seconds, 3).field("frames", all.frames);
    json.field("lost", all.lost).field("duplicated", all.duplicated);
    json.field("reordered", all.reordered).field("corrupted", all.corrupted);
    json.field("damaged", all.damaged).field("trace", all.trace);
    json.key("failed").open_array();
    for (const failed_seed& f : all.failed) {
        json.open_object();
        json.field("seed", f.seed).field("complaint", f.complaint).close_object();
    }
    return json.close_array().close_object().text() + "\n";
}

void write(const std::string& path, const std::string& text) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    if (file == nullptr) throw tools::system_failure(path);
    const bool written = std::fputs(text.c_str(), file) >= 0;
    if (std::fclose(file) != 0 || !written) throw tools::system_failure(path);
}

exit_status run(int argc, char** argv) {
    orders o;
    if (!read(argc, argv, o)) return exit_status::ok;
    const tally all = run_all(o);
    print(all);
    if (!o.json.empty()) write(o.json, as_json(all));
    for (const failed_seed& f : all.failed) keep(o, f);
    return all.failed.empty() ? exit_status::ok : exit_status::failed;
}

}  // namespace

int main(int argc, char** argv) {
    return tools::run_tool("rrdp-sim", [&] { return run(argc, argv); });
}
