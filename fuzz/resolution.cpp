// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>

#include <rrdp/rrdp.hpp>
#include <rrdp/testing/segments.hpp>

#include "check.hpp"
#include "frames.hpp"
#include "input.hpp"

/// One engine that resolves nodes (section 15), and a link on which the fuzzer is everybody else:
/// nodes that greet, probe, claim numbers and addresses of others, answer or not, leave, restart.
///
/// Whatever comes, what was entered by hand stays, nobody is answered for, what
/// the engine says is well formed and under its own number, where no connection waits one frame
/// makes it send one at most to any address, and one more only to who is doubted, no
/// address is two nodes', nothing is sent after goodbye, and at the end every record is back.
///
/// Input: role and seed, then operations.
namespace rrdp::fuzz {
namespace {

using namespace std::chrono_literals;
using op_kind = wire::resolution_op;

constexpr std::size_t operations_max = 400, frame_room = 200 + wire::ethernet_framing::overhead;
constexpr std::uint16_t own_number = 1, static_number = 2, others = 8;
constexpr std::uint32_t cluster = 7;
constexpr capacities small{.connections = 4,
                           .rings = 4,
                           .segments = 8,
                           .segment_max = 186,
                           .nodes = 4,
                           .listeners = 1,
                           .option_sets = 2};

struct small_policy : default_policy {
    static constexpr std::uint16_t max_outstanding = 4;
};

/// Address 1 is the engine's, 2 that of the node entered by hand; the others are anybody's.
wire::mac_address address_of(unsigned which) {
    return {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(which)}};
}

class node {
public:
    explicit node(input& in)
        : in_{in},
          role_{in.flag() ? nr_role::active : nr_role::passive},
          engine_{memory(),
                  small,
                  {.node = node_id{own_number},
                   .address = address_of(own_number),
                   .mtu = 200,
                   .boot_id = 0x0b00'0001,
                   .resolution = role_,
                   .cluster = cluster},
                  entropy{in.word32(), 1}} {
        check(engine_.status() == errc::ok, "the configuration is right");
        check(engine_.add_node(node_id{static_number}, address_of(static_number)) == errc::ok,
              "a node can be entered by hand");
    }

    void run() {
        settle();
        for (std::size_t i = 0; i < operations_max && !in_.empty(); ++i) {
            operate(in_.octet());
            settle();
            check_table();
        }
        end();
    }

private:
    static octets memory() {
        alignas(arena::alignment) static std::array<std::byte,
                                                    endpoint<small_policy>::memory_required(small)>
            octets;
        return octets;
    }

    void operate(unsigned octet) {
        const unsigned more = octet >> 3;
        switch (octet & 7) {
            case 0: return hear_op(op_kind::hello, more);
            case 1: return hear_op(op_kind::hello_reply, more);
            case 2: return hear_op(static_cast<op_kind>(1 + in_.octet() % 5), more);
            case 3: return hear_anything();
            case 4: return pass_time(duration{std::int64_t{1} << (in_.octet() % 42U)});
            case 5:
                if (const auto next = engine_.next_timeout())
                    pass_time(std::max(*next - now_, duration{}));
                return;
            case 6: return command(more);
            default: return hear_segment(more);
        }
    }

    /// A node, at its own address or another's, with one of four boot ids.
    void hear_op(op_kind op, unsigned more) {
        const unsigned who = 2 + in_.octet() % (others + 1U);  // one more than the table holds
        const unsigned odd = in_.octet();
        wire::resolution_frame f{.op = op, .cluster = cluster};
        f.sender_node = static_cast<std::uint16_t>(odd % 8 == 1 ? own_number : who);
        if (op == op_kind::probe && odd % 8 != 2) f.sender_node = 0;
        f.target_node = static_cast<std::uint16_t>(more % 4 == 0   ? own_number
                                                   : more % 4 == 1 ? 0
                                                                   : more % others);
        f.boot_id = 0x0b00'0100 + (odd >> 3 & 3);
        f.sender_mac = address_of(odd % 8 == 3 ? 2 + (odd >> 5) : who);
        f.sender_mtu = static_cast<std::uint16_t>(odd % 8 == 4 ? odd : 200);
        if (odd % 8 == 5) f.cluster = 8;
        if (odd % 8 == 6) f.versions = 0;
        std::array<std::byte, wire::resolution_octets> octets;
        wire::write_resolution(octets, f);
        hear(octets, f.sender_mac, more >= 16);
    }
    void hear_anything() {
        std::array<std::byte, wire::resolution_octets> octets{};
        const octets_view given = in_.take(wire::resolution_octets);
        copy_octets(given, rrdp::octets{octets}.first(given.size()));
        if (in_.flag()) {
            octets[0] = std::byte{0};
            octets[1] = std::byte{wire::resolution_octets / wire::word_octets};
            store_be16(octets, 26, 0);
            store_be16(octets, 26, wire::checksum_of(octets));
        }
        hear(octets, wire::load_mac(octets, 16), in_.flag());
    }
    /// A SYN of a node that may be unknown, or a stray.
    void hear_segment(unsigned more) {
        const testing_segment octets{more};
        hear(octets.view(), address_of(2 + more % (others + 1U)), false);
    }
    void hear(octets_view payload, const wire::mac_address& from, bool to_all) {
        constexpr std::size_t header = wire::ethernet_framing::overhead;
        static watched<frame_room> room;
        const octets whole = room.last(header + payload.size());
        wire::ethernet_framing{}.write_header(
            whole.first(header), to_all ? wire::resolution_group : address_of(own_number), from);
        copy_octets(payload, whole.subspan(header));
        engine_.handle_frame(now_, whole);
        const bool waits = engine_.connections() != 0;
        const std::size_t said = settle();
        if (waits || said <= 1) return;
        check(said == 2 && last_to_ != before_last_to_,
              "where nothing waits, no address gets more than one frame for one");
    }

    void command(unsigned more) {
        const node_id to{static_cast<std::uint16_t>(2 + more % others)};
        switch (in_.octet() % 8U) {
            case 0: engine_.handle_link(now_, link_state::down); break;
            case 1: engine_.handle_link(now_, link_state::up); break;
            case 2:
                if (more % 4 == 0) engine_.leave(now_);
                break;
            case 3:
                if (more % 4 == 0) static_cast<void>(engine_.listen(7));
                break;
            case 4: abort_newest(); break;
            default:
                if (const auto made = engine_.connect(now_, {to, 7, 0})) newest_ = *made;
        }
    }
    void abort_newest() {
        if (newest_) static_cast<void>(engine_.abort(now_, *newest_));
    }
    void pass_time(duration some) {
        now_ += some;
        engine_.handle_timeout(now_);
    }

    /// How many frames the engine has said.
    std::size_t settle() {
        std::size_t said = 0;
        static watched<frame_room> room;
        for (;; ++said) {
            check(said < 200, "an engine comes to rest");
            const auto size = engine_.poll_transmit(now_, room.last(frame_room));
            if (!size) break;
            check_said(octets_view{room.last(frame_room)}.first(*size));
        }
        check(!engine_.wants_transmit(now_), "who has nothing wants nothing");
        for (std::size_t i = 0;; ++i) {
            check(i < 200, "there is an end of events");
            const auto e = engine_.poll_event();
            if (!e) break;
            if (e->kind == event_kind::number_conflict) lost_ = true;
            if (e->kind == event_kind::accepted) newest_ = e->connection;
            check(e->kind != event_kind::closed || e->reason != end_reason::internal_error,
                  "nothing ends by our own fault");
        }
        return said;
    }
    void check_said(octets_view said) {
        const octets_view payload = said.subspan(wire::ethernet_framing::overhead);
        before_last_to_ = last_to_;
        last_to_ = wire::load_mac(said, 0);
        check(wire::load_mac(said, 6) == address_of(own_number), "its own address is the sender's");
        if (!wire::is_resolution(payload)) {
            check(!lost_, "nothing is sent under a number that is another's");
            return;
        }
        const auto f = wire::parse_resolution(payload, cluster, address_of(own_number));
        check(f.has_value(), "what it says is well formed");
        check(f->sender_node == own_number || (f->op == op_kind::probe && f->sender_node == 0),
              "it speaks for itself only");
        check(!gone_, "nothing is said after goodbye");
        if (f->op == op_kind::bye) gone_ = true;
        if (role_ == nr_role::passive)
            check(f->op == op_kind::hello && f->target_node != 0, "who is passive only asks");
    }

    void check_table() const {
        const auto fixed = engine_.node(node_id{static_number});
        check(fixed && !fixed->learned && fixed->addressed &&
                  fixed->address == address_of(static_number),
              "what was entered by hand stays");
        std::array<wire::mac_address, others + 3> seen;
        std::size_t count = 0;
        for (std::uint16_t n = 1; n <= others + 2; ++n) {
            const auto e = engine_.node(node_id{n});
            if (!e || !e->addressed) continue;
            check(wire::ethernet_framing::is_unicast(e->address), "a node has a unicast address");
            check(std::find(seen.begin(), seen.begin() + count, e->address) == seen.begin() + count,
                  "an address is one node's");
            seen[count++] = e->address;
        }
        check(count <= small.nodes, "no more nodes are known than there is memory for");
    }

    void end() {
        engine_.handle_link(now_, link_state::up);
        if (!gone_) engine_.leave(now_);
        for (int i = 0; i < 200; ++i) {
            settle();
            if (engine_.connections() == 0) break;
            const auto next = engine_.next_timeout();
            pass_time(next ? std::max(*next - now_, duration{}) : 1s);
        }
        check(engine_.connections() == 0, "every record is forgotten");
        check(engine_.segments_available() == small.segments, "every segment is back");
    }

    /// A SYN of the plainest kind, or an ACK of nothing.
    class testing_segment {
    public:
        explicit testing_segment(unsigned more) {
            const testing::segments from{.source_port = 5'001, .destination_port = 7};
            octets_ = more % 2 == 0 ? from.syn(100) : from.ack(100, 100);
        }
        [[nodiscard]] octets_view view() const { return octets_; }

    private:
        testing::segment_octets octets_;
    };

    input& in_;
    nr_role role_;
    endpoint<small_policy> engine_;
    instant now_{};
    std::optional<connection_id> newest_;
    wire::mac_address last_to_{}, before_last_to_{};
    bool lost_ = false, gone_ = false;
};

}  // namespace
}  // namespace rrdp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rrdp::fuzz::input in{data, size};
    rrdp::fuzz::node{in}.run();
    return 0;
}
