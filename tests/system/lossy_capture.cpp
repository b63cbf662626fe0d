// SPDX-License-Identifier: Apache-2.0
// Writes a capture of a lossy simulation, and prints what was lost: lossy_capture FILE.
#include <cstdio>

#include <rrdp/adapters/capture_file.hpp>
#include <rrdp/adapters/captured.hpp>
#include <rrdp/adapters/captured_faults.hpp>
#include <rrdp/adapters/simulated.hpp>
#include <rrdp/testing/test_frame.hpp>

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    namespace adapters = rrdp::adapters;
    adapters::simulated wire{9, {.faults = {.loss = 0.2}}};
    adapters::capture_file file{argv[1]};
    adapters::captured a{wire.a, file, "a"};
    adapters::captured b{wire.b, file, "b"};
    adapters::captured_faults<adapters::capture_file> faults{file, "wire"};
    wire.observe(&faults);
    const rrdp::testing::frame_ends ends{a.properties().address, b.properties().address};
    for (std::size_t i = 0; i < 1'000; ++i) {
        a.set_time(wire.time());
        if (auto lease = a.lease(60)) {
            rrdp::testing::write_test_frame(lease->bytes().first(60), ends, i);
            lease->commit(60);
        }
        wire.advance_to(wire.time() + std::chrono::nanoseconds{100'001});
        b.set_time(wire.time());
        while (b.receive()) {}
    }
    const auto& counts = wire.statistics(adapters::direction::a_to_b);
    std::printf("{\"sent\":%llu,\"lost\":%llu}\n", static_cast<unsigned long long>(counts.sent),
                static_cast<unsigned long long>(counts.lost));
    return file.flush() ? 0 : 1;
}
