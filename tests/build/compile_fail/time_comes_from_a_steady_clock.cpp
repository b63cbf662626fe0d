// SPDX-License-Identifier: Apache-2.0
// says: RRDP time must not jump

#include <rrdp/base/time.hpp>

rrdp::instant steady() {
    return rrdp::to_instant(std::chrono::steady_clock::now());
}

#ifdef MISTAKE
rrdp::instant jumping() {
    return rrdp::to_instant(std::chrono::system_clock::now());
}
#endif
