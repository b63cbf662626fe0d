// SPDX-License-Identifier: Apache-2.0
#include <rrdp/adapters/packet.hpp>
#include <rrdp/adapters/packet_ring.hpp>
#include <rrdp/adapters/xdp.hpp>
#ifdef RRDP_HAVE_PCAP
#include <rrdp/adapters/pcap.hpp>
#endif
#ifdef RRDP_HAVE_DPDK
#include <rrdp/adapters/dpdk.hpp>
#include <rrdp/adapters/dpdk_port.hpp>
#endif

#include "engine_end.hpp"
#include "raw_end.hpp"
#include "rows.hpp"

namespace rrdp::bench {
namespace {

template <class Opener>
void add(std::vector<row>& all, const char* link, const char* raw) {
    all.push_back(row_of<raw_end<Opener>>(raw, row_kind::raw, link));
    all.push_back(row_of<engine_end<Opener>>(link, row_kind::rrdp, link));
}

#ifdef RRDP_HAVE_DPDK
/// A port over AF_PACKET, or what the user named. EAL can be started once in a process, so that the
/// port stays.
struct over_dpdk : of_ethernet {
    using link = adapters::dpdk;
    static std::unique_ptr<link> open(const place& p, const job&) {
        static const std::uint16_t port = adapters::dpdk_port(
            p.link_text.empty() ? std::string{"net_af_packet0,iface="} + interface_of(p)
                                : p.link_text.substr(p.link_text.find(':') + 1));
        return std::make_unique<link>(port);
    }
};
#endif

}  // namespace

void add_ethernet_rows(std::vector<row>& all) {
    add<on_interface<adapters::packet>>(all, "packet", "packet raw");
    add<on_interface<adapters::packet_ring>>(all, "packet-ring", "packet-ring raw");
    add<on_interface<adapters::xdp>>(all, "xdp", "xdp raw");
#ifdef RRDP_HAVE_PCAP
    add<on_interface<adapters::pcap>>(all, "pcap", "pcap raw");
#endif
#ifdef RRDP_HAVE_DPDK
    add<over_dpdk>(all, "dpdk", "dpdk raw");
#endif
}

}  // namespace rrdp::bench
