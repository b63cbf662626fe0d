// SPDX-License-Identifier: Apache-2.0
// Shows the counters and connections of running programs, and what a link carries.
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <rrdp/trace/status_file.hpp>

#include "support/command_line.hpp"
#include "support/link_count.hpp"
#include "support/status_report.hpp"

namespace {

using namespace std::chrono_literals;
using tools::exit_status;
using tools::failure;

constexpr const char* usage_head =
    "rrdp-stat shows what RRDP programs and links are doing, in numbers.\n\n"
    "  rrdp-stat                           which programs show how they stand\n"
    "  rrdp-stat [options] NAME            counters, rates and connections of one of them\n"
    "  rrdp-stat [options] --link LINK     frames that arrive on a link; sends nothing\n\n"
    "A program shows how it stands when it was started with --stat NAME, or has a\n"
    "rrdp::trace::status_file. NAME may be the path of such a file. A second is waited for a\n"
    "second reading, of which rates are made.\n";

constexpr const char* usage_tail =
    "The files are text in the format that Prometheus reads; the textfile collector of\n"
    "node_exporter takes them as they are.\n\n"
    "Examples:\n"
    "  rrdp-proxy --stat web --interface eth0 ... & rrdp-stat --watch web\n"
    "  rrdp-stat --json web | jq '.each[] | {node, srtt_seconds}'\n"
    "  rrdp-stat --link packet:eth0 --watch\n\n"
    "Exit status: 0 done; 1 the file or the link cannot be read; 2 wrong options; 3 the program\n"
    "is gone.\n";

struct stat_options {
    std::vector<std::string> names;
    tools::link_count_options link;
    bool watch = false, json = false;
    rrdp::duration every = 1s;
};

void declare(tools::command_line& line, stat_options& o) {
    line.section("Options:");
    line.flag("--watch", "again and again, until a signal comes or the program is gone", o.watch);
    line.time("--every", "TIME", "how long to wait between two readings (1s)", o.every, 1ms);
    line.flag("--json", "a JSON object for each reading", o.json);
    o.link.declare(line);
    line.arguments(o.names);
}

bool is_alive(double process) {
    if (process < 1 || process > std::numeric_limits<pid_t>::max()) return false;
    return ::kill(static_cast<pid_t>(process), 0) == 0 || errno == EPERM;
}

void show(const stat_options& o, const tools::status_reading& now,
          const tools::status_reading* before) {
    const auto clock = std::chrono::system_clock::now().time_since_epoch();
    const double age =
        std::chrono::duration<double>(clock).count() - now.value("snapshot_time_seconds");
    const tools::status_pair pair{now, before, std::max(age, 0.0),
                                  is_alive(now.value("process_id"))};
    o.json ? print_json(pair) : print_text(pair);
    if (std::fflush(stdout) != 0) throw tools::system_failure("standard output");
}

/// Nothing: the program has ended meanwhile, and its file with it.
std::optional<tools::status_reading> read_again(const std::string& path, bool first) {
    try {
        return tools::status_reading{path};
    } catch (const failure&) {
        std::error_code none;
        if (first || std::filesystem::exists(path, none)) throw;
        return std::nullopt;
    }
}

/// How long a second reading is waited for: a program that is stopped never writes one.
rrdp::duration patience(const tools::status_reading& r) {
    const double seconds = std::clamp(r.value("period_seconds"), 0.0, 60.0);
    return std::chrono::milliseconds{static_cast<int>(seconds * 2'000) + 1'000};
}

exit_status show_program(const stat_options& o) {
    std::string path;
    try {
        path = rrdp::trace::status_file::path_of(o.names[0]);
    } catch (const std::invalid_argument& e) {
        throw failure{exit_status::usage, tools::quoted(o.names[0]), e.what()};
    }
    if (std::error_code none; !std::filesystem::exists(path, none))
        throw failure{exit_status::failed, path,
                      "nobody shows how he stands there; a program does with --stat"};
    tools::sleeper sleep{{}};
    std::optional<tools::status_reading> before;
    rrdp::instant late{};
    for (bool first = true;; first = false) {
        const auto read = read_again(path, first);
        if (!read) return exit_status::not_connected;
        const tools::status_reading& now = *read;
        const bool alive = is_alive(now.value("process_id"));
        const bool fresh =
            !before || now.value("running_seconds") != before->value("running_seconds");
        const rrdp::instant start = tools::clock_now();
        if (first) late = start + patience(now);
        const bool enough = !o.watch && before && (fresh || start >= late);
        if (!alive || enough || (before && o.watch)) show(o, now, before ? &*before : nullptr);
        if (!alive) return exit_status::not_connected;
        if (enough) return exit_status::ok;
        if (fresh) before = now;
        const rrdp::instant next =
            start + (o.watch ? o.every : std::min<rrdp::duration>(o.every, 200ms));
        while (!sleep.asked_to_end() && tools::clock_now() < next)
            sleep.rest(tools::clock_now(), next);
        if (sleep.asked_to_end()) return exit_status::ok;
    }
}

/// Programs that show how they stand, a line each.
exit_status list(const stat_options& o) {
    tools::json_writer json;
    json.open_array();
    std::error_code none;
    std::vector<std::string> paths;
    for (const auto& entry :
         std::filesystem::directory_iterator{std::string{rrdp::trace::status_file::folder}, none}) {
        const std::string file = entry.path().filename().string();
        const bool begun = !entry.is_regular_file(none) || entry.file_size(none) != 0;
        if (begun && file.starts_with("rrdp-") && file.ends_with(".prom"))
            paths.push_back(entry.path().string());
    }
    std::sort(paths.begin(), paths.end());
    for (const std::string& path : paths) {
        try {
            const tools::status_reading r{path};
            const bool alive = is_alive(r.value("process_id"));
            if (!o.json)
                std::printf("%-24s process %-8.0f %6.0f connection%s running for %s s%s\n",
                            r.name().c_str(), r.value("process_id"), r.value("connections"),
                            r.value("connections") == 1 ? "  " : "s ",
                            tools::fixed(r.value("running_seconds"), 0).c_str(),
                            alive ? "" : tools::painted(tools::tone::bad, "  GONE").c_str());
            json.open_object().field("name", r.name()).field("path", path);
            json.field("process_id",
                       tools::status_sample::whole<std::int64_t>(r.value("process_id")));
            json.field("alive", alive);
            json.field("connections",
                       tools::status_sample::whole<std::uint64_t>(r.value("connections")));
            json.close_object();
        } catch (const failure& f) {  // gone meanwhile, or another's
            std::fprintf(stderr, "%s%s\n", tools::speaker("rrdp-stat").c_str(),
                         tools::printable(f.what()).c_str());
        }
    }
    json.close_array();
    if (o.json) std::printf("%s\n", json.text().c_str());
    if (!o.json && paths.empty()) std::printf("no program shows how it stands (--stat)\n");
    return exit_status::ok;
}

exit_status run(int argc, char** argv) {
    stat_options o;
    tools::command_line line{"rrdp-stat", usage_head, usage_tail};
    declare(line, o);
    if (!line.parse(argc, argv)) return exit_status::ok;
    if (o.names.size() > 1)
        throw failure{exit_status::usage, tools::quoted(o.names[1]), "one program at a time"};
    const bool live = o.link.host.named_a_link();
    if (live && !o.names.empty())
        throw failure{exit_status::usage, tools::quoted(o.names[0]), "a program, and --link too"};
    if (live) {
        tools::count_link(o.link, o.watch, o.json, o.every);
        return exit_status::ok;
    }
    if (o.watch && o.names.empty())
        throw failure{exit_status::usage, "--watch", "whom? A NAME or --link is missing"};
    return o.names.empty() ? list(o) : show_program(o);
}

}  // namespace

int main(int argc, char** argv) {
    return tools::run_tool("rrdp-stat", [&] { return run(argc, argv); });
}
