// SPDX-License-Identifier: Apache-2.0
#include <rrdp/adapters/packet.hpp>
#include <rrdp/adapters/packet_ring.hpp>
#include <rrdp/adapters/xdp.hpp>

#if defined(RRDP_HAVE_PCAP)
#include <rrdp/adapters/pcap.hpp>
#endif

#include "adapters/copies.hpp"
#include "adapters/packet_kit.hpp"

// How often a payload is written on its way over Ethernet, counted in memory itself; the others are
// in copies_test.cpp. Exits with 77 where there may be no network of its own.

namespace rrdp {
namespace {

using packet_kit::expect;
using strings = std::vector<std::string>;

std::string joined(const strings& names) {
    std::string all = std::to_string(names.size()) + " places";
    for (const std::string& name : names) all += (&name == &names.front() ? ": " : "; ") + name;
    return all;
}

/// The places of a message that was composed in place; with one that was sent from memory of the
/// caller's there is exactly one more. As many as the documentation says.
template <class Link, class... Options>
void places(const char* name, strings expected, const Options&... options) try {
    Link a{"v0", options...};
    Link b{"v1", options...};
    copies::conversation<wire::ethernet_framing, Link> talk{a, a.properties().address, b,
                                                            b.properties().address};
    const strings composed = talk.places(true);
    const strings sent = talk.places(false);
    std::printf("%-12s %s\n", name, joined(composed).c_str());
    expect(composed == expected, joined(expected));
    expect(talk.scanned() > 100'000, "there was memory to look at");
    packet_kit::expect_equal(composed.size(), copies::documented(name), "the number of places");
    expected.insert(expected.begin(), "caller");
    expect(sent == expected, "sent, not composed: " + joined(expected) + ", not " + joined(sent));
} catch (const std::system_error& error) {
    const bool lawful = error.code() == std::errc::operation_not_permitted ||
                        error.code() == std::errc::permission_denied ||
                        error.code() == std::errc::operation_not_supported ||
                        error.code() == std::errc::address_family_not_supported;
    expect(lawful, error.what());
    std::printf("%-12s skipped: %s\n", name, error.what());
}

// The sender's engine keeps the message until it is confirmed, and writes it into the frame sent.
// The kernel copies that to a place of its own, which is not seen from here, and from there into
// the frame received: into our slot, our ring, or our chunk. The receiver's engine keeps the
// message until it is given back. libpcap takes the place in its ring back at once, so that the
// link has to copy the frame out of it.
void run() {
    const strings usual{"frame received", "frame sent", "receiver", "sender"};
    const private_network::wire wire;
    places<adapters::packet>("packet", usual);
    places<adapters::packet_ring>("packet_ring", usual);
    for (const auto where : {adapters::xdp_attachment::native, adapters::xdp_attachment::generic})
        places<adapters::xdp>("xdp", usual, adapters::xdp_options{.attachment = where});
#if defined(RRDP_HAVE_PCAP)
    places<adapters::pcap>("pcap",
                           {"elsewhere", "frame received", "frame sent", "receiver", "sender"});
#else
    std::printf("pcap         skipped: built without libpcap\n");
#endif
}

}  // namespace
}  // namespace rrdp

int main() {
    return rrdp::packet_kit::with_network(rrdp::run);
}
