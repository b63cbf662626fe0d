// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdio>

#include <rrdp/adapters/loopback.hpp>
#include <rrdp/rrdp.hpp>

// One octet from one end of a wire to the other: the headers are found and the program links.
int main() {
    rrdp::adapters::loopback wire{};
    auto lease = wire.a.lease(1);
    if (!lease) return 1;
    lease->bytes()[0] = std::byte{42};
    lease->commit(1);
    const auto frame = wire.b.receive();
    if (!frame || frame->bytes()[0] != std::byte{42}) return 1;
    std::printf("RRDP %d.%d.%d\n", RRDP_VERSION_MAJOR, RRDP_VERSION_MINOR, RRDP_VERSION_PATCH);
    return 0;
}
