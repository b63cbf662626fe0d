// SPDX-License-Identifier: Apache-2.0
// says: (?s)static.assert.*checksum

#include <rrdp/rrdp.hpp>

struct trusted : rrdp::default_policy {
    using checksum = rrdp::wire::none_trusted;
};
static_assert(rrdp::policy<trusted>);

#ifdef MISTAKE
struct invented : rrdp::default_policy {
    using checksum = int;
};
static_assert(rrdp::policy<invented>);
#endif
