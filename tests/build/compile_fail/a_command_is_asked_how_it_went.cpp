// SPDX-License-Identifier: Apache-2.0
// says: nodiscard

#include <rrdp/rrdp.hpp>

bool careful(rrdp::endpoint<>& engine) {
    return engine.listen(7) == rrdp::errc::ok;
}

#ifdef MISTAKE
void careless(rrdp::endpoint<>& engine) {
    engine.listen(7);
}
#endif
