// SPDX-License-Identifier: Apache-2.0
// usrsctp without threads: AF_CONN sockets, whose frames go through callbacks, and timers that are
// told how much time has passed.
#include <netinet/in.h>
#include <usrsctp.h>

#include <cerrno>
#include <string>

#include "bench/engines/engines.hpp"

namespace rrdp::bench {
namespace {

/// The path of each end is named by an address in memory; what is there does not matter.
char paths[2];
wire_pair* wires_now = nullptr;

void* path_of(side s) {
    return &paths[s == side::b];
}

int output(void* path, void* frame, std::size_t size, std::uint8_t, std::uint8_t) {
    if (wires_now == nullptr) return 0;
    wires_now->out(path == &paths[0] ? side::a : side::b).push(frame, size);
    return 0;
}

/// The library is one for the whole program.
void begin() {
    static const bool begun = [] {
        usrsctp_init_nothreads(0, output, nullptr);
        usrsctp_sysctl_set_sctp_ecn_enable(0);
        // Its limit on what leaves at once would make a stream wait for acknowledgements.
        usrsctp_sysctl_set_sctp_max_burst_default(0);
        for (char& path : paths) usrsctp_register_address(&path);
        return true;
    }();
    static_cast<void>(begun);
}

[[noreturn]] void fail(const char* what) {
    throw std::runtime_error{std::string{what} + ": " + std::strerror(errno)};
}

template <bool Checked>
class usrsctp_pair {
public:
    explicit usrsctp_pair(std::size_t size) : size_{size}, wires_{mtu_for(size)}, buffer_(65'536) {
        begin();
        if (Checked)
            usrsctp_disable_crc32c_offload();
        else
            usrsctp_enable_crc32c_offload();
        wires_now = &wires_;
        listener_ = make(side::b, mtu_for(size));
        if (usrsctp_listen(listener_, 1) < 0) fail("usrsctp_listen");
    }
    ~usrsctp_pair() {
        for (struct socket* s : {a_, b_, listener_})
            if (s != nullptr) close(s);
        for (const side s : {side::a, side::b}) take_in(s);
        wires_now = nullptr;
    }
    usrsctp_pair(const usrsctp_pair&) = delete;
    usrsctp_pair& operator=(const usrsctp_pair&) = delete;

    void connect() {
        a_ = make(side::a, mtu_for(size_));
        sockaddr_conn to = address(side::b);
        to.sconn_addr = path_of(side::a);  // the path is named by the end that uses it
        if (usrsctp_connect(a_, seen_as<sockaddr>(&to), sizeof to) < 0 && errno != EINPROGRESS)
            fail("usrsctp_connect");
        for (int turn = 0; turn < 10; ++turn)
            for (const side s : {side::b, side::a}) take_in(s);
        b_ = usrsctp_accept(listener_, nullptr, nullptr);
        if (b_ == nullptr) fail("usrsctp_accept");
        usrsctp_set_non_blocking(b_, 1);
    }

    [[nodiscard]] bool send(side from, octets_view message) {
        sctp_sndinfo info{};
        const auto sent = usrsctp_sendv(at(from), message.data(), message.size(), nullptr, 0, &info,
                                        sizeof info, SCTP_SENDV_SNDINFO, 0);
        if (sent < 0 && errno != EWOULDBLOCK) fail("usrsctp_sendv");
        return sent >= 0;
    }
    /// It has written what may leave when `send` or `take_in` returns.
    void flush(side) {}

    [[nodiscard]] std::uint64_t receive(side s) {
        take_in(s);
        std::uint64_t got = 0;
        for (;; ++got) {
            socklen_t from_size = 0, info_size = 0;
            unsigned type = 0;
            int flags = 0;
            const auto size = usrsctp_recvv(at(s), buffer_.data(), buffer_.size(), nullptr,
                                            &from_size, nullptr, &info_size, &type, &flags);
            if (size < 0 && errno == EWOULDBLOCK) return got;
            if (size <= 0) fail("usrsctp_recvv");
            if (static_cast<std::size_t>(size) != size_)
                throw std::runtime_error{"a message has another length"};
        }
    }

    void advance(duration d) {
        since_ += d;
        const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(since_);
        if (whole.count() == 0) return;
        usrsctp_handle_timers(static_cast<std::uint32_t>(whole.count()));
        since_ -= whole;
    }
    [[nodiscard]] wire_pair& wires() noexcept { return wires_; }

private:
    [[nodiscard]] struct socket* at(side s) noexcept { return s == side::a ? a_ : b_; }

    static sockaddr_conn address(side s) {
        sockaddr_conn it{};
        it.sconn_family = AF_CONN;
        it.sconn_port = htons(s == side::a ? 5'000 : 5'001);
        it.sconn_addr = path_of(s);
        return it;
    }

    template <class Value>
    static void set(struct socket* s, int option, const Value& value) {
        if (usrsctp_setsockopt(s, IPPROTO_SCTP, option, &value, sizeof value) < 0)
            fail("usrsctp_setsockopt");
    }

    static struct socket* make(side which, std::size_t mtu) {
        struct socket* const s =
            usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, nullptr, nullptr, 0, nullptr);
        if (s == nullptr) fail("usrsctp_socket");
        usrsctp_set_non_blocking(s, 1);
        set(s, SCTP_NODELAY, 1);
        sctp_paddrparams path{};
        path.spp_address.ss_family = AF_CONN;
        path.spp_flags = SPP_PMTUD_DISABLE;
        path.spp_pathmtu = static_cast<std::uint32_t>(mtu - ip_octets);
        set(s, SCTP_PEER_ADDR_PARAMS, path);
        const linger at_once{1, 0};
        if (usrsctp_setsockopt(s, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) < 0)
            fail("SO_LINGER");
        sockaddr_conn own = address(which);
        if (usrsctp_bind(s, seen_as<sockaddr>(&own), sizeof own) < 0) fail("usrsctp_bind");
        return s;
    }
    static void close(struct socket* s) { usrsctp_close(s); }

    void take_in(side s) {
        for (frame_queue& in = wires_.in(s); !in.empty(); in.pop())
            usrsctp_conninput(path_of(s), in.front().data(), in.front().size(), 0);
    }

    std::size_t size_;
    wire_pair wires_;
    std::vector<std::byte> buffer_;
    struct socket* listener_ = nullptr;
    struct socket* a_ = nullptr;
    struct socket* b_ = nullptr;
    duration since_{};
};

static_assert(engine_pair<usrsctp_pair<true>>);

constexpr std::size_t below = ethernet_octets + ip_octets;

}  // namespace

const engine usrsctp_engine{"usrsctp", "usrsctp" RRDP_USRSCTP_VERSION ", its CRC32c", below,
                            measure<usrsctp_pair<true>>};
const engine usrsctp_unchecked_engine{"usrsctp-nosum",
                                      "usrsctp" RRDP_USRSCTP_VERSION ", no checksum", below,
                                      measure<usrsctp_pair<false>>};

}  // namespace rrdp::bench
