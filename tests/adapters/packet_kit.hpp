// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <rrdp/adapters/packet.hpp>
#include <rrdp/adapters/packet_ring.hpp>

#include "adapters/private_network.hpp"

/// What the programs that test the AF_PACKET links share. They know no test framework, because they
/// need a network of their own before anything else runs; they exit with 77 where they may not have
/// one.
namespace rrdp::packet_kit {

using adapters::interface_state;
using adapters::packet;
using adapters::packet_options;
using adapters::packet_ring;
using private_network::ip;

inline int failures = 0;

inline void expect(bool kept, const std::string& claim) {
    if (kept) return;
    ++failures;
    std::printf("    BROKEN: %s\n", claim.c_str());
}

template <class Value>
void expect_equal(const Value& is, const Value& should, const std::string& what) {
    expect(is == should, what + " is " + std::to_string(is) + ", not " + std::to_string(should));
}

inline constexpr wire::mac_address first{{2, 0, 0, 0, 0, 1}};
inline constexpr wire::mac_address second{{2, 0, 0, 0, 0, 2}};
inline constexpr wire::mac_address stranger{{2, 0, 0, 0, 0, 9}};
inline constexpr wire::mac_address everybody{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

/// Sends a frame whose octets after the addresses are `words`, in network order, then zeros.
template <class Link>
void send(Link& from, const wire::mac_address& to, std::initializer_list<std::uint16_t> words,
          std::size_t size = 60) {
    auto lease = from.lease(size);
    const octets frame = lease ? lease->bytes() : octets{};
    expect(frame.size() >= size, "the link has room");
    if (frame.size() < size) return;
    clear_octets(frame);
    wire::store_mac(frame, 0, to);
    wire::store_mac(frame, 6, from.properties().address);
    std::size_t at = 12;
    for (const std::uint16_t word : words) {
        store_be16(frame, at, word);
        at += 2;
    }
    lease->commit(size);
    from.flush();
}

/// The next frame, waited for at most `patience` milliseconds: long where one must come, since the
/// machine may be busy, and short where none may.
template <class Link>
std::optional<typename Link::rx_frame> next(Link& at, int patience = 3'000) {
    for (int look = 0; look < patience; ++look) {
        if (auto frame = at.receive()) return frame;
        pollfd ready{at.native_handle(), POLLIN, 0};
        ::poll(&ready, 1, 1);
    }
    return std::nullopt;
}

/// What the word at `at` of the next frames is: of as many as must come, however busy the machine,
/// and of those that come although they must not.
template <class Link>
std::vector<int> words(Link& from, std::size_t at, std::size_t expected) {
    std::vector<int> seen;
    while (const auto frame = next(from, seen.size() < expected ? 3'000 : 100))
        seen.push_back(load_be16(frame->bytes(), at));
    return seen;
}

/// Whether the interface is in that state at last: the kernel may take a second to notice the
/// carrier, and its loss.
template <class Link>
bool comes_to(Link& at, interface_state wanted) {
    for (int look = 0; look < 3'000; ++look) {
        if (at.state() == wanted) return true;
        ::usleep(1'000);
    }
    return false;
}
template <class Link>
bool comes_up(Link& at) {
    return comes_to(at, interface_state::up);
}

/// Whether the link meets the trouble that its interface is in, by looking for frames in vain.
template <class Link>
bool notices(Link& at) {
    for (int look = 0; look < 1'000 && !at.error(); ++look)
        if (!at.receive()) ::usleep(100);
    return static_cast<bool>(at.error());
}

/// The sum of what the interfaces are asked to hear for node resolution.
inline int places_in_the_group() {
    std::ifstream lines{"/proc/self/net/dev_mcast"};
    int places = 0;
    int index = 0;
    int users = 0;
    int global = 0;
    std::string name;
    std::string address;
    while (lines >> index >> name >> users >> global >> address)
        if (address == "035252445000") places += users;
    return places;
}

/// The words at offset 14 of the frames that arrive until a frame with the word 0xffff there.
template <class Link>
std::vector<int> numbers_until_marker(Link& at) {
    std::vector<int> numbers;
    while (const auto frame = next(at)) {
        const int number = load_be16(frame->bytes(), 14);
        if (number == 0xffff) return numbers;
        numbers.push_back(number);
    }
    expect(false, "the marker arrives");
    return numbers;
}

template <class Link>
struct pair {
    explicit pair(const packet_options& options = {}) {
        a.emplace("v0", options);
        b.emplace("v1", options);
    }
    std::optional<Link> a;
    std::optional<Link> b;
};

/// What the constructor says; empty when it succeeds.
template <class Link>
std::string complaint(const char* interface, const packet_options& options = {}) {
    try {
        Link{interface, options};
        return {};
    } catch (const std::system_error& error) {
        return error.what();
    }
}

/// Runs the claims of a program in a network of their own; what `main` is to return.
template <class Run>
int with_network(Run run) {
    if (const std::string obstacle = private_network::enter(); !obstacle.empty()) {
        std::printf("skipped: %s\n", obstacle.c_str());
        return 77;
    }
    run();
    std::printf("%s\n", failures == 0 ? "all kept" : "promises were broken");
    return failures == 0 ? 0 : 1;
}

}  // namespace rrdp::packet_kit
