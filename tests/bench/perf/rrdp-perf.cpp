// SPDX-License-Identifier: Apache-2.0
// Latency, bandwidth and message rate from end to end: RRDP over every link, the links without a
// protocol, and the kernel's protocols, in one interleaved run: `rrdp-perf --help`.
#include <cstdio>

#include "incast.hpp"
#include "machine.hpp"
#include "measure.hpp"
#include "remote.hpp"
#include "tools/support/failure.hpp"
#include "two_hosts.hpp"

namespace rrdp::bench {
namespace {

using tools::exit_status;
using tools::failure;

/// The processors of the two ends; one for both where there are no two.
std::vector<unsigned> choose_processors(results& all) {
    const auto there = processors();
    std::vector<unsigned> chosen = all.asked.cpus;
    if (chosen.empty()) chosen = {there.front(), there.size() > 1 ? there[1] : there.front()};
    for (const unsigned cpu : chosen)
        if (std::find(there.begin(), there.end(), cpu) == there.end())
            throw failure{exit_status::usage, "--cpu",
                          "there is no processor " + std::to_string(cpu) + " for this process"};
    one_processor = chosen[0] == chosen[1];
    if (one_processor)
        all.remarks.emplace_back(
            "One processor for both ends: they give way to each other (sched_yield), and times "
            "say more of that than of protocols.");
    all.cpus = std::to_string(chosen[0]) + " and " + std::to_string(chosen[1]);
    return chosen;
}

/// Links that were asked for and are not in this program.
void remark_missing(results& all, const std::vector<row>& rows) {
    for (const std::string& link : all.asked.links) {
        const std::string kind = link.substr(0, link.find(':'));
        const bool known =
            std::any_of(rows.begin(), rows.end(), [&](const row& r) { return r.link == kind; });
        if (!known) all.remarks.push_back(kind + " not run: built without its library");
    }
}

int report(results& all) {
    all.load_after = load_text();
    print(all);
    if (!all.asked.json.empty()) write_json(all);
    if (!all.asked.hgrm.empty()) write_hgrm(all);
    for (const cell& c : all.cells)
        if (c.ran()) return 0;
    std::fprintf(stderr, "rrdp-perf: nothing could be run\n");
    return static_cast<int>(exit_status::usage);
}

int alone(results& all) {
    const auto rows = all_rows();
    const auto chosen = choose_processors(all);
    two_hosts hosts{all.asked.mtu};
    tools::pin_to_cpu(chosen[hosts.is_child() ? 1 : 0]);
    if (hosts.is_child()) {
        serve_all(hosts.here(), hosts.other());
        std::_Exit(0);
    }
    if (!hosts.here().why_no_interface.empty())
        all.remarks.push_back("No veth pair (" + hosts.here().why_no_interface +
                              "): the kernel's protocols go over loopback.");
    remark_missing(all, rows);
    measure_all(all, rows, hosts.here(), hosts.other());
    hosts.end();
    return report(all);
}

int with_server(results& all) {
    const auto rows = all_rows();
    tools::pin_to_cpu(choose_processors(all)[0]);
    line other = remote::connect(all.asked.server);
    const place here = remote::meet(side::near, all.asked.links[0], other, all.asked.mtu);
    all.asked.mtu = here.mtu;
    remark_missing(all, rows);
    measure_all(all, rows, here, other);
    return report(all);
}

int serve_clients(results& all) {
    tools::pin_to_cpu(choose_processors(all)[1]);
    const kernel_socket listening = remote::listen(all.asked.at);
    std::printf("serving %s at %s; end it with SIGINT\n", all.asked.links[0].c_str(),
                all.asked.at.c_str());
    std::fflush(stdout);
    for (;;) {
        try {
            line other = remote::accept(listening);
            serve_all(remote::meet(side::far, all.asked.links[0], other, 65'521), other);
        } catch (const std::exception& e) {
            std::fprintf(stderr, "rrdp-perf: %s\n", e.what());
        }
    }
}

int run_plan(int argc, char** argv) {
    results all;
    if (!read_plan(argc, argv, all.asked)) return 0;
    if (!all.asked.hgrm.empty() && ::access(all.asked.hgrm.c_str(), W_OK) != 0)
        throw failure{exit_status::usage, "--hgrm", "is no folder that can be written to"};
    all.words = "rrdp-perf";
    for (int i = 1; i < argc; ++i) all.words += std::string{" "} + argv[i];
    all.machine = machine_text();
    all.date = date_text();
    all.load_before = load_text();
    if (all.asked.what == command::serve) return serve_clients(all);
    if (all.asked.what == command::incast) return run_incast(all);
    return all.asked.server.empty() ? alone(all) : with_server(all);
}

}  // namespace
}  // namespace rrdp::bench

int main(int argc, char** argv) {
    return tools::run_tool("rrdp-perf", [&] { return rrdp::bench::run_plan(argc, argv); });
}
