// SPDX-License-Identifier: Apache-2.0
// says: nodiscard

#include <rrdp/base/result.hpp>

rrdp::result<int, bool> send();

bool careful() {
    return send().has_value();
}

#ifdef MISTAKE
void careless() {
    send();
}
#endif
