// SPDX-License-Identifier: Apache-2.0
// One conversation between two processes, over shm, unix_datagram and udp: the link and the policy
// are exchanged, and the rest of the program stays as it is.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>

#include <rrdp/adapters/shm.hpp>
#include <rrdp/adapters/udp.hpp>
#include <rrdp/adapters/unix_datagram.hpp>
#include <rrdp/framings/udp.hpp>
#include <rrdp/rrdp.hpp>

#include "08_conversation.hpp"

//-- begin snippet policies
struct bare : rrdp::default_policy {  // shm: two ends, no addresses
    using framing = rrdp::wire::bare_framing;
};
struct over_udp : rrdp::default_policy {  // udp: a frame is an IP datagram
    using framing = rrdp::framings::udp4;
};
// unix_datagram, packet, packet_ring, xdp: Ethernet frames, as rrdp::default_policy has them
//-- end snippet

bool over(int which, pid_t family, std::uint16_t own) try {
    const std::string name = "rrdp-example-08-" + std::to_string(family);
    const auto port = static_cast<std::uint16_t>(20'000 + family % 10'000);
    //-- begin snippet links
    if (which == 0) {
        rrdp::adapters::shm link{name.c_str()};
        return converse<bare>(link, own, rrdp::wire::no_address{}, rrdp::wire::no_address{});
    }
    if (which == 1) {
        rrdp::adapters::unix_datagram link{'@' + name};  // no addresses: any two will do
        const rrdp::wire::mac_address one{{2, 0, 0, 0, 0, 1}}, two{{2, 0, 0, 0, 0, 2}};
        return converse<rrdp::default_policy>(link, own, own == 1 ? one : two,
                                              own == 1 ? two : one);
    }
    const rrdp::framings::udp4::address one{{{127, 0, 0, 1}}, port}, two{{{127, 0, 0, 2}}, port};
    rrdp::adapters::udp link{rrdp::adapters::udp_options{.address = own == 1 ? one : two}};
    return converse<over_udp>(link, own, link.address(), own == 1 ? two : one);
    //-- end snippet
} catch (const std::exception& e) {
    std::fprintf(stderr, "08_two_processes: %s\n", e.what());
    return false;
}

int main() {
    const pid_t family = ::getpid();
    constexpr const char* words[] = {"shm", "unix_datagram", "udp"};
    for (int which = 0; which < 3; ++which) {
        const pid_t child = ::fork();
        if (child == 0) ::_exit(over(which, family, 2) ? 0 : 1);
        int status = 1;
        const bool good = over(which, family, 1);
        if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0 || !good) return 1;
        std::printf("%s: hello there, and back\n", words[which]);
        std::fflush(stdout);  // so that no child prints it again
    }
}
