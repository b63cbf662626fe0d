// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/core/context.hpp>
#include <rrdp/wire/reset.hpp>
#include <rrdp/wire/writer.hpp>

namespace rrdp::detail {

/// The RST that ends it: `<SEQ=SND.NXT><ACK=RCV.CUR>`. Without TAG the bare and
/// the connection form look the same.
template <class Policy>
constexpr std::size_t transmit_reset(connection_record<Policy>& c, context<Policy>& x,
                                     octets room) noexcept {
    const sequence number = c.sending.next();
    const sequence last = c.receiving.last_in_order();
    const bool tagged = c.agreed.has(wire::features::tag);
    wire::reset_form r;
    r.form = wire::reset_form::kind::connection;
    if (c.reset_bare)
        r.form = tagged ? wire::reset_form::kind::bare_tagged : wire::reset_form::kind::bare;
    r.reason = c.reset;
    if (tagged) r.tag = c.peer_tag;
    r.sequence_high = number.high();
    r.acknowledgement_high = last.high();
    wire::segment_writer out{room};
    out.base(wire::flags_rst_ack, c.local_port, c.remote_port, number.low(), last.low());
    wire::write_reset(out, r, c.agreed);
    c.reset_due = false;
    x.stats.resets_out.count(c.reset);
    return out.finish();
}

}  // namespace rrdp::detail
