// SPDX-License-Identifier: Apache-2.0
// says: deleted

#include <utility>

#include <rrdp/rrdp.hpp>

using message = rrdp::endpoint<>::message;

message handed_on(message received) {
    return message{std::move(received)};
}

#ifdef MISTAKE
message copied(const message& received) {
    return message{received};
}
#endif
