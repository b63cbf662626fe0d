// SPDX-License-Identifier: Apache-2.0
// Writes a capture with everything in it that the protocol has: mixed_capture FILE [SEED].
//
// Engines talk over a wire that loses, doubles, delays and damages frames; frames that they rarely
// send are made by hand; and between them stand damaged copies of what was there before. Prints
// what the wire did, as one line of JSON.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include <rrdp/framings/ip.hpp>
#include <rrdp/framings/udp.hpp>
#include <rrdp/wire/resolution.hpp>

#include "support/wiretap.hpp"

namespace {

using namespace std::chrono_literals;
using rrdp::wire::features;
using wiretap::frame_octets;

constexpr features everything = rrdp::supported_features;

rrdp::wire::mac_address address_of(std::uint16_t node, std::uint16_t world) {
    return {{2, 0, static_cast<std::uint8_t>(world >> 8), static_cast<std::uint8_t>(world), 0,
             static_cast<std::uint8_t>(node)}};
}

/// The address of a node under a framing, and the EtherType of its frames.
template <class Framing>
struct place;

template <>
struct place<rrdp::wire::ethernet_framing> {
    static constexpr std::size_t in_front = 0;
    static rrdp::wire::mac_address of(std::uint16_t node, std::uint16_t world) {
        return address_of(node, world);
    }
};

/// An IP datagram is the whole frame of a framing: Ethernet's header stands in front of it.
template <class Host, std::uint16_t EtherType>
struct ip_place {
    static constexpr std::size_t in_front = 14;
    static constexpr std::uint16_t ethertype = EtherType;
    static Host of(std::uint16_t node, std::uint16_t world) {
        Host host;
        host.octets[0] = EtherType == 0x0800 ? 10 : 0xfd;
        host.octets[1] = static_cast<std::uint8_t>(world >> 8);
        host.octets[2] = static_cast<std::uint8_t>(world);
        host.octets[3] = static_cast<std::uint8_t>(node);
        return host;
    }
};
using ipv4_place = ip_place<rrdp::framings::ipv4_address, 0x0800>;
using ipv6_place = ip_place<rrdp::framings::ipv6_address, 0x86dd>;

template <>
struct place<rrdp::framings::ipv4> : ipv4_place {};
template <>
struct place<rrdp::framings::ipv6> : ipv6_place {};
template <>
struct place<rrdp::framings::udp4> : ipv4_place {
    static rrdp::framings::udp4::address of(std::uint16_t node, std::uint16_t world) {
        return {ipv4_place::of(node, world)};
    }
};
template <>
struct place<rrdp::framings::udp6> : ipv6_place {
    static rrdp::framings::udp6::address of(std::uint16_t node, std::uint16_t world) {
        return {ipv6_place::of(node, world), static_cast<std::uint16_t>(50'026 + node)};
    }
};

template <class Framing>
struct over : rrdp::default_policy {
    using framing = Framing;
};

/// An engine with a simple application: it sends so many messages, and reads what it may.
template <class Framing>
class node final : public wiretap::station {
    using site = place<Framing>;

public:
    node(std::uint16_t number, std::uint16_t world, std::uint64_t seed, std::uint16_t mtu = 1'500,
         bool resolves = false)
        : engine_{{.connections = 8,
                   .rings = 8,
                   .segments = 600,
                   .nodes = 4,
                   .listeners = 4,
                   .option_sets = 4},
                  options_of(number, world, mtu, resolves),
                  rrdp::entropy{seed, world * 16ULL + number}},
          own_{address_of(number, world)},
          other_{address_of(3 - number, world)},
          dice_{seed + number} {
        const auto other = static_cast<std::uint16_t>(3 - number);
        if (engine_.status() != rrdp::errc::ok) std::abort();
        if (!resolves &&
            engine_.add_node(rrdp::node_id{other}, site::of(other, world)) != rrdp::errc::ok)
            std::abort();
    }

    void hear(rrdp::instant now, rrdp::octets_view frame) override {
        const bool own = frame.size() >= 14 && rrdp::wire::load_mac(frame, 6) == own_;
        if (!own && frame.size() >= site::in_front)
            engine_.handle_frame(now, frame.subspan(site::in_front));
    }
    void time_passed(rrdp::instant now) override { engine_.handle_timeout(now); }
    std::optional<frame_octets> speak(rrdp::instant now) override {
        frame_octets frame(9'100);
        const auto size = engine_.poll_transmit(now, rrdp::octets{frame}.subspan(site::in_front));
        if (!size) return std::nullopt;
        frame.resize(site::in_front + *size);
        if constexpr (site::in_front != 0)
            rrdp::wire::ethernet_framing{site::ethertype}.write_header(frame, other_, own_);
        return frame;
    }
    [[nodiscard]] std::optional<rrdp::instant> deadline() const override {
        return engine_.next_timeout();
    }

    void listen(const rrdp::options& o) {
        if (engine_.listen(7, o) != rrdp::errc::ok) std::abort();
    }
    void connect(rrdp::instant now, std::uint16_t port, std::uint16_t local,
                 const rrdp::options& o) {
        const rrdp::node_id other{2};
        if (!engine_.connect(now, {other, port, local}, o)) std::abort();
    }

    /// A turn of the application.
    void act(rrdp::instant now) {
        while (const auto e = engine_.poll_event()) {
            if (e->kind == rrdp::event_kind::connected || e->kind == rrdp::event_kind::accepted)
                id_ = e->connection;
            if (e->kind == rrdp::event_kind::closed) id_.reset();
        }
        if (!id_) return;
        while (reading && engine_.receive(*id_)) ++received;
        const auto known = engine_.info(*id_);
        while (to_send > 0 && known) {
            std::size_t size =
                dice_.chance(30) ? dice_.below(std::size_t{known->message_max}) : dice_.below(60);
            if (size == 0 && !empty_messages) size = 1;
            const frame_octets message(std::min<std::size_t>(size, 9'000), std::byte{0x5a});
            if (!engine_.send(now, *id_, message)) break;
            --to_send;
        }
    }
    void close(rrdp::instant now) {
        if (id_) static_cast<void>(engine_.close(now, *id_));
    }
    void abort(rrdp::instant now) {
        if (id_) static_cast<void>(engine_.abort(now, *id_));
    }
    [[nodiscard]] bool open() const { return id_.has_value(); }

    std::uint64_t to_send = 0, received = 0;
    bool reading = true, empty_messages = false;

private:
    static rrdp::node_options<Framing> options_of(std::uint16_t number, std::uint16_t world,
                                                  std::uint16_t mtu, bool resolves) {
        rrdp::node_options<Framing> o;
        o.node = rrdp::node_id{number};
        o.address = site::of(number, world);
        o.mtu = mtu;
        if (resolves) o.resolution = rrdp::nr_role::active;
        return o;
    }

    rrdp::endpoint<over<Framing>> engine_;
    rrdp::wire::mac_address own_, other_;
    rrdp::testing::dice dice_;
    std::optional<rrdp::connection_id> id_;
};

/// What the engines of a world have in common, and how it ends.
struct story {
    rrdp::options options{};
    wiretap::weather weather{};
    std::uint64_t messages = 60;
    wiretap::wrapping as = wiretap::wrapping::ethernet;
    bool slow_reader = false, restart = false, crossing = false;
    bool aborts = false, nobody_listens = false, resolves = false;
    features required_by_listener{};
};

class teller {
public:
    explicit teller(wiretap::wire& wire) : wire_{&wire} {}

    template <class Framing = rrdp::wire::ethernet_framing>
    void tell(const story& s, std::uint16_t mtu = 1'500) {
        ++world_;
        node<Framing> a{1, world_, world_, mtu, s.resolves}, b{2, world_, world_, mtu, s.resolves};
        std::array<wiretap::station*, 2> stations{&a, &b};
        wire_->conditions = s.weather;
        wire_->as = s.as;
        rrdp::options listening = s.options;
        listening.required = s.required_by_listener;
        listening.offered = listening.offered | s.required_by_listener;
        if (!s.nobody_listens) b.listen(listening);
        if (s.resolves) wire_->run(stations, 2s, [] {});
        a.connect(wire_->now, 7, 5'000, s.options);
        a.to_send = b.to_send = s.messages;
        a.empty_messages = b.empty_messages = s.options.offered.has(features::empty);
        b.reading = !s.slow_reader;
        const auto act = [&] {
            a.act(wire_->now);
            b.act(wire_->now);
        };
        wire_->run(stations, 1s, act);
        b.reading = true;
        wire_->run(stations, 3s, act);
        if (s.restart) return tell_restart(a, s);
        if (s.aborts) {
            a.abort(wire_->now);
            return wire_->run(stations, 1s, act);
        }
        a.close(wire_->now);
        b.close(wire_->now);
        wire_->run(stations, 12s, act);
    }

private:
    /// B comes back without a memory, while A goes on; then A opens again.
    template <class Framing>
    void tell_restart(node<Framing>& a, const story& s) {
        node<Framing> b{2, world_, world_ + 1'000ULL, 1'500, s.resolves};
        std::array<wiretap::station*, 2> stations{&a, &b};
        const auto act = [&] {
            a.act(wire_->now);
            b.act(wire_->now);
        };
        b.listen(s.options);
        a.to_send = 3;
        wire_->run(stations, 2s, act);
        if (!a.open()) a.connect(wire_->now, 7, 5'000, s.options);
        a.to_send = 5;
        wire_->run(stations, 2s, act);
        a.close(wire_->now);
        b.close(wire_->now);
        wire_->run(stations, 5s, act);
    }

    wiretap::wire* wire_;
    std::uint16_t world_ = 0;
};

/// Every set of features that engines can have, in bad weather.
void tell_feature_sets(teller& t) {
    constexpr std::array optional{features::wide, features::credit, features::crc32c, features::tag,
                                  features::frag, features::empty,  features::bundle};
    for (unsigned choice = 0; choice < 1U << optional.size(); choice += 3) {
        story s;
        s.weather = {.loss = 5, .duplication = 3, .reordering = 5, .corruption = 3};
        s.options.offered = features::fin;
        for (unsigned bit = 0; bit < optional.size(); ++bit)
            if ((choice >> bit & 1) != 0) s.options.offered = s.options.offered | optional[bit];
        if (!s.options.offered.has(features::frag))
            s.options.offered = s.options.offered - features::bundle;
        s.options.offered = s.options.offered & everything;
        s.options.auto_close = choice % 2 == 0;
        s.options.ordered = choice % 5 != 0;
        s.as = static_cast<wiretap::wrapping>(choice % 6);
        t.tell(s);
    }
}

void tell_endings(teller& t) {
    for (const features offered : {features{}, features::fin, everything}) {
        story s;
        s.options.offered = offered;
        s.messages = 20;
        t.tell(s);
        s.aborts = true;
        t.tell(s);
        s.aborts = false;
        s.restart = true;
        t.tell(s);
        s.restart = false;
        s.nobody_listens = true;
        t.tell(s);
        s.nobody_listens = false;
        s.slow_reader = true;
        s.messages = 400;
        t.tell(s);
        s.slow_reader = false;
        s.messages = 20;
        s.required_by_listener = features::fin | features::tag;
        if (offered == features::fin) t.tell(s);
    }
    story found;  // the nodes find each other, and one comes back with another boot id
    found.options.offered = everything;
    found.messages = 20;
    found.resolves = found.restart = true;
    t.tell(found);
    story paper;
    paper.options = rrdp::profiles::paper_exact;
    paper.weather = {.loss = 10, .duplication = 5, .reordering = 5, .corruption = 2};
    t.tell(paper);
}

/// The engines' own framings, with frames that no test has wrapped.
void tell_encapsulations(teller& t, wiretap::wire& wire) {
    story s;
    s.options.offered = everything;
    s.weather = {.loss = 3, .duplication = 2, .reordering = 3, .corruption = 2};
    s.options.congestion = rrdp::congestion_kind::aimd;
    s.messages = 40;
    const auto told = [&]<class Framing>(Framing, std::uint16_t mtu) {
        wire.spared = static_cast<std::uint32_t>(14 + Framing::overhead);
        t.tell<Framing>(s, mtu);
    };
    told(rrdp::framings::ipv4{}, 1'480);
    told(rrdp::framings::ipv6{}, 8'960);
    told(rrdp::framings::udp4{}, 1'472);
    told(rrdp::framings::udp6{}, 1'452);
    wire.spared = 0;
}

/// Frames made by hand, from node 1 or 2 of a world of their own.
class hand {
public:
    hand(wiretap::wire& wire, std::uint16_t world) : wire_{&wire}, world_{world} {}

    void says(std::uint16_t node, rrdp::octets_view segment, std::size_t padded_to = 46) {
        frame_octets frame(rrdp::wire::ethernet_framing::overhead);
        const auto other = static_cast<std::uint16_t>(3 - node);
        rrdp::wire::ethernet_framing{}.write_header(frame, address_of(other, world_),
                                                    address_of(node, world_));
        frame.insert(frame.end(), segment.begin(), segment.end());
        frame.resize(std::max(frame.size(), frame.size() - segment.size() + padded_to));
        wire_->note(frame);
    }
    void says_to(const rrdp::wire::mac_address& to, rrdp::octets_view payload) {
        frame_octets frame(rrdp::wire::ethernet_framing::overhead);
        rrdp::wire::ethernet_framing{}.write_header(frame, to, address_of(1, world_));
        frame.insert(frame.end(), payload.begin(), payload.end());
        frame.resize(std::max<std::size_t>(frame.size(), 60));
        wire_->note(frame);
    }

private:
    wiretap::wire* wire_;
    std::uint16_t world_;
};

/// A SYN, or a SYN ACK, with every TLV that its features want and all others.
rrdp::wire::syn_parameters full_syn(features offered, std::uint32_t tag, bool reply,
                                    rrdp::octets_view application) {
    rrdp::wire::syn_parameters p = rrdp::testing::segments::plain();
    p.extended = true;
    p.offered = offered;
    p.node = rrdp::wire::node_pair{1, 2};
    p.boot = 0xb007'0001;
    p.timing = rrdp::wire::syn_timing{1'000, 2, 500};
    p.sequence_high = offered.has(features::wide) ? 0xfffe : 0;
    p.application = application;
    if (offered.has(features::frag)) p.max_message = 65'536;
    if (offered.has(features::tag)) p.tag = tag;
    if (offered.has(features::tag) && reply) p.peer_tag = 3 - tag;
    p.has_cookie = offered.has(features::cookie) && !reply;
    if (p.has_cookie) p.cookie = application;
    return p;
}

frame_octets encoded(rrdp::wire::segment s, features agreed) {
    frame_octets out(1'600);
    s.words.crc = rrdp::wire::crc32c(s.payload);
    const auto size = rrdp::wire::encode(s, agreed, out);
    if (!size) std::abort();
    out.resize(*size);
    return out;
}

/// A SYN with a pad, a TLV of the future, one reserved for SEC, and one whose feature is missing.
frame_octets odd_syn() {
    constexpr std::array<std::uint16_t, 15> words{64,     1'500,  0xc001, 0x0101, 0x6080,
                                                  0x0000, 0x6302, 0x1234, 0x5678, 0x0b01,
                                                  0x9abc, 0x0902, 0,      0,      0x0000};
    frame_octets out(64);
    rrdp::wire::segment_writer writer{out};
    writer.base(rrdp::wire::flags_syn, 5'001, 1'024, rrdp::wire::seq16{77}, {});
    for (const std::uint16_t word : words) writer.word(word);
    out.resize(writer.finish({}, rrdp::wire::coverage::header_and_data));
    return out;
}

/// The kinds of segment that a record sends, on a connection with `agreed`.
void write_connection(hand& h, features agreed) {
    using namespace rrdp::wire;
    const auto some = rrdp::testing::hex("cafe f00d");
    const bool wide = agreed.has(features::wide);
    const std::uint16_t high = wide ? 0xfffe : 0;
    const rrdp::testing::segments one{
        .agreed = agreed,
        .words = {.tag = 2, .sequence_high = high, .acknowledgement_high = high}};
    const rrdp::testing::segments two{
        .source_port = one.destination_port,
        .destination_port = one.source_port,
        .agreed = agreed,
        .words = {.tag = 1, .sequence_high = high, .acknowledgement_high = high}};
    h.says(1, one.syn(0xfff0, full_syn(agreed, 1, false, some)), 1'500);
    h.says(2, two.syn_ack(0x0010, 0xfff0, full_syn(agreed, 2, true, some)), 1'500);
    h.says(1, one.ack(0xfff1, 0x0010));
    if (agreed.has(features::frag))
        for (std::uint16_t left = 4; left-- > 0;)
            h.says(1, one.data(static_cast<std::uint16_t>(0xfff4 - left), 0x0010, "run", left));
    else
        h.says(1, one.data(0xfff1, 0x0010, "message"));
    if (agreed.has(features::bundle)) {
        h.says(1, one.bundle(0xfff5, 0x0010, {"one", "two", "three"}));
        auto broken = one.bundle(0xfff5, 0x0010, {"one", "two"});
        broken.room()[broken.size() - 4] ^= std::byte{1};  // a length
        rrdp::testing::repair_checksum(broken.room().first(broken.size()),
                                       coverage_of(flags_ack, agreed));
        h.says(1, broken);
    }
    h.says(2, two.eack(0x0011, 0xfff0, {0xfff2, 0xfff3, 0xfff4}));
    for (const unsigned code : {0U, 1U, 2U, 7U})
        h.says(2, two.nul(static_cast<std::uint16_t>(0x0011 + code), 0xfff4,
                          static_cast<nul_code>(code)));
    h.says(1, one.nul(0xfff5, 0x0013), 1'200);
    segment s;
    s.words = one.words;
    s.base = {.control = flags_nul, .source_port = 5'001, .destination_port = 1'024};
    s.base.sequence = seq16{0xfff6};
    s.words.acknowledgement_high = 0;
    h.says(1, encoded(s, agreed));
    s.words = two.words;
    s.base = {.control = flags_ack_eack, .source_port = 1'024, .destination_port = 5'001};
    s.base.sequence = seq16{0x0019};
    s.base.acknowledgement = seq16{0xfff6};
    s.words.eacks = eack_view{some};
    s.payload = some;
    if (agreed.has(features::credit)) s.words.credit = 0xfff6;
    h.says(2, encoded(s, agreed));
    reset_form form{.form = reset_form::kind::bare_tagged, .tag = 2};
    for (unsigned reason = 0; reason < 14; ++reason) {
        form.reason = static_cast<reset_reason>(reason);
        h.says(1, one.rst(0xfff7, 0x0019, form));
    }
    form = {.form = reset_form::kind::connection, .reason = reset_reason::aborted};
    h.says(1, one.rst(0xfff7, 0x0019, form));
}

/// The forms of a peer without a record, as an opener gets them.
void write_refusals(hand& h) {
    using namespace rrdp::wire;
    const auto cookie = rrdp::testing::hex("0123 4567 89ab cdef");
    using kind = reset_form::kind;
    const rrdp::testing::segments one;
    for (const kind form : {kind::bare, kind::bare_tagged, kind::cookie, kind::cookie_tagged}) {
        h.says(1, one.syn(0x1000, full_syn(features::all, 1, false, cookie)));
        reset_form r{.form = form, .reason = reset_reason::refused};
        const bool asks = form == kind::cookie || form == kind::cookie_tagged;
        if (form == kind::bare_tagged || form == kind::cookie_tagged) r.tag = 1;
        if (asks) r.reason = reset_reason::retry_with_cookie;
        if (asks) r.cookie = cookie;
        segment s;
        s.base = {.control = flags_rst_ack, .source_port = 1'024, .destination_port = 5'001};
        s.base.acknowledgement = seq16{0x1000};
        s.reset = r;
        h.says(2, encoded(s, {}));
        s.base.control = flags_rst;
        h.says(2, encoded(s, {}));
    }
    h.says(1, odd_syn());
}

void write_resolution_frames(wiretap::wire& wire, std::uint16_t world) {
    using rrdp::wire::resolution_op;
    hand h{wire, world};
    rrdp::wire::resolution_frame r{.cluster = 0x5252'5244,
                                   .boot_id = 0xb007'b007,
                                   .sender_mac = address_of(1, world),
                                   .sender_mtu = 9'000};
    for (unsigned op = 0; op < 7; ++op) {
        r.op = static_cast<resolution_op>(op);
        r.sender_node = r.op == resolution_op::probe ? 0 : 1;
        r.target_node = r.op == resolution_op::bye ? 0 : 2;
        std::array<std::byte, 32> frame{};
        rrdp::wire::write_resolution(frame, r);
        h.says_to({{3, 0x52, 0x52, 0x44, 0x50, 0}}, frame);
        h.says_to(address_of(2, world), frame);
        h.says_to(address_of(2, world), rrdp::octets_view{frame}.first(20));
    }
    r.op = resolution_op::hello;
    r.sender_mac = address_of(2, world);
    std::array<std::byte, 32> foreign{};
    rrdp::wire::write_resolution(foreign, r);
    h.says_to(address_of(2, world), foreign);
}

/// Segments that no check but that of the addresses, or the capture's own, is against.
void write_odd_envelopes(wiretap::wire& wire, wiretap::capture_file& file, std::uint16_t world) {
    hand h{wire, world};
    const auto data = rrdp::testing::segments{}.data(1, 2, "to whom?");
    h.says_to({{3, 0, 0, 0, 0, 1}}, data);
    h.says_to(address_of(1, world), data);
    h.says(1, data);
    const frame_octets& whole = wire.seen.back();
    file.write(wire.now, whole, 1);
    file.write(wire.now, whole, 40);
    file.write(wire.now, rrdp::octets_view{whole}.first(14));
    file.write(wire.now, rrdp::octets_view{whole}.first(20));
}

void write_by_hand(wiretap::wire& wire, wiretap::capture_file& file) {
    std::uint16_t world = 1'000;
    wire.as = wiretap::wrapping::ethernet;
    for (unsigned bits = 0; bits < 0x100; bits += 0x11) {
        hand h{wire, ++world};
        const features plain{static_cast<std::uint16_t>(bits << 8)};
        write_connection(h, plain.has(features::frag) ? plain | features::bundle : plain);
    }
    for (unsigned as = 1; as < 6; ++as) {
        wire.as = static_cast<wiretap::wrapping>(as);
        hand h{wire, ++world};
        write_refusals(h);
        write_connection(h, features::all);
    }
    wire.as = wiretap::wrapping::ethernet;
    hand h{wire, ++world};
    write_refusals(h);
    write_resolution_frames(wire, ++world);
    write_odd_envelopes(wire, file, ++world);
}

/// Changes something of a frame, behind its addresses most of the time.
void damage(frame_octets& frame, rrdp::testing::dice& dice) {
    constexpr std::size_t header = rrdp::wire::ethernet_framing::overhead;
    constexpr std::array<unsigned, 8> flags{0x83, 0xc3, 0x43, 0x63, 0x4b, 0x0b, 0x13, 0x53};
    if (frame.size() <= header) return;
    const std::size_t at = header + dice.below(dice.chance(70) ? 20 : frame.size() - header);
    if (at >= frame.size()) return;
    switch (dice.below(7)) {
        case 0: frame[at] ^= static_cast<std::byte>(1U << dice.below(8)); break;
        case 1: frame[at] = static_cast<std::byte>(dice.below(256)); break;
        case 2: frame[header] = static_cast<std::byte>(flags[dice.below(flags.size())]); break;
        case 3: frame[header + 1] = static_cast<std::byte>(7 + dice.below(12)); break;
        case 4: frame.resize(header + dice.below(frame.size() - header)); break;
        case 5:
            frame.insert(frame.begin() + static_cast<std::ptrdiff_t>(at), 2, std::byte{});
            break;
        default: frame[dice.below(6)] ^= static_cast<std::byte>(1U << dice.below(8)); break;
    }
}

/// Between copies of what was there, copies with damages: half of them with a right checksum.
void write_hostile(wiretap::wire& wire, std::size_t count) {
    const std::vector<frame_octets> models = std::move(wire.seen);
    auto& dice = wire.dice;
    for (std::size_t i = 0; i < count; ++i) {
        frame_octets frame = models[dice.below(models.size())];
        if (dice.chance(80)) damage(frame, dice);
        if (dice.chance(30)) damage(frame, dice);
        if (dice.chance(60) && frame.size() > rrdp::wire::ethernet_framing::overhead) {
            const auto covered = dice.chance(50) ? rrdp::wire::coverage::header_only
                                                 : rrdp::wire::coverage::header_and_data;
            rrdp::testing::repair_checksum(
                rrdp::octets{frame}.subspan(rrdp::wire::ethernet_framing::overhead), covered);
        }
        // Wireshark hands an empty datagram to nobody.
        const bool empty = frame.size() <= rrdp::wire::ethernet_framing::overhead;
        wire.as = empty || dice.chance(90) ? wiretap::wrapping::ethernet
                                           : static_cast<wiretap::wrapping>(dice.below(6));
        wire.note(frame);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 0) : 1;
    wiretap::capture_file file{argv[1]};
    wiretap::wire wire{file, seed};
    teller t{wire};
    tell_feature_sets(t);
    tell_endings(t);
    tell_encapsulations(t, wire);
    write_by_hand(wire, file);
    const auto honest = file.frames();
    write_hostile(wire, 4'000);
    std::printf(
        "{\"frames\":%llu,\"hostile\":%llu,\"lost\":%llu,\"duplicated\":%llu,"
        "\"reordered\":%llu,\"corrupted\":%llu}\n",
        static_cast<unsigned long long>(file.frames()),
        static_cast<unsigned long long>(file.frames() - honest),
        static_cast<unsigned long long>(wire.met.lost),
        static_cast<unsigned long long>(wire.met.duplicated),
        static_cast<unsigned long long>(wire.met.reordered),
        static_cast<unsigned long long>(wire.met.corrupted));
    return 0;
}
