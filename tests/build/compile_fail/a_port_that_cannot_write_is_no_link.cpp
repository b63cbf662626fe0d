// SPDX-License-Identifier: Apache-2.0
// says: (?s)constraint.*write

#include <rrdp/link/copying.hpp>

struct reading_port {
    rrdp::link_properties properties() const noexcept { return {}; }
    std::size_t read(rrdp::octets) { return 0; }
};

struct port : reading_port {
    bool write(rrdp::octets_view) { return true; }
};

static_assert(rrdp::link<rrdp::copying<port>>);
#ifdef MISTAKE
static_assert(rrdp::link<rrdp::copying<reading_port>>);
#endif
