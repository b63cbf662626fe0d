// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <rrdp/rrdp.hpp>

namespace tools {

/// Why a connection ended, for a human, and the name of the reason, for a search: "no answer
/// (timed_out_connect)".
inline std::string end_text(rrdp::end_reason reason, rrdp::wire::reset_reason reset) {
    std::string text;
    switch (reason) {
        case rrdp::end_reason::refused: text = "the connection was refused"; break;
        case rrdp::end_reason::reset: text = "the peer broke the connection off"; break;
        case rrdp::end_reason::timed_out_connect: text = "no answer"; break;
        case rrdp::end_reason::timed_out_data:
        case rrdp::end_reason::timed_out_keepalive: text = "the peer has stopped answering"; break;
        default: text = "the connection has ended"; break;
    }
    text += std::string{" ("} + rrdp::name(reason);
    if (reason == rrdp::end_reason::refused || reason == rrdp::end_reason::reset)
        text += std::string{": "} + rrdp::wire::name(reset);
    return text + ')';
}

/// Why a connection cannot even be tried, or a port not be listened on.
inline std::string start_text(rrdp::errc error) {
    if (error == rrdp::errc::unknown_node)
        return "is in no --peer and no --nodes file, or is this host (unknown_node)";
    return rrdp::name(error);
}

}  // namespace tools
