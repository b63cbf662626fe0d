// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/framings/ip.hpp>
#include <rrdp/framings/udp.hpp>
#include <rrdp/framings/vlan.hpp>
#include <rrdp/wire/codec.hpp>

#include "check.hpp"
#include "input.hpp"

/// Any octets, read as a frame of the framing that the first octet names: nothing is read outside
/// of it, what is refused has a reason, and what is accepted is written again as it was, as far as
/// a framing writes it. A second octet says whether to make an IPv4 header's checksum right first.
namespace rrdp {
namespace {

using fuzz::check;
using frame_octets = std::vector<std::byte>;

void repair(frame_octets& frame) {
    if (frame.size() < 20) return;
    const std::size_t header = (std::to_integer<std::size_t>(frame[0]) & 0xf) * 4;
    if (header < 20 || header > frame.size()) return;
    store_be16(frame, 10, 0);
    store_be16(frame, 10, wire::checksum_of(octets_view{frame}.first(header)));
}

template <class Framing>
void read(const Framing& f, const frame_octets& frame) {
    const auto p = f.parse(frame);
    const auto why = f.refusal(frame);
    if (!p) return check(why <= wire::framing_errc::datagram_checksum, "a refusal has a reason");
    const std::byte* const begin = frame.data();
    check(p->payload.data() >= begin + Framing::overhead &&
              p->payload.data() + p->payload.size() <= begin + frame.size(),
          "the payload lies behind the header and in the frame");
    if (p->payload.size() < wire::base_octets) return;

    frame_octets again(Framing::overhead + p->payload.size() + 64, std::byte{0xee});
    f.write_header(again, p->destination, p->source);
    copy_octets(p->payload, octets{again}.subspan(Framing::overhead));
    again.resize(f.finish(again, p->payload.size()));
    const auto q = f.parse(again);
    check(q.has_value(), "what is written is read");
    check(q->destination == p->destination && q->source == p->source, "addresses stay");
    check(q->payload.size() >= p->payload.size(), "nothing is cut off");
    if constexpr (requires { f.pseudo_sum(*p); }) {
        const auto s = wire::parse(p->payload);
        const auto t = wire::parse(q->payload);
        if (!s || !t) return;
        check(wire::checksum_valid(*t, wire::coverage::header_and_data, f.pseudo_sum(*q)) ==
                  wire::checksum_valid(*s, wire::coverage::header_and_data),
              "the pseudo-header is taken in as it is counted");
    }
}

}  // namespace
}  // namespace rrdp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rrdp::fuzz::input in{data, size};
    const unsigned which = in.octet() % 5;
    const bool repaired = in.flag();
    const rrdp::octets_view rest = in.rest();
    if (rest.size() > 20'000) return 0;
    rrdp::frame_octets frame(rest.begin(), rest.end());
    if (repaired) rrdp::repair(frame);
    switch (which) {
        case 0: rrdp::read(rrdp::framings::ipv4{}, frame); break;
        case 1: rrdp::read(rrdp::framings::ipv6{}, frame); break;
        case 2: rrdp::read(rrdp::framings::udp4{}, frame); break;
        case 3: rrdp::read(rrdp::framings::udp6{}, frame); break;
        case 4: rrdp::read(rrdp::framings::vlan{}, frame); break;
    }
    return 0;
}
