// SPDX-License-Identifier: Apache-2.0
// What tests/bench/budget_test.py measures: `budget figures` prints what does not depend on the
// compiler; `budget ping-pong|stream COUNT` exchanges that many messages of 32 octets, so that
// whoever counts the instructions of two counts knows those of one message.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench/engines/crowd.hpp"
#include "bench/engines/rrdp_pair.hpp"

namespace rrdp::bench {
namespace {

#if defined(__clang__)
constexpr const char* compiler = "clang++ " __clang_version__;
#else
constexpr const char* compiler = "g++ " __VERSION__;
#endif
#ifdef __AVX2__
constexpr const char* machine = "x86-64-v3";
#else
constexpr const char* machine = "other";
#endif

void print_figures() {
    using policy = default_policy;
    const figures f = measure<rrdp_pair>({pattern::stream, 32, 10'000});
    const auto allocations = f.connect_allocations + f.warm_up_allocations + f.allocations;
    std::printf("{\n");
    std::printf("  \"compiler\": \"%s\",\n  \"machine\": \"%s\",\n", compiler, machine);
    std::printf("  \"allocations from connecting to the last message\": %llu,\n",
                static_cast<unsigned long long>(allocations));
    std::printf("  \"octets per idle connection\": %.2f,\n", octets_per_idle_connection());
    std::printf("  \"octets of the default endpoint's arena\": %zu,\n",
                endpoint<>::memory_required({}));
    std::printf("  \"sizeof connection_record\": %zu,\n", sizeof(connection_record<policy>));
    std::printf("  \"sizeof connection\": %zu,\n", sizeof(connection<policy>));
    std::printf("  \"sizeof segment_descriptor\": %zu,\n", sizeof(segment_descriptor));
    std::printf("  \"sizeof options\": %zu,\n", sizeof(options));
    std::printf("  \"sizeof endpoint\": %zu\n", sizeof(endpoint<>));
    std::printf("}\n");
}

int run(int argc, char** argv) {
    if (argc == 2 && std::strcmp(argv[1], "figures") == 0) return print_figures(), 0;
    for (const pattern how : {pattern::ping_pong, pattern::stream}) {
        if (argc != 3 || std::strcmp(argv[1], pattern_names[static_cast<std::size_t>(how)]) != 0)
            continue;
        const auto count = std::strtoull(argv[2], nullptr, 10);
        if (count > 0) return measure<rrdp_pair>({how, 32, count}), 0;
    }
    std::fprintf(stderr, "usage: budget figures | budget ping-pong COUNT | budget stream COUNT\n");
    return 2;
}

}  // namespace
}  // namespace rrdp::bench

int main(int argc, char** argv) {
    try {
        return rrdp::bench::run(argc, argv);
    } catch (const std::exception& why) {
        std::fprintf(stderr, "budget: %s\n", why.what());
        return 1;
    }
}
