// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <stdexcept>

#include <rrdp/rrdp.hpp>

#include "job.hpp"
#include "place.hpp"

namespace rrdp::bench {

/// How a link is opened, for ends that are templates over it: an opener has the link's type, its
/// framing, the addresses of both ends, and `open`, which throws where the link cannot be.
struct of_ethernet {
    using framing = wire::ethernet_framing;
    static wire::mac_address own(const place& p) { return p.own; }
    static wire::mac_address peer(const place& p) { return p.peer; }
};

struct of_one_machine {
    using framing = wire::bare_framing;
    static wire::no_address own(const place&) { return {}; }
    static wire::no_address peer(const place&) { return {}; }
};

/// The interface of an end; throws where it has none.
inline const char* interface_of(const place& p) {
    if (p.interface.empty()) throw std::runtime_error{p.why_no_interface};
    return p.interface.c_str();
}

/// A link on an interface.
template <class Link>
struct on_interface : of_ethernet {
    using link = Link;
    static std::unique_ptr<Link> open(const place& p, const job&) {
        return std::make_unique<Link>(interface_of(p));
    }
};

}  // namespace rrdp::bench
