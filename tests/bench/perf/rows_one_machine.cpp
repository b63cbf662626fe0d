// SPDX-License-Identifier: Apache-2.0
#include <rrdp/adapters/shm.hpp>
#include <rrdp/adapters/unix_datagram.hpp>

#include "both_ends.hpp"
#include "engine_end.hpp"
#include "raw_end.hpp"
#include "rows.hpp"

namespace rrdp::bench {
namespace {

std::string where(const place& p, const char* usual) {
    if (p.link_text.empty()) return usual + p.name;
    return p.link_text.substr(p.link_text.find(':') + 1);
}

struct over_shm : of_one_machine {
    using link = adapters::shm;
    static std::unique_ptr<link> open(const place& p, const job& j) {
        return std::make_unique<link>(where(p, "").c_str(),
                                      adapters::shm_options{.max_frame = p.mtu, .sleeps = !j.spin});
    }
};

struct over_unix : of_one_machine {
    using link = adapters::unix_datagram;
    static std::unique_ptr<link> open(const place& p, const job&) {
        return std::make_unique<link>(where(p, "/tmp/"),
                                      adapters::unix_options{.max_frame = p.mtu});
    }
};

struct over_loopback : of_one_machine {
    using link = adapters::loopback::end;
    static std::unique_ptr<link> open(const place&, const job&) { return {}; }
};

template <class End>
outcome measure_alone(const place& p, const job& j, line&) {
    if (!j.spin) throw std::runtime_error{"both ends are one thread, which cannot sleep"};
    both_ends<End> ends{p, j};
    outcome o = run(ends, j);
    o.repeated = ends.repeated();
    return o;
}

}  // namespace

void add_one_machine_rows(std::vector<row>& all) {
    all.push_back(row_of<raw_end<over_shm>>("shm raw", row_kind::raw, "shm"));
    all.push_back(row_of<engine_end<over_shm>>("shm", row_kind::rrdp, "shm"));
    all.push_back(row_of<raw_end<over_unix>>("unix raw", row_kind::raw, "unix"));
    all.push_back(row_of<engine_end<over_unix>>("unix", row_kind::rrdp, "unix"));
    all.push_back({"loopback raw", row_kind::raw, "loopback", measure_alone<raw_end<over_loopback>>,
                   nullptr});
    all.push_back({"loopback", row_kind::rrdp, "loopback", measure_alone<engine_end<over_loopback>>,
                   nullptr});
}

}  // namespace rrdp::bench
