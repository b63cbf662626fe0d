// SPDX-License-Identifier: Apache-2.0
#include <rrdp/adapters/udp.hpp>

#include "engine_end.hpp"
#include "raw_end.hpp"
#include "rows.hpp"

namespace rrdp::bench {
namespace {

struct over_udp {
    using framing = framings::udp4;
    using link = adapters::basic_udp<framing>;
    static framing::address own(const place& p) { return p.own_udp; }
    static framing::address peer(const place& p) { return p.peer_udp; }
    static std::unique_ptr<link> open(const place& p, const job&) {
        return std::make_unique<link>(link::options_type{.address = p.own_udp, .max_frame = p.mtu});
    }
};

}  // namespace

void add_udp_rows(std::vector<row>& all) {
    all.push_back(row_of<raw_end<over_udp>>("udp raw", row_kind::raw, "udp"));
    all.push_back(row_of<engine_end<over_udp>>("udp", row_kind::rrdp, "udp"));
}

}  // namespace rrdp::bench
