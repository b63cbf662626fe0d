// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "line.hpp"
#include "place.hpp"
#include "workloads.hpp"

namespace rrdp::bench {

/// What a row of the table is.
enum class row_kind : std::uint8_t {
    rrdp,    ///< RRDP over a link
    raw,     ///< the same link without a protocol
    kernel,  ///< the kernel's protocols, and AF_PACKET as one writes it at first
};

/// One way to carry messages. Both functions throw where that cannot be done here.
struct row {
    std::string name;
    row_kind kind = row_kind::rrdp;
    std::string link{};  ///< the link it is about; of kernel rows the name
    outcome (*measure)(const place&, const job&, line&) = nullptr;
    void (*serve)(const place&, const job&, line&) = nullptr;  ///< nothing: needs no other end
};

void add_ethernet_rows(std::vector<row>& all);
void add_one_machine_rows(std::vector<row>& all);
void add_udp_rows(std::vector<row>& all);
void add_kernel_rows(std::vector<row>& all);

/// All there are, in the order in which they are run.
[[nodiscard]] inline std::vector<row> all_rows() {
    std::vector<row> all;
    add_ethernet_rows(all);
    add_one_machine_rows(all);
    add_udp_rows(all);
    add_kernel_rows(all);
    return all;
}

// ---- both ends of a row, over any type of end

/// What loses messages without telling has fewer under way, so that it loses none.
template <class End>
[[nodiscard]] job suited(job j) {
    if (!End::reliable) j.window = std::min<std::uint64_t>(j.window, 128);
    return j;
}

template <class End>
outcome measure(const place& p, const job& asked, line& other) {
    const job j = suited<End>(asked);
    const auto ready = other.hear(std::chrono::seconds{10});
    if (!ready) throw std::runtime_error{"the other end does not answer"};
    if (*ready != "ready") throw std::runtime_error{*ready};
    End end{p, j};
    end.open();
    outcome o = run(end, j);
    o.repeated = end.repeated();
    end.close();
    return o;
}

template <class End>
void serve(const place& p, const job& asked, line& other) {
    const job j = suited<End>(asked);
    End end{p, j};
    other.say("ready");
    end.open();
    responder<End> answer{end, j};
    for (patience wait{j.spin}; !wait.over() && !end.over();) {
        if (!End::reliable && answer.done()) break;
        if (answer.step())
            wait.renew();
        else
            look_again();
    }
}

template <class End>
row row_of(const char* name, row_kind kind, const char* link) {
    return {name, kind, link, measure<End>, serve<End>};
}

}  // namespace rrdp::bench
