// SPDX-License-Identifier: Apache-2.0
// lwIP: TCP by its raw API, a byte stream. One stack has both ends; its only interface exchanges
// source and destination of each packet, which leaves their sums as they are, so that a client that
// calls 10.0.0.2 meets the listener at 10.0.0.1.
extern "C" {
#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/netif.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/tcp.h>
}

#include <algorithm>

#include "bench/engines/engines.hpp"

namespace rrdp::bench {
namespace {

constexpr u16_t port = 7;

/// What the interface and the clock of the stack are at present.
struct world {
    wire_pair* wires = nullptr;
    u32_t milliseconds = 1'000;
    netif interface {};
} around;

/// The two ends are told apart by the port a packet comes from.
err_t output(netif*, pbuf* packet, const ip4_addr_t*) {
    if (around.wires == nullptr) return ERR_OK;
    std::array<std::byte, 2> source_port{};
    pbuf_copy_partial(packet, source_port.data(), 2, ip_octets);
    const bool from_b = source_port == std::array{std::byte{0}, std::byte{port}};
    frame_queue& out = around.wires->out(from_b ? side::b : side::a);
    const octets room = out.room();
    pbuf_copy_partial(packet, room.data(), packet->tot_len, 0);
    std::swap_ranges(room.begin() + 12, room.begin() + 16, room.begin() + 16);
    out.commit(packet->tot_len);
    return ERR_OK;
}

err_t start(netif* interface) {
    interface->name[0] = 'b';
    interface->name[1] = 'e';
    interface->output = output;
    interface->flags |= NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

/// The stack is one for the whole program. No thread of it is started.
void begin() {
    static const bool begun = [] {
        lwip_init();
        ip4_addr_t own, mask, none;
        IP4_ADDR(&own, 10, 0, 0, 1);
        IP4_ADDR(&mask, 255, 255, 255, 0);
        IP4_ADDR(&none, 0, 0, 0, 0);
        if (netif_add(&around.interface, &own, &mask, &none, nullptr, start, ip_input) == nullptr)
            throw std::runtime_error{"netif_add"};
        netif_set_default(&around.interface);
        netif_set_up(&around.interface);
        return true;
    }();
    static_cast<void>(begun);
}

class lwip_pair {
public:
    explicit lwip_pair(std::size_t size) : size_{size}, wires_{mtu_for(size)} {
        begin();
        around.wires = &wires_;
        around.interface.mtu = static_cast<u16_t>(mtu_for(size));
        tcp_pcb* const bound = tcp_new();
        if (bound == nullptr || tcp_bind(bound, IP_ADDR_ANY, port) != ERR_OK)
            throw std::runtime_error{"tcp_bind"};
        listener_ = tcp_listen(bound);
        if (listener_ == nullptr) throw std::runtime_error{"tcp_listen"};
        tcp_arg(listener_, this);
        tcp_accept(listener_, accepted);
    }
    ~lwip_pair() {
        around.wires = nullptr;
        for (end* e : {&a_, &b_}) {
            if (e->pcb == nullptr) continue;
            tcp_err(e->pcb, nullptr);
            tcp_abort(e->pcb);
        }
        tcp_close(listener_);
    }
    lwip_pair(const lwip_pair&) = delete;
    lwip_pair& operator=(const lwip_pair&) = delete;

    void connect() {
        tcp_pcb* const pcb = tcp_new();
        if (pcb == nullptr) throw std::runtime_error{"tcp_new"};
        adopt(a_, pcb);
        ip_addr_t far;
        IP_ADDR4(&far, 10, 0, 0, 2);
        const auto ignore = [](void*, tcp_pcb*, err_t) { return err_t{ERR_OK}; };
        if (tcp_connect(pcb, &far, port, ignore) != ERR_OK) throw std::runtime_error{"tcp_connect"};
        for (int turn = 0; turn < 10; ++turn)
            for (const side s : {side::b, side::a}) take_in(s);
        if (b_.pcb == nullptr || pcb->state != ESTABLISHED)
            throw std::runtime_error{"the connection does not open"};
    }

    [[nodiscard]] bool send(side from, octets_view message) {
        return tcp_write(at(from).pcb, message.data(), static_cast<u16_t>(message.size()),
                         TCP_WRITE_FLAG_COPY) == ERR_OK;
    }
    void flush(side from) { tcp_output(at(from).pcb); }

    [[nodiscard]] std::uint64_t receive(side s) {
        take_in(s);
        return take_whole(at(s).octets, size_);
    }

    void advance(duration d) {
        constexpr std::chrono::milliseconds tick{TCP_TMR_INTERVAL};
        for (since_ += d; since_ >= tick; since_ -= tick) {
            around.milliseconds += TCP_TMR_INTERVAL;
            tcp_tmr();
        }
    }
    [[nodiscard]] wire_pair& wires() noexcept { return wires_; }

private:
    struct end {
        tcp_pcb* pcb = nullptr;
        std::uint64_t octets = 0;  ///< received, of messages that are not complete
    };
    [[nodiscard]] end& at(side s) noexcept { return s == side::a ? a_ : b_; }

    static void adopt(end& e, tcp_pcb* pcb) {
        e.pcb = pcb;
        tcp_arg(pcb, &e);
        tcp_recv(pcb, received);
        tcp_err(pcb, [](void* which, err_t) { static_cast<end*>(which)->pcb = nullptr; });
        tcp_nagle_disable(pcb);
    }
    static err_t accepted(void* self, tcp_pcb* pcb, err_t) {
        adopt(static_cast<lwip_pair*>(self)->b_, pcb);
        return ERR_OK;
    }
    static err_t received(void* which, tcp_pcb* pcb, pbuf* data, err_t) {
        if (data == nullptr) return ERR_OK;
        static_cast<end*>(which)->octets += data->tot_len;
        tcp_recved(pcb, data->tot_len);
        pbuf_free(data);
        return ERR_OK;
    }

    void take_in(side s) {
        for (frame_queue& in = wires_.in(s); !in.empty(); in.pop()) {
            const auto frame = in.front();
            const auto size = static_cast<u16_t>(frame.size());
            pbuf* const packet = pbuf_alloc(PBUF_RAW, size, PBUF_RAM);
            if (packet == nullptr) throw std::runtime_error{"pbuf_alloc"};
            pbuf_take(packet, frame.data(), size);
            if (ip_input(packet, &around.interface) != ERR_OK) pbuf_free(packet);
        }
    }

    std::size_t size_;
    wire_pair wires_;
    end a_, b_;
    tcp_pcb* listener_ = nullptr;
    duration since_{};
};

static_assert(engine_pair<lwip_pair>);

}  // namespace

const engine lwip_engine{"lwip", "lwIP " LWIP_VERSION_STRING ", TCP raw API, a byte stream",
                         ethernet_octets, measure<lwip_pair>};

}  // namespace rrdp::bench

extern "C" u32_t sys_now() {
    return rrdp::bench::around.milliseconds;
}
