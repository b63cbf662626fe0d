// SPDX-License-Identifier: Apache-2.0
// ENet: reliable packets on one channel. The library asks a socket and a clock by names that this
// program defines, too, and then takes those of the program: a wire in memory and virtual time.
#include <enet/enet.h>

#include <algorithm>

#include "bench/engines/engines.hpp"

namespace rrdp::bench {
namespace {

/// What the sockets and the clock of the library are at present; one pair at a time.
struct world {
    wire_pair* wires = nullptr;
    enet_uint32 milliseconds = 1;
    ENetSocket next = 0;  ///< the socket that is made next; the first is that of side a
} around;

side side_of(ENetSocket socket) {
    return socket == 0 ? side::a : side::b;
}
ENetAddress address_of(side s) {
    return {ENET_HOST_TO_NET_32(s == side::a ? 0x0a000001U : 0x0a000002U), 7'000};
}

template <bool Checked>
class enet_pair {
public:
    /// Each host has room for `places` connections.
    explicit enet_pair(std::size_t size, std::size_t places = 1)
        : size_{size}, wires_{mtu_for(size)} {
        around = {&wires_, around.milliseconds, 0};
        a_ = make(side::a, mtu_for(size), places);
        b_ = make(side::b, mtu_for(size), places);
    }
    ~enet_pair() {
        enet_host_destroy(a_.host);
        enet_host_destroy(b_.host);
        around.wires = nullptr;
    }
    enet_pair(const enet_pair&) = delete;
    enet_pair& operator=(const enet_pair&) = delete;

    void connect() {
        const ENetAddress far = address_of(side::b);
        if (enet_host_connect(a_.host, &far, 1, 0) == nullptr)
            throw std::runtime_error{"enet_host_connect"};
        for (int turn = 0; turn < 100 && !(a_.peer != nullptr && b_.peer != nullptr); ++turn) {
            advance(std::chrono::milliseconds{1});
            for (const side s : {side::a, side::b}) static_cast<void>(receive(s));
        }
        if (a_.peer == nullptr || b_.peer == nullptr)
            throw std::runtime_error{"the connection does not open"};
    }

    [[nodiscard]] bool send(side from, octets_view message) {
        ENetPacket* const packet =
            enet_packet_create(message.data(), message.size(), ENET_PACKET_FLAG_RELIABLE);
        return enet_peer_send(at(from).peer, 0, packet) == 0;
    }
    void flush(side from) { enet_host_flush(at(from).host); }

    [[nodiscard]] std::uint64_t receive(side s) {
        end& e = at(s);
        std::uint64_t got = 0;
        for (ENetEvent told; enet_host_service(e.host, &told, 0) > 0;) {
            if (told.type == ENET_EVENT_TYPE_CONNECT) e.peer = told.peer;
            if (told.type == ENET_EVENT_TYPE_DISCONNECT)
                throw std::runtime_error{"the connection ended"};
            if (told.type != ENET_EVENT_TYPE_RECEIVE) continue;
            if (told.packet->dataLength != size_)
                throw std::runtime_error{"a message has another length"};
            enet_packet_destroy(told.packet);
            ++got;
        }
        return got;
    }

    void advance(duration d) noexcept {
        since_ += d;
        const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(since_);
        around.milliseconds += static_cast<enet_uint32>(whole.count());
        since_ -= whole;
    }
    [[nodiscard]] wire_pair& wires() noexcept { return wires_; }

private:
    struct end {
        ENetHost* host = nullptr;
        ENetPeer* peer = nullptr;
    };

    static end make(side s, std::size_t mtu, std::size_t places) {
        const ENetAddress own = address_of(s);
        end e{enet_host_create(&own, places, 1, 0, 0)};
        if (e.host == nullptr) throw std::runtime_error{"enet_host_create"};
        if constexpr (Checked) e.host->checksum = enet_crc32;
        // Its usual MTU of 1 400 would cut a message of 1 400 octets in two, and 4 096 is its most.
        e.host->mtu = static_cast<enet_uint32>(
            std::min<std::size_t>(mtu - ip_octets - udp_octets, ENET_PROTOCOL_MAXIMUM_MTU));
        for (std::size_t i = 0; i < places; ++i) e.host->peers[i].mtu = e.host->mtu;
        return e;
    }
    [[nodiscard]] end& at(side s) noexcept { return s == side::a ? a_ : b_; }

    std::size_t size_;
    wire_pair wires_;
    end a_, b_;
    duration since_{};
};

static_assert(engine_pair<enet_pair<true>>);

constexpr std::size_t below = ethernet_octets + ip_octets + udp_octets;

}  // namespace

const engine enet_engine{"enet",
                         "ENet" RRDP_ENET_VERSION ", its CRC-32",
                         below,
                         measure<enet_pair<true>>,
                         nullptr,
                         sizeof(ENetPeer),
                         measure<enet_pair<true>, std::size_t>};
const engine enet_unchecked_engine{"enet-nosum", "ENet" RRDP_ENET_VERSION ", no checksum",
                                   below,        measure<enet_pair<false>>,
                                   nullptr,      sizeof(ENetPeer)};

}  // namespace rrdp::bench

extern "C" {

enet_uint32 enet_time_get() {
    return rrdp::bench::around.milliseconds;
}
ENetSocket enet_socket_create(ENetSocketType) {
    return rrdp::bench::around.next++;
}
int enet_socket_bind(ENetSocket, const ENetAddress*) {
    return 0;
}
int enet_socket_get_address(ENetSocket socket, ENetAddress* address) {
    *address = rrdp::bench::address_of(rrdp::bench::side_of(socket));
    return 0;
}
int enet_socket_set_option(ENetSocket, ENetSocketOption, int) {
    return 0;
}
void enet_socket_destroy(ENetSocket) {}

int enet_socket_wait(ENetSocket, enet_uint32* condition, enet_uint32) {
    *condition = ENET_SOCKET_WAIT_NONE;
    return 0;
}
int enet_socket_send(ENetSocket socket, const ENetAddress*, const ENetBuffer* parts,
                     std::size_t count) {
    using namespace rrdp::bench;
    if (around.wires == nullptr) return 0;
    frame_queue& out = around.wires->out(side_of(socket));
    std::size_t size = 0;
    for (std::size_t i = 0; i < count; size += parts[i++].dataLength)
        std::memcpy(out.room().data() + size, parts[i].data, parts[i].dataLength);
    out.commit(size);
    return static_cast<int>(size);
}
int enet_socket_receive(ENetSocket socket, ENetAddress* from, ENetBuffer* parts, std::size_t) {
    using namespace rrdp::bench;
    frame_queue& in = around.wires->in(side_of(socket));
    if (in.empty()) return 0;
    const auto frame = in.front();
    std::memcpy(parts->data, frame.data(), frame.size());
    in.pop();
    if (from != nullptr) *from = address_of(other(side_of(socket)));
    return static_cast<int>(frame.size());
}

}  // extern "C"
