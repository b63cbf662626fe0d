// SPDX-License-Identifier: Apache-2.0
#include "bench/rtt_cells.hpp"

#include <netinet/tcp.h>

#include <memory>

#include <rrdp/adapters/packet.hpp>
#include <rrdp/adapters/packet_ring.hpp>
#include <rrdp/adapters/shm.hpp>
#include <rrdp/adapters/udp.hpp>
#include <rrdp/adapters/unix_datagram.hpp>
#include <rrdp/adapters/xdp.hpp>
#ifdef RRDP_HAVE_PCAP
#include <rrdp/adapters/pcap.hpp>
#endif

namespace rrdp::bench {
namespace {

[[noreturn]] void silence() {
    throw std::runtime_error{"nothing came for three seconds"};
}

// ---- how the ends of a link are opened

const char* interface_of(side s) {
    return s == side::ping ? "v0" : "v1";
}

template <class Link>
struct on_interface {
    using link = Link;
    using framing = wire::ethernet_framing;
    static std::unique_ptr<Link> open(side s) { return std::make_unique<Link>(interface_of(s)); }
    static wire::mac_address address(side s) {
        const auto last = static_cast<std::uint8_t>(s == side::ping ? 1 : 2);
        return {{2, 0, 0, 0, 0, last}};
    }
};

struct over_shm {
    using link = adapters::shm;
    using framing = wire::bare_framing;
    static std::unique_ptr<link> open(side) {
        const auto name = "rrdp-link-rtt-" + std::to_string(::getpgrp());
        return std::make_unique<link>(name.c_str());
    }
    static wire::no_address address(side) { return {}; }
};

struct over_unix {
    using link = adapters::unix_datagram;
    using framing = wire::bare_framing;
    static std::unique_ptr<link> open(side) {
        const auto name = "/tmp/rrdp-link-rtt-" + std::to_string(::getpgrp());
        return std::make_unique<link>(name);
    }
    static wire::no_address address(side) { return {}; }
};

struct over_udp {
    using framing = framings::udp4;
    using link = adapters::basic_udp<framing>;
    static framing::address address(side s) {
        return {{{10, 77, 0, static_cast<std::uint8_t>(s == side::ping ? 1 : 2)}}, 50'027};
    }
    static std::unique_ptr<link> open(side s) {
        return std::make_unique<link>(link::options_type{.address = address(s)});
    }
};

// ---- frames without a protocol

template <class Open>
void write_frame(octets frame, side from) {
    const typename Open::framing framing;
    const side to = from == side::ping ? side::echo : side::ping;
    framing.write_header(frame, Open::address(to), Open::address(from));
}

template <class Open>
struct raw_end {
    typename Open::link& link;
    side own;
    std::size_t size;

    void send() {
        auto lease = link.lease(size);
        if (!lease) throw std::runtime_error{"the link is full"};
        write_frame<Open>(lease->bytes(), own);
        lease->commit(size);
        if constexpr (flushable_link<typename Open::link>) link.flush();
    }
    /// False when nothing comes.
    bool receive() {
        for (patience wait; !wait.over();)
            if (const auto frame = link.receive()) return true;
        return false;
    }
};

template <class Open>
double raw(const job& j) {
    const auto link = Open::open(j.end);
    // As long as the engine's: header of RRDP, tag, fragment word, message.
    raw_end<Open> end{*link, j.end, Open::framing::overhead + 20 + j.size};
    if (j.end == side::echo) {
        j.hosts.tell_ready();
        for (std::uint64_t i = 0; i < warm_up + j.count && end.receive(); ++i) end.send();
        return 0;
    }
    j.hosts.wait_until_ready();
    return ping(j, [&] {
        end.send();
        if (!end.receive()) silence();
    });
}

// ---- RRDP

template <class Open>
struct policy : default_policy {
    using framing = typename Open::framing;
    static constexpr std::uint16_t max_outstanding = 256;
};

/// An engine over a link, and the application on top of it.
template <class Open>
class engine_end {
    static constexpr node_id number(side s) { return s == side::ping ? node_id{1} : node_id{2}; }
    static side other(side s) { return s == side::ping ? side::echo : side::ping; }

public:
    using engine_type = endpoint<policy<Open>>;

    engine_end(typename Open::link& link, side own)
        : link_{link},
          own_{own},
          engine_{{.connections = 2, .rings = 4, .segments = 512, .nodes = 2},
                  options_for(link, own),
                  {static_cast<std::uint64_t>(::getpid()), 7}} {
        const errc added = engine_.add_node(number(other(own)), Open::address(other(own)));
        if (added != errc::ok) throw std::runtime_error{name(added)};
        profile_.linger = std::chrono::milliseconds{1};
        if constexpr (Open::framing::congestion_controlled) profile_ = profiles::udp;
        if (own_ == side::ping) return;
        if (engine_.listen(7, profile_) != errc::ok) throw std::runtime_error{"listen"};
    }

    void open() {
        const auto made = engine_.connect(clock_now(), {number(other(own_)), 7}, profile_);
        if (!made) throw std::runtime_error{name(made.error())};
        for (patience wait; !open_; pump(engine_, link_, clock_now())) {
            if (wait.over()) silence();
            events();
        }
    }
    void send(octets_view message) {
        const instant now = clock_now();
        if (!engine_.send(now, id_, message)) throw std::runtime_error{"the engine is full"};
        pump(engine_, link_, now);
    }
    /// Waits for a message and sees it with `take`; false when none comes.
    template <class Take>
    bool receive(Take take) {
        for (patience wait; !wait.over() && !closed_;) {
            if (const auto frame = link_.receive())
                engine_.handle_frame(clock_now(), frame->bytes());
            else if (++looks_ % 64 == 0)
                pump(engine_, link_, clock_now());
            else
                continue;
            events();
            if (auto message = engine_.receive(id_)) {
                take(message->bytes());
                return true;
            }
        }
        return false;
    }
    void close() {
        static_cast<void>(engine_.abort(clock_now(), id_));
        pump(engine_, link_, clock_now());
    }

private:
    static node_options<typename Open::framing> options_for(const typename Open::link& link,
                                                            side own) {
        node_options<typename Open::framing> o;
        o.node = number(own);
        o.address = Open::address(own);
        const auto properties = link.properties();
        const std::size_t mtu = properties.max_frame - Open::framing::overhead;
        o.mtu = static_cast<std::uint16_t>(std::min<std::size_t>(mtu, 1'472));
        o.fifo = properties.fifo;
        o.msl = properties.msl;
        return o;
    }
    void events() {
        while (const auto e = engine_.poll_event()) {
            if (e->kind == event_kind::accepted || e->kind == event_kind::connected) {
                id_ = e->connection;
                open_ = true;
            }
            closed_ = closed_ || e->kind == event_kind::closed;
        }
    }

    typename Open::link& link_;
    side own_;
    options profile_ = profiles::low_latency;
    engine_type engine_;
    connection_id id_{};
    std::uint64_t looks_ = 0;
    bool open_ = false;
    bool closed_ = false;
};

template <class Open>
double rrdp_over(const job& j) {
    const auto link = Open::open(j.end);
    engine_end<Open> end{*link, j.end};
    if (j.end == side::echo) {
        j.hosts.tell_ready();
        while (end.receive([&](octets_view message) { end.send(message); })) {}
        return 0;
    }
    j.hosts.wait_until_ready();
    end.open();
    const std::vector<std::byte> message(j.size);
    const double median = ping(j, [&] {
        end.send(message);
        if (!end.receive([](octets_view) {})) silence();
    });
    end.close();
    return median;
}

// ---- the kernel's

class kernel_socket {
public:
    kernel_socket(int type, side own) : own_{own}, fd_{::socket(AF_INET, type, 0)} {
        const int on = 1;
        ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    kernel_socket(const kernel_socket&) = delete;
    kernel_socket& operator=(const kernel_socket&) = delete;
    ~kernel_socket() { ::close(fd_); }

    void bind() const {
        const sockaddr_in at = where(own_);
        const void* const p = &at;
        if (::bind(fd_, static_cast<const sockaddr*>(p), sizeof at) != 0)
            throw std::runtime_error{"bind"};
    }
    void connect() const {
        const sockaddr_in to = where(own_ == side::ping ? side::echo : side::ping);
        const void* const p = &to;
        if (::connect(fd_, static_cast<const sockaddr*>(p), sizeof to) != 0)
            throw std::runtime_error{"connect"};
        no_delay();
    }
    void accept() {
        if (::listen(fd_, 1) != 0) throw std::runtime_error{"listen"};
    }
    void take_over() {
        const int fd = ::accept(fd_, nullptr, nullptr);
        if (fd < 0) throw std::runtime_error{"accept"};
        ::close(fd_);
        fd_ = fd;
        no_delay();
    }
    void send(const std::vector<std::byte>& message) const {
        if (::send(fd_, message.data(), message.size(), MSG_NOSIGNAL) < 0)
            throw std::runtime_error{"send"};
    }
    /// All of a message, spinning; false when none comes.
    bool receive(std::vector<std::byte>& message) const {
        std::size_t got = 0;
        for (patience wait; !wait.over();) {
            const auto n = ::recv(fd_, message.data() + got, message.size() - got, MSG_DONTWAIT);
            if (n == 0) return false;
            if (n > 0) got += static_cast<std::size_t>(n);
            if (got == message.size()) return true;
        }
        return false;
    }

private:
    void no_delay() const {
        const int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    static sockaddr_in where(side s) {
        sockaddr_in a{};
        a.sin_family = AF_INET;
        a.sin_port = htons(50'028);
        a.sin_addr.s_addr = htonl(s == side::ping ? 0x0a4d'0001 : 0x0a4d'0002);
        return a;
    }

    side own_;
    int fd_;
};

template <int Type>
double kernel(const job& j) {
    kernel_socket s{Type, j.end};
    std::vector<std::byte> message(j.size);
    if (j.end == side::echo) {
        s.bind();
        if constexpr (Type == SOCK_STREAM) s.accept();
        j.hosts.tell_ready();
        if constexpr (Type == SOCK_STREAM)
            s.take_over();
        else
            s.connect();
        for (std::uint64_t i = 0; i < warm_up + j.count && s.receive(message); ++i) s.send(message);
        return 0;
    }
    if constexpr (Type == SOCK_DGRAM) s.bind();
    j.hosts.wait_until_ready();
    s.connect();
    return ping(j, [&] {
        s.send(message);
        if (!s.receive(message)) silence();
    });
}

}  // namespace

const std::vector<cell>& cells() {
    static const std::vector<cell> all{
        {"packet raw", "", raw<on_interface<adapters::packet>>},
        {"packet", "packet raw", rrdp_over<on_interface<adapters::packet>>},
        {"packet-ring raw", "", raw<on_interface<adapters::packet_ring>>},
        {"packet-ring", "packet-ring raw", rrdp_over<on_interface<adapters::packet_ring>>},
        {"xdp raw", "", raw<on_interface<adapters::xdp>>},
        {"xdp", "xdp raw", rrdp_over<on_interface<adapters::xdp>>},
#ifdef RRDP_HAVE_PCAP
        {"pcap raw", "", raw<on_interface<adapters::pcap>>},
        {"pcap", "pcap raw", rrdp_over<on_interface<adapters::pcap>>},
#endif
        {"shm raw", "", raw<over_shm>},
        {"shm", "shm raw", rrdp_over<over_shm>},
        {"unix raw", "", raw<over_unix>},
        {"unix", "unix raw", rrdp_over<over_unix>},
        {"udp raw", "", raw<over_udp>},
        {"udp", "udp raw", rrdp_over<over_udp>},
        {"tcp", "", kernel<SOCK_STREAM>},
        {"kernel udp", "", kernel<SOCK_DGRAM>},
    };
    return all;
}

}  // namespace rrdp::bench
