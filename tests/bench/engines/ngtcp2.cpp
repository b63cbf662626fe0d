// SPDX-License-Identifier: Apache-2.0
// ngtcp2 without cryptography: one bidirectional stream of QUIC, a byte stream. Its callbacks copy
// where they should encrypt, and a handshake of four messages stands for that of TLS:
//
//     client, initial:    hello, its transport parameters
//     server, initial:    answer          server, handshake:  its transport parameters
//     client, handshake:  finished
//
// The library writes its packets where the wire has room for them, but keeps no copy of what they
// carry: the octets of a message stay in a ring until they are acknowledged.
#include <netinet/in.h>
#include <ngtcp2/ngtcp2.h>

#include <string>

#include "bench/engines/engines.hpp"

namespace rrdp::bench {
namespace {

// ---- no cryptography

constexpr std::size_t tag_size = 16;  ///< QUIC has no smaller one
constexpr std::size_t iv_size = 12;
constexpr std::uint8_t zeros[32]{};

char nothing;
ngtcp2_crypto_aead_ctx aead{&nothing};
ngtcp2_crypto_cipher_ctx cipher{&nothing};

ngtcp2_crypto_ctx no_cryptography() {
    ngtcp2_crypto_ctx c{};
    c.aead = {&nothing, tag_size};
    c.md = {&nothing};
    c.hp = {&nothing};
    c.max_encryption = c.max_decryption_failure = std::uint64_t{1} << 60;
    return c;
}

int encrypt(std::uint8_t* to, const ngtcp2_crypto_aead*, const ngtcp2_crypto_aead_ctx*,
            const std::uint8_t* from, std::size_t size, const std::uint8_t*, std::size_t,
            const std::uint8_t*, std::size_t) {
    if (to != from) std::memmove(to, from, size);
    std::memset(to + size, 0, tag_size);
    return 0;
}
int decrypt(std::uint8_t* to, const ngtcp2_crypto_aead*, const ngtcp2_crypto_aead_ctx*,
            const std::uint8_t* from, std::size_t size, const std::uint8_t*, std::size_t,
            const std::uint8_t*, std::size_t) {
    if (to != from) std::memmove(to, from, size - tag_size);
    return 0;
}
int mask(std::uint8_t* to, const ngtcp2_crypto_cipher*, const ngtcp2_crypto_cipher_ctx*,
         const std::uint8_t*) {
    std::memset(to, 0, NGTCP2_HP_MASKLEN);
    return 0;
}

void check(int result, const char* what) {
    if (result != 0) throw std::runtime_error{std::string{what} + ": " + ngtcp2_strerror(result)};
}

// ---- one end

struct end {
    ngtcp2_conn* connection = nullptr;
    bool server = false;
    bool open = false;
    std::int64_t stream = -1;
    std::uint64_t octets = 0;  ///< received, of messages that are not complete

    std::vector<std::uint8_t> kept = std::vector<std::uint8_t>(1 << 20);
    std::size_t used = 0;  ///< where the next message goes in `kept`
    ngtcp2_vec waiting{};  ///< accepted and not in a packet yet
};

/// Octets in a handshake message: what it is, and what belongs to it.
enum class tls : std::uint8_t { hello = 1, answer = 2, parameters = 3, finished = 4 };

int submit(ngtcp2_conn* c, ngtcp2_crypto_level level, tls what, bool with_parameters) {
    // The library reads it until the peer has acknowledged it.
    static std::array<std::array<std::uint8_t, 512>, 5> messages;
    auto& message = messages[static_cast<std::size_t>(what)];
    message[0] = static_cast<std::uint8_t>(what);
    std::size_t size = 1;
    if (with_parameters) {
        const auto added =
            ngtcp2_conn_encode_local_transport_params(c, &message[1], message.size() - 1);
        if (added < 0) return NGTCP2_ERR_CALLBACK_FAILURE;
        size += static_cast<std::size_t>(added);
    }
    return ngtcp2_conn_submit_crypto_data(c, level, message.data(), size);
}

int install_initial_keys(ngtcp2_conn* c) {
    const ngtcp2_crypto_ctx none = no_cryptography();
    ngtcp2_conn_set_initial_crypto_ctx(c, &none);
    return ngtcp2_conn_install_initial_key(c, &aead, zeros, &cipher, &aead, zeros, &cipher,
                                           iv_size);
}
int install_handshake_keys(ngtcp2_conn* c) {
    const ngtcp2_crypto_ctx none = no_cryptography();
    ngtcp2_conn_set_crypto_ctx(c, &none);
    const int result = ngtcp2_conn_install_rx_handshake_key(c, &aead, zeros, iv_size, &cipher);
    if (result != 0) return result;
    return ngtcp2_conn_install_tx_handshake_key(c, &aead, zeros, iv_size, &cipher);
}
int install_send_key(ngtcp2_conn* c) {
    return ngtcp2_conn_install_tx_key(c, zeros, sizeof zeros, &aead, zeros, iv_size, &cipher);
}
int install_receive_key(ngtcp2_conn* c) {
    return ngtcp2_conn_install_rx_key(c, zeros, sizeof zeros, &aead, zeros, iv_size, &cipher);
}

int begin_client(ngtcp2_conn* c, void*) {
    const ngtcp2_crypto_aead retry{&nothing, tag_size};
    ngtcp2_conn_set_retry_aead(c, &retry, &aead);
    const int result = install_initial_keys(c);
    if (result != 0) return result;
    return submit(c, NGTCP2_CRYPTO_LEVEL_INITIAL, tls::hello, true);
}
int begin_server(ngtcp2_conn* c, const ngtcp2_cid*, void*) {
    return install_initial_keys(c);
}

void complete(end& e) {
    ngtcp2_conn_handshake_completed(e.connection);
    e.open = true;
}

/// A message of the handshake; the first result that is not 0 ends it.
int handshake_step(end& e, tls what, const std::uint8_t* rest, std::size_t size) {
    ngtcp2_conn* const c = e.connection;
    int result = 0;
    const auto then = [&result](int next) { result = result != 0 ? result : next; };
    switch (what) {
        case tls::hello:
            then(ngtcp2_conn_decode_remote_transport_params(c, rest, size));
            then(install_handshake_keys(c));
            then(submit(c, NGTCP2_CRYPTO_LEVEL_INITIAL, tls::answer, false));
            then(submit(c, NGTCP2_CRYPTO_LEVEL_HANDSHAKE, tls::parameters, true));
            then(install_send_key(c));
            break;
        case tls::answer: then(install_handshake_keys(c)); break;
        case tls::parameters:
            then(ngtcp2_conn_decode_remote_transport_params(c, rest, size));
            then(install_receive_key(c));
            then(install_send_key(c));
            then(submit(c, NGTCP2_CRYPTO_LEVEL_HANDSHAKE, tls::finished, false));
            complete(e);
            break;
        case tls::finished:
            then(install_receive_key(c));
            complete(e);
            break;
    }
    return result == 0 ? 0 : NGTCP2_ERR_CALLBACK_FAILURE;
}
int take_handshake(ngtcp2_conn*, ngtcp2_crypto_level, std::uint64_t, const std::uint8_t* data,
                   std::size_t size, void* user) {
    return handshake_step(*static_cast<end*>(user), static_cast<tls>(data[0]), data + 1, size - 1);
}

int take_data(ngtcp2_conn* c, std::uint32_t, std::int64_t stream, std::uint64_t,
              const std::uint8_t*, std::size_t size, void* user, void*) {
    end& e = *static_cast<end*>(user);
    e.stream = stream;
    e.octets += size;
    ngtcp2_conn_extend_max_stream_offset(c, stream, size);
    ngtcp2_conn_extend_max_offset(c, size);
    return 0;
}

/// Equal in each run, so that instructions can be compared.
void draw(std::uint8_t* to, std::size_t size, const ngtcp2_rand_ctx*) {
    static std::uint32_t state = 1;
    for (std::size_t i = 0; i < size; ++i) {
        state = state * 1'664'525 + 1'013'904'223;
        to[i] = static_cast<std::uint8_t>(state >> 24);
    }
}
ngtcp2_cid draw_id() {
    ngtcp2_cid id{};
    id.datalen = 8;
    draw(id.data, id.datalen, nullptr);
    return id;
}

ngtcp2_callbacks callbacks() {
    ngtcp2_callbacks c{};
    c.client_initial = begin_client;
    c.recv_client_initial = begin_server;
    c.recv_crypto_data = take_handshake;
    c.recv_stream_data = take_data;
    c.encrypt = encrypt;
    c.decrypt = decrypt;
    c.hp_mask = mask;
    c.rand = draw;
    c.recv_retry = [](ngtcp2_conn*, const ngtcp2_pkt_hd*, void*) { return 0; };
    c.get_new_connection_id = [](ngtcp2_conn*, ngtcp2_cid* id, std::uint8_t* token,
                                 std::size_t size, void*) {
        id->datalen = size;
        draw(id->data, size, nullptr);
        draw(token, NGTCP2_STATELESS_RESET_TOKENLEN, nullptr);
        return 0;
    };
    c.get_path_challenge_data = [](ngtcp2_conn*, std::uint8_t* data, void*) {
        draw(data, NGTCP2_PATH_CHALLENGE_DATALEN, nullptr);
        return 0;
    };
    c.update_key = [](ngtcp2_conn*, std::uint8_t*, std::uint8_t*, ngtcp2_crypto_aead_ctx* rx,
                      std::uint8_t*, ngtcp2_crypto_aead_ctx* tx, std::uint8_t*, const std::uint8_t*,
                      const std::uint8_t*, std::size_t, void*) {
        *rx = *tx = aead;
        return 0;
    };
    c.delete_crypto_aead_ctx = [](ngtcp2_conn*, ngtcp2_crypto_aead_ctx*, void*) {};
    c.delete_crypto_cipher_ctx = [](ngtcp2_conn*, ngtcp2_crypto_cipher_ctx*, void*) {};
    c.version_negotiation = [](ngtcp2_conn*, std::uint32_t, const ngtcp2_cid*, void*) { return 0; };
    return c;
}

// ---- both ends

class ngtcp2_pair {
public:
    explicit ngtcp2_pair(std::size_t size) : size_{size}, wires_{mtu_for(size)} {
        b_.server = true;
        for (const side s : {side::a, side::b}) {
            sockaddr_in& where = addresses_[s == side::b];
            where.sin_family = AF_INET;
            where.sin_port = htons(7'000);
            where.sin_addr.s_addr = htonl(s == side::a ? 0x0a000001 : 0x0a000002);
        }
    }
    ~ngtcp2_pair() {
        for (end* e : {&a_, &b_}) ngtcp2_conn_del(e->connection);
    }
    ngtcp2_pair(const ngtcp2_pair&) = delete;
    ngtcp2_pair& operator=(const ngtcp2_pair&) = delete;

    void connect() {
        call();
        flush(side::a);
        answer();
        for (int turn = 0; turn < 20; ++turn)
            for (const side s : {side::b, side::a}) {
                advance(std::chrono::microseconds{100});
                take_in(s);
                flush(s);
            }
        if (!a_.open || !b_.open) throw std::runtime_error{"the connection does not open"};
        check(ngtcp2_conn_open_bidi_stream(a_.connection, &a_.stream, nullptr), "open_bidi_stream");
        b_.stream = a_.stream;
    }

    [[nodiscard]] bool send(side from, octets_view message) {
        end& e = at(from);
        if (e.waiting.len != 0) return false;
        if (e.used + message.size() > e.kept.size()) e.used = 0;
        std::memcpy(&e.kept[e.used], message.data(), message.size());
        e.waiting = {&e.kept[e.used], message.size()};
        e.used += message.size();
        while (e.waiting.len != 0 && write(from, NGTCP2_WRITE_STREAM_FLAG_MORE)) {}
        return true;
    }
    void flush(side from) {
        while (write(from, NGTCP2_WRITE_STREAM_FLAG_NONE)) {}
    }

    [[nodiscard]] std::uint64_t receive(side s) {
        take_in(s);
        return take_whole(at(s).octets, size_);
    }

    void advance(duration d) {
        now_ += static_cast<ngtcp2_tstamp>(d.count());
        for (end* e : {&a_, &b_}) {
            if (e->connection == nullptr || ngtcp2_conn_get_expiry(e->connection) > now_) continue;
            check(ngtcp2_conn_handle_expiry(e->connection, now_), "handle_expiry");
        }
    }
    [[nodiscard]] wire_pair& wires() noexcept { return wires_; }

private:
    [[nodiscard]] end& at(side s) noexcept { return s == side::a ? a_ : b_; }

    [[nodiscard]] ngtcp2_path path(side s) noexcept {
        const auto address = [this](side of) {
            return ngtcp2_addr{seen_as<sockaddr>(&addresses_[of == side::b]), sizeof(sockaddr_in)};
        };
        return {address(s), address(other(s)), nullptr};
    }
    [[nodiscard]] std::size_t payload_max() const noexcept {
        return mtu_for(size_) - ip_octets - udp_octets;
    }

    [[nodiscard]] ngtcp2_settings settings() const {
        ngtcp2_settings s;
        ngtcp2_settings_default(&s);
        s.initial_ts = now_;
        s.no_pmtud = 1;
        s.no_tx_udp_payload_size_shaping = 1;
        s.max_tx_udp_payload_size = payload_max();
        return s;
    }
    static ngtcp2_transport_params parameters() {
        constexpr std::uint64_t window = 1 << 24;
        ngtcp2_transport_params p;
        ngtcp2_transport_params_default(&p);
        p.initial_max_data = window;
        p.initial_max_stream_data_bidi_local = window;
        p.initial_max_stream_data_bidi_remote = window;
        p.initial_max_streams_bidi = 1;
        return p;
    }

    void call() {
        const ngtcp2_cid far = draw_id(), own = draw_id();
        const auto c = callbacks();
        const auto s = settings();
        const auto p = parameters();
        const auto way = path(side::a);
        check(ngtcp2_conn_client_new(&a_.connection, &far, &own, &way, NGTCP2_PROTO_VER_V1, &c, &s,
                                     &p, nullptr, &a_),
              "client_new");
        ngtcp2_conn_set_tls_native_handle(a_.connection, &nothing);
    }
    /// The server's end is made for the first packet that comes.
    void answer() {
        const auto first = wires_.in(side::b).front();
        ngtcp2_pkt_hd head;
        check(ngtcp2_accept(&head, seen_as<const std::uint8_t>(first.data()), first.size()),
              "accept");
        const ngtcp2_cid own = draw_id();
        const auto c = callbacks();
        const auto s = settings();
        auto p = parameters();
        p.original_dcid = head.dcid;
        const auto way = path(side::b);
        check(ngtcp2_conn_server_new(&b_.connection, &head.scid, &own, &way, head.version, &c, &s,
                                     &p, nullptr, &b_),
              "server_new");
        ngtcp2_conn_set_tls_native_handle(b_.connection, &nothing);
    }

    /// Puts what waits into a packet, or what else is due; false when there is nothing to put or
    /// the congestion window is full. Pacing stays off as long as the library is not told when a
    /// packet leaves (ngtcp2_conn_update_pkt_tx_time).
    bool write(side from, std::uint32_t flags) {
        end& e = at(from);
        frame_queue& out = wires_.out(from);
        ngtcp2_path_storage way;
        ngtcp2_path_storage_zero(&way);
        ngtcp2_pkt_info info;
        ngtcp2_ssize taken = -1;
        const bool some = e.waiting.len != 0;
        const auto size = ngtcp2_conn_writev_stream(
            e.connection, &way.path, &info, seen_as<std::uint8_t>(out.room().data()), payload_max(),
            &taken, flags, some ? e.stream : -1, some ? &e.waiting : nullptr, some ? 1 : 0, now_);
        if (taken > 0) {
            e.waiting.base += taken;
            e.waiting.len -= static_cast<std::size_t>(taken);
        }
        if (size == NGTCP2_ERR_WRITE_MORE) return true;
        if (size < 0) check(static_cast<int>(size), "writev_stream");
        if (size > 0) out.commit(static_cast<std::size_t>(size));
        return size > 0;
    }

    void take_in(side s) {
        const ngtcp2_path way = path(s);
        const ngtcp2_pkt_info info{};
        for (frame_queue& in = wires_.in(s); !in.empty(); in.pop())
            check(ngtcp2_conn_read_pkt(at(s).connection, &way, &info,
                                       seen_as<const std::uint8_t>(in.front().data()),
                                       in.front().size(), now_),
                  "read_pkt");
    }

    std::size_t size_;
    wire_pair wires_;
    std::array<sockaddr_in, 2> addresses_{};
    ngtcp2_tstamp now_ = 1'000'000'000;
    end a_, b_;
};

static_assert(engine_pair<ngtcp2_pair>);

}  // namespace

const engine ngtcp2_engine{"ngtcp2", "ngtcp2 " NGTCP2_VERSION ", no cryptography, a byte stream",
                           ethernet_octets + ip_octets + udp_octets, measure<ngtcp2_pair>};

}  // namespace rrdp::bench
