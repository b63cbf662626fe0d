// SPDX-License-Identifier: Apache-2.0
#include "adapters/copies.hpp"

#include <rrdp/adapters/loopback.hpp>
#include <rrdp/adapters/shm.hpp>
#include <rrdp/adapters/udp.hpp>
#include <rrdp/adapters/unix_datagram.hpp>

#include "support/catch.hpp"

// How often a payload is written on its way, counted in memory itself. What needs a privilege is in
// copies_privileged.cpp.

namespace rrdp {
namespace {

using copies::conversation;
using copies::documented;
using strings = std::vector<std::string>;

/// The places of a message that was composed in place; with one that was sent from memory of the
/// caller's there is exactly one more. As many as the documentation says.
template <class Framing, class Link>
void check_places(const char* link, Link& a, const typename Framing::address& at_a, Link& b,
                  const typename Framing::address& at_b, strings expected) {
    INFO(link);
    conversation<Framing, Link> talk{a, at_a, b, at_b};
    CHECK(talk.places(true) == expected);
    CHECK(talk.scanned() > 100'000);
    CHECK(documented(link) == expected.size());
    expected.insert(expected.begin(), "caller");
    CHECK(talk.places(false) == expected);
}

/// A link whose frames are segments.
template <class Link>
void check_bare(const char* name, Link& a, Link& b, const strings& expected) {
    check_places<wire::bare_framing>(name, a, {}, b, {}, expected);
}

}  // namespace

TEST_CASE("copies: the scanner counts whole patterns wherever they lie", "[adapters][copies]") {
    const copies::pattern what;
    copies::scanner memory;
    REQUIRE(memory.good());
    const auto count = [&] { return memory.find(what, copies::mappings()).size(); };
    CHECK(count() == 0);

    std::vector<std::byte> heap(3 << 20);  // longer than what is looked at in one go
    for (std::size_t at = 0, written = 0; at + what.size <= heap.size(); at += 98'765) {
        what.write(octets{heap}.subspan(at));
        CHECK(count() == ++written);
    }
    const std::size_t all = count();
    heap[what.size - 1] ^= std::byte{1};
    CHECK(count() == all - 1);

    // The same memory, seen at two addresses, is one place.
    const int fd = ::memfd_create("copies", MFD_CLOEXEC);
    REQUIRE(::ftruncate(fd, 8'192) == 0);
    for (int i = 0; i < 2; ++i) {
        void* const at = ::mmap(nullptr, 8'192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        REQUIRE(at != MAP_FAILED);
        what.write({static_cast<std::byte*>(at) + 17, what.size});
    }
    CHECK(count() == all);
    ::close(fd);
}

// The sender's engine keeps the message until it is confirmed, and writes it into the frame, which
// the receiver's engine reads where it was written, and keeps the message until it is given back.
TEST_CASE("copies: loopback holds a message once between two engines",
          "[adapters][loopback][copies]") {
    adapters::loopback wire;
    check_places<wire::ethernet_framing>("loopback", wire.a, wire.a.properties().address, wire.b,
                                         wire.b.properties().address,
                                         {"frame sent, frame received", "receiver", "sender"});
}

// In place as with loopback, although the two ends see the ring at two addresses; else the
// receiving end copies the frame out of the ring before anybody looks at it.
TEST_CASE("copies: shm holds a message once between two engines, and once more if it copies",
          "[adapters][shm][copies]") {
    for (const bool copied : {true, false}) {
        const adapters::shm_options options{.copy_received = copied};
        const auto handles = adapters::make_shm_handles(options);
        adapters::shm a{handles, adapters::shm_side::a, options};
        adapters::shm b{handles, adapters::shm_side::b, options};
        if (copied)
            check_bare("shm", a, b, {"frame received", "frame sent", "receiver", "sender"});
        else
            check_bare("shm, in place", a, b, {"frame sent, frame received", "receiver", "sender"});
    }
}

// Between the frame sent and the frame received is the kernel, whose own place is not seen from
// here. There is none behind either: headers are written around a payload that stays where it is.
TEST_CASE("copies: sockets hold a message once at each end, and the kernel once",
          "[adapters][udp][unix][copies]") {
    const strings expected{"frame received", "frame sent", "receiver", "sender"};
    const std::string name = "@rrdp-copies-" + std::to_string(::getpid());
    adapters::unix_datagram one{name};
    adapters::unix_datagram other{name};
    check_bare("unix_datagram", one, other, expected);

    for (const bool coalescing : {true, false}) {
        const adapters::udp_options options{.address = {{{127, 0, 0, 1}}, 0},
                                            .coalescing = coalescing};
        adapters::udp near{options};
        adapters::udp far{options};
        check_places<framings::udp4>("udp", near, near.address(), far, far.address(), expected);
    }
}

}  // namespace rrdp
