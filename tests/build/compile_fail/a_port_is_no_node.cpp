// SPDX-License-Identifier: Apache-2.0
// says: conver|cannot initialize

#include <rrdp/rrdp.hpp>

constexpr std::uint16_t port = 7;

rrdp::peer meant() {
    return {.node = rrdp::node_id{2}, .port = port};
}

#ifdef MISTAKE
rrdp::peer mistaken() {
    return {.node = port, .port = port};
}
#endif
