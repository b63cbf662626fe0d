// SPDX-License-Identifier: Apache-2.0
// rrdp-forge: frames are forged blindly into an open connection until so many were, and those that
// were taken for the peer's are counted, with tags and without.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>

#include <command_line.hpp>
#include <json.hpp>

#include "security/forgery.hpp"

namespace {

using siege::features;
using siege::forged;
using siege::forgery;
using tools::exit_status;

struct orders {
    std::uint64_t count = 1'000'000;
    std::uint64_t seed = 1;
    std::uint64_t seconds = 0;  ///< 0: no limit
    std::string json;
};

struct row {
    const char* kind;
    bool tags;
    std::uint64_t frames;
    std::uint64_t taken;
    double computed;

    /// With tags none is taken; without, as many as computed, within five standard deviations.
    [[nodiscard]] bool as_it_should() const {
        if (tags) return taken == 0;
        return std::abs(static_cast<double>(taken) - computed) <= 5 * std::sqrt(computed) + 2;
    }
};

bool read(int argc, char** argv, orders& o) {
    tools::command_line line{
        "rrdp-forge",
        "usage: rrdp-forge [OPTION...]\n\n"
        "A blind attacker sends frames into an open connection, all numbers of them drawn: so "
        "many\n"
        "of each kind with tags agreed, where none may be taken for the peer's, and so many "
        "without.\n\n",
        "Exit status: 0 as computed; 1 not; 2 wrong options.\n"};
    line.number("--count", "N", "frames of each kind (1000000)", o.count, std::uint64_t{1},
                std::uint64_t{1'000'000'000'000});
    line.number("--seed", "N", "what they are drawn from (1)", o.seed, std::uint64_t{0},
                ~std::uint64_t{0} - 1);
    line.number("--seconds", "N", "no more frames of a kind after its tenth of so long", o.seconds,
                std::uint64_t{1}, std::uint64_t{1'000'000});
    line.text("--json", "FILE", "write the summary there, too", o.json);
    return line.parse(argc, argv);
}

row forge(forged kind, bool tags, const orders& o) {
    using clock = std::chrono::steady_clock;
    const features agreed = tags ? features::fin | features::tag : features{features::fin};
    forgery f{kind, agreed, o.seed * 10 + static_cast<std::uint64_t>(kind) + (tags ? 5U : 0U)};
    const auto end = clock::now() + std::chrono::milliseconds{100 * o.seconds};
    while (f.frames < o.count) {
        f.attempt();
        if (o.seconds != 0 && f.frames % 65'536 == 0 && clock::now() >= end) break;
    }
    return {siege::forged_names[static_cast<std::size_t>(kind)], tags, f.frames, f.successes,
            f.probability() * static_cast<double>(f.frames)};
}

void write(const std::string& path, const std::string& text) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    if (file == nullptr) throw tools::system_failure(path);
    const bool written = std::fputs(text.c_str(), file) >= 0;
    if (std::fclose(file) != 0 || !written) throw tools::system_failure(path);
}

exit_status run(const orders& o) {
    const auto begin = std::chrono::steady_clock::now();
    tools::json_writer json;
    json.open_object().key("kinds").open_array();
    std::uint64_t frames = 0, forged_with_tags = 0, taken_with_tags = 0, failures = 0;
    for (const bool tags : {true, false}) {
        for (const forged kind : siege::all_forged) {
            const row r = forge(kind, tags, o);
            std::printf("%-16s %-12s %12llu forged %6llu taken %12.6f computed%s\n", r.kind,
                        r.tags ? "with tags" : "without tags",
                        static_cast<unsigned long long>(r.frames),
                        static_cast<unsigned long long>(r.taken), r.computed,
                        r.as_it_should() ? "" : "  WRONG");
            json.open_object().field("kind", r.kind).field("tags", r.tags);
            json.field("frames", r.frames).field("taken", r.taken);
            json.field("computed", r.computed, 6).close_object();
            frames += r.frames;
            if (tags) forged_with_tags += r.frames, taken_with_tags += r.taken;
            failures += r.as_it_should() ? 0U : 1U;
        }
    }
    std::printf("%llu of %llu frames with tags taken\n",
                static_cast<unsigned long long>(taken_with_tags),
                static_cast<unsigned long long>(forged_with_tags));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    json.close_array().field("executions", frames).field("with_tags", forged_with_tags);
    json.field("taken_with_tags", taken_with_tags).field("failures", failures);
    json.field("seconds", took.count(), 3).field("seeds", std::uint64_t{1});
    json.close_object();
    if (!o.json.empty()) write(o.json, json.text() + "\n");
    return failures == 0 ? exit_status::ok : exit_status::failed;
}

}  // namespace

int main(int argc, char** argv) {
    return tools::run_tool("rrdp-forge", [&] {
        orders o;
        return read(argc, argv, o) ? run(o) : exit_status::ok;
    });
}
