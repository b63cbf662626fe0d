// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "side.hpp"

/// One engine, whose peer and whose clock are the fuzzer. The peer knows the numbers, tags
/// and features of the connection, so that its segments get to where the logic is: any number, in
/// any order, acknowledging anything, of every kind. Time starts anywhere, leaps, stands and runs
/// backwards.
///
/// Whatever comes, what must hold of one side holds (side.hpp). While the peer has said one thing
/// of each number, messages are delivered in its order, each once, and nothing is acknowledged that
/// was not sent.
///
/// Input: the clock, the seed, the options, the peer's offer and first number, then operations.
namespace rrdp::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t operations_max = 400;
constexpr std::uint32_t numbers_max = 512;  // of the peer, in one execution
constexpr std::uint16_t peer_port = 5'001;

/// Segment `n` of the peer, counted from its SYN: every seventh is a NUL, the others have data.
constexpr bool is_nul(std::uint32_t n) {
    return n % 7 == 3;
}
class peer_message {
public:
    explicit peer_message(std::uint32_t n) : size_{4 + n * 13 % 90} {
        store_be32(octets_, 0, n);
        for (std::size_t i = 4; i < size_; ++i) octets_[i] = static_cast<std::byte>(n * 7 + i);
    }
    [[nodiscard]] octets_view view() const { return octets_view{octets_}.first(size_); }

private:
    std::array<std::byte, 96> octets_;
    std::size_t size_;
};

/// What the peer knows and has said.
struct peer_state {
    wire::features offered{}, agreed{};
    std::uint16_t own_port = peer_port, engine_port = port;
    std::uint32_t first = 0, sent = 0;  ///< its first number; the highest sent, counted from it
    std::uint32_t unbroken = 0;         ///< all up to here were sent, counted in the same way
    std::uint32_t fin = numbers_max;    ///< the number of its FIN
    std::uint32_t heard_first = 0, heard = 0;  ///< of the engine: its first number and the next
    std::uint32_t tag = 0;                     ///< the engine's, which segments to it must bear
    bool knows_engine = false, consistent = true;
    std::bitset<numbers_max> said;
};

class lone {
public:
    explicit lone(input& in)
        : in_{in}, now_{read_clock(in)}, own_{0, in.word32(), read_options(in)} {
        peer_.offered =
            wire::features{static_cast<std::uint16_t>(in.octet() << 8)} & supported_features;
        peer_.first = in.flag() ? 0xffff'ffff - in.octet() : in.word32();
    }

    void run() {
        if (in_.flag()) own_.connect(now_, 5'000);
        settle();
        for (std::size_t i = 0; i < operations_max && !in_.empty(); ++i) {
            operate(in_.octet());
            settle();
        }
        end();
    }

private:
    static instant read_clock(input& in) {
        const unsigned how = in.octet();
        if (how % 4 == 0) return instant{};
        if (how % 4 == 1) return instant{duration{(std::int64_t{1} << 62) - how}};
        return instant{duration{std::int64_t{1} << how % 62}};
    }

    void operate(unsigned octet) {
        const unsigned more = octet >> 4;
        switch (octet & 15) {
            case 0: return say_syn(more);
            case 1: return say_number(peer_.sent + 1, more);
            case 2: return say_number(peer_.sent + in_.octet() % 64U - 32U, more);
            case 3: return say_ack(more);
            case 4: return say_eack(more);
            case 5: return say_fin(more);
            case 6: return say_reset(more);
            case 7: return say_anything(more);
            case 8: return pass_time(duration{std::int64_t{1} << (in_.octet() % 43U)});
            case 9: return wait_for_timer();
            case 10:
                for (unsigned i = 0; i <= more; ++i) own_.send(clock());
                return;
            case 11: return read(1 + more);
            case 12: return own_.command(clock(), in_.octet() % 8U);
            case 13: return own_.connect(clock(), static_cast<std::uint16_t>(5'000 + (more & 1)));
            case 14: skew_ = more == 0 ? duration{} : duration{std::int64_t{1} << 2 * more}; return;
            default: mangle_ = static_cast<std::uint8_t>(1 + more); return;
        }
    }

    // ---- the clock

    /// What the engine is told: sometimes a moment that has long passed.
    [[nodiscard]] instant clock() const {
        return now_ - instant{} > skew_ ? now_ - skew_ : instant{};
    }
    void pass_time(duration some) {
        now_ += some;
        own_.pass_time(clock());
    }
    void wait_for_timer() {
        if (const auto next = own_.engine.next_timeout()) {
            skew_ = {};
            pass_time(std::max(*next - now_, duration{}));
        }
    }

    // ---- the peer speaks

    [[nodiscard]] wire::segment start(wire::flags control, std::uint32_t n, unsigned ack) const {
        wire::segment s;
        s.base = {.control = control,
                  .source_port = peer_.own_port,
                  .destination_port = peer_.engine_port};
        const sequence number{peer_.first + n};
        const sequence acknowledged{peer_.heard - 1 - ack};
        s.base.sequence = number.low();
        s.base.acknowledgement = acknowledged.low();
        s.words.tag = peer_.tag;
        s.words.sequence_high = number.high();
        s.words.acknowledgement_high = acknowledged.high();
        return s;
    }

    void say(wire::segment s) {
        s.words.crc = wire::crc32c(s.payload);
        constexpr std::size_t header = wire::ethernet_framing::overhead;
        std::array<std::byte, header + 512 + 96> room;
        wire::ethernet_framing{}.write_header(octets{room}.first(header), address_of(0),
                                              address_of(1));
        const auto size = wire::encode(s, peer_.agreed, octets{room}.subspan(header));
        if (!size) return;
        const octets whole = octets{room}.first(std::min(header + *size, frame_room));
        if (mangle_ != 0) mangle(whole.subspan(header));
        own_.hear_frame(clock(), whole);
    }
    /// One octet is changed, and the checksum made right again, or not.
    void mangle(octets segment) {
        peer_.consistent = false;
        const std::size_t at = in_.octet() % segment.size();
        segment[at] ^= static_cast<std::byte>(in_.octet());
        if (mangle_ % 4 != 0)
            testing::repair_checksum(segment, mangle_ % 4 == 1 ? wire::coverage::header_only
                                                               : wire::coverage::header_and_data);
        mangle_ = 0;
    }

    /// A SYN, or the answer to the engine's.
    void say_syn(unsigned more) {
        const bool answer = peer_.knows_engine && (more & 1) == 0;
        wire::segment s = start(answer ? wire::flags_syn_ack : wire::flags_syn, 0, 0);
        s.base.acknowledgement = sequence{peer_.heard_first}.low();
        wire::syn_parameters p = testing::segments::plain();
        p.max_outstanding = static_cast<std::uint16_t>(1 + in_.octet() % 20U);
        p.max_segment_size = static_cast<std::uint16_t>(64 + in_.octet());
        p.sequenced = (more & 2) == 0;
        p.offered = answer ? peer_.agreed : peer_.offered;
        p.extended = !p.offered.none() || (more & 4) != 0;
        p.sequence_high = sequence{peer_.first}.high();
        if (p.offered.has(wire::features::tag)) p.tag = 0x7a67'0001;
        if (p.offered.has(wire::features::tag) && answer) p.peer_tag = peer_.tag;
        if (p.offered.has(wire::features::frag)) p.max_message = 1'000;
        if ((more & 8) != 0) p.boot = in_.octet();
        s.syn = p;
        if (!answer) peer_.own_port = peer_port, peer_.engine_port = port;
        say(s);
    }
    /// A number, with what it always has.
    void say_number(std::uint32_t n, unsigned more) {
        if (n == 0 || n >= numbers_max || n > peer_.fin) return;
        note(n);
        const bool nul = is_nul(n) || n == peer_.fin;
        const peer_message message{n};
        wire::segment s = start(nul ? wire::flags_nul_ack : wire::flags_ack, n, more % 4);
        if (!nul) s.payload = message.view();
        if (n == peer_.fin) s.words.nul_code = static_cast<std::uint16_t>(wire::nul_code::fin);
        if (more >= 4 && peer_.agreed.has(wire::features::credit))
            s.words.credit = static_cast<std::uint16_t>(s.base.acknowledgement.value() + more);
        say(s);
    }
    void note(std::uint32_t n) {
        peer_.said.set(n);
        peer_.sent = std::max(peer_.sent, n);
        while (peer_.unbroken + 1 < numbers_max && peer_.said[peer_.unbroken + 1]) ++peer_.unbroken;
    }
    void say_ack(unsigned more) {
        const unsigned back = more < 8 ? more : in_.octet() - 128U;
        say(start(wire::flags_ack, peer_.sent + 1, back));
    }
    void say_eack(unsigned more) {
        wire::segment s = start(wire::flags_ack_eack, peer_.sent + 1, more);
        std::array<std::byte, 2 * 8> list{};
        const std::size_t count = 1 + in_.octet() % 8U;
        for (std::size_t i = 0; i < count; ++i)
            store_be16(list, 2 * i,
                       static_cast<std::uint16_t>(s.base.acknowledgement.value() + 1 +
                                                  in_.octet() % (2U * 16 + 4)));
        s.words.eacks = wire::eack_view{octets_view{list}.first(2 * count)};
        if (peer_.agreed.has(wire::features::credit))
            s.words.credit = static_cast<std::uint16_t>(s.base.acknowledgement.value() + 2);
        say(s);
    }
    void say_fin(unsigned more) {
        if (peer_.fin == numbers_max) peer_.fin = peer_.sent + 1;
        say_number(peer_.fin, more % 4);
    }
    void say_reset(unsigned more) {
        wire::segment s = start(wire::flags_rst_ack, peer_.sent + 1 + more % 4, more / 8);
        wire::reset_form form;
        form.form = static_cast<wire::reset_form::kind>(in_.octet() % 3U);
        form.reason = static_cast<wire::reset_reason>(in_.octet() % 16U);
        form.tag = peer_.tag;
        form.sequence_high = s.words.sequence_high;
        form.acknowledgement_high = s.words.acknowledgement_high;
        s.reset = form;
        say(s);
    }
    /// A segment that breaks the rule of one thing said of each number: runs, bundles, empty ones.
    void say_anything(unsigned more) {
        peer_.consistent = false;
        const bool nul = (more & 1) != 0;
        wire::segment s = start(nul ? wire::flags_nul_ack : wire::flags_ack,
                                peer_.sent + in_.octet() % 8U, more / 4);
        if (nul)
            s.words.nul_code = in_.octet() % 4U;
        else
            s.payload = in_.take(in_.octet() % 96U);
        if ((more & 2) == 0)
            s.words.fragments_left = in_.octet() % 8U;
        else if (peer_.agreed.has(wire::features::bundle))
            s.words.bundled = 2 + in_.octet() % 4U;
        say(s);
    }

    // ---- the engine speaks

    void settle() {
        own_.settle(clock(), [&](octets_view said) { hear(said); });
    }
    void hear(octets_view said) {
        const auto s = wire::decode(said.subspan(wire::ethernet_framing::overhead), peer_.agreed);
        if (!s) return;  // a connection before this one, with other features
        if (s->syn) return hear_syn(*s);
        if (s->base.control.rst() || !peer_.knows_engine) return;
        const sequence number = expand(s->base.sequence, sequence{peer_.heard});
        const bool consumes = !s->payload.empty() || s->base.control.nul();
        const std::uint32_t next = number.value() + (consumes ? 1 : 0);
        if (distance(sequence{peer_.heard}, sequence{next}) > 0) peer_.heard = next;
        if (!judged() || !s->base.control.ack()) return;
        const auto acknowledged = static_cast<std::uint16_t>(s->base.acknowledgement.value() -
                                                             sequence{peer_.first}.low().value());
        check(acknowledged <= peer_.unbroken, "nothing is acknowledged that was not sent");
        for (std::size_t i = 0; i < s->words.eacks.size(); ++i) {
            const auto n = static_cast<std::uint16_t>(s->words.eacks[i].value() -
                                                      sequence{peer_.first}.low().value());
            check(n < numbers_max && peer_.said[n], "nothing is EACKed that was not sent");
        }
    }
    void hear_syn(const wire::segment& s) {
        peer_.own_port = s.base.destination_port;
        peer_.engine_port = s.base.source_port;
        peer_.heard_first = sequence{static_cast<std::uint32_t>(s.syn->sequence_high) << 16 |
                                     s.base.sequence.value()}
                                .value();
        peer_.heard = peer_.heard_first + 1;
        peer_.agreed = wire::agreed_on(s.syn->offered, peer_.offered);
        peer_.tag = s.syn->tag.value_or(0);
        peer_.knows_engine = true;
    }
    /// One connection, of which the peer has said nothing twofold.
    [[nodiscard]] bool judged() const {
        return peer_.consistent && own_.connections == 1 && peer_.knows_engine;
    }

    void read(std::size_t count) {
        conversation* c = own_.newest();
        for (; c != nullptr && count > 0; --count) {
            const auto m = own_.engine.receive(c->id);
            if (!m) return;
            std::array<std::byte, 512> room;
            const auto size = m->copy_to(room);
            check(size == std::min(m->size(), room.size()), "a message is as long as it says");
            if (judged() && own_.chosen.ordered) check_delivered(octets_view{room}.first(size));
        }
    }
    void check_delivered(octets_view message) {
        do ++delivered_;
        while (is_nul(delivered_));
        check(delivered_ <= peer_.unbroken, "L3: what is delivered was sent");
        check(testing::equal(message, peer_message{delivered_}.view()),
              "L1: what is delivered is what was sent, once, in its order");
    }

    void end() {
        skew_ = {};
        own_.abort_all(now_);
        const instant limit = now_ + 40s;
        for (int i = 0; i < 1'000; ++i) {
            settle();
            if (own_.at_rest()) break;
            const auto next = own_.engine.next_timeout();
            pass_time(std::max((next && *next < limit ? *next : limit) - now_, duration{}));
        }
        own_.check_end();
    }

    input& in_;
    instant now_;
    duration skew_{};
    side own_;
    peer_state peer_;
    std::uint8_t mangle_ = 0;
    std::uint32_t delivered_ = 0;
};

}  // namespace
}  // namespace rrdp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rrdp::fuzz::input in{data, size};
    rrdp::fuzz::lone{in}.run();
    return 0;
}
