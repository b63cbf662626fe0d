// SPDX-License-Identifier: Apache-2.0
#include "datagram_end.hpp"
#include "offload.hpp"
#include "rows.hpp"
#include "tcp_end.hpp"

namespace rrdp::bench {
namespace {

/// TCP whose segments are no longer than frames. Offload is switched off on what is a veth of our
/// own only.
class plain_tcp_end {
public:
    static constexpr bool reliable = tcp_end::reliable;

    plain_tcp_end(const place& p, const job& j) : off_{own_interface(p)}, end_{p, j} {}
    void open() { end_.open(); }
    void turn() { end_.turn(); }
    [[nodiscard]] static instant now() { return {}; }
    bool send(octets_view message, instant now) { return end_.send(message, now); }
    bool submit(octets_view message) { return end_.submit(message); }
    void push() {}
    template <class Take>
    std::size_t receive(Take take) {
        return end_.receive(take);
    }
    template <class Take>
    std::size_t await(Take take, std::optional<instant> until) {
        return end_.await(take, until);
    }
    [[nodiscard]] bool over() const { return end_.over(); }
    void close() { end_.close(); }
    [[nodiscard]] std::uint64_t repeated() const { return end_.repeated(); }

private:
    static const char* own_interface(const place& p) {
        if (!p.link_text.empty())
            throw std::runtime_error{"offload of an interface that is not ours stays as it is"};
        return interface_of(p);
    }
    without_offload off_;
    tcp_end end_;
};

}  // namespace

void add_kernel_rows(std::vector<row>& all) {
    all.push_back(row_of<tcp_end>("tcp", row_kind::kernel, "tcp"));
    all.push_back(row_of<plain_tcp_end>("tcp-plain", row_kind::kernel, "tcp-plain"));
    all.push_back(row_of<datagram_end<udp_kind>>("kernel-udp", row_kind::kernel, "kernel-udp"));
    all.push_back(row_of<datagram_end<packet_kind>>("af-packet", row_kind::kernel, "af-packet"));
}

}  // namespace rrdp::bench
