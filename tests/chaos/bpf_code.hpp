// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <rrdp/adapters/detail/xdp_program.hpp>
#include <rrdp/wire/ethernet.hpp>

namespace rrdp::chaos {

/// What the program below is told and tells: the one entry of its map. Chances are in units of
/// 2^-16.
struct port_weather {
    std::uint64_t frames = 0;  ///< of ours that came by; also what chance is drawn from
    std::uint64_t seed = 0;
    std::uint64_t loss = 0, corrupt = 0, duplicate = 0, late = 0;
    std::uint64_t lost = 0;        ///< frames
    std::uint64_t corrupted = 0;   ///< one octet inverted in part
    std::uint64_t exchanged = 0;   ///< two words of the data changed places: no sum sees that
    std::uint64_t duplicated = 0;  ///< a copy came as well, behind what was waiting
    std::uint64_t delayed = 0;     ///< let pass what was waiting behind it
};

/// The program that every frame passes on its way into an interface (cls_bpf on clsact): it loses,
/// damages, doubles and delays, by numbers that follow from a seed and a count. Instructions rather
/// than C, because a test must not need a compiler of its own and a loader.
class bpf_code {
public:
    using instruction = adapters::detail::xdp_instruction;

    /// `map` is a descriptor of an array of one `port_weather`.
    constexpr explicit bpf_code(int map) {
        using namespace adapters::detail::xdp_code;
        emit(copy(skb, 1));
        emit(load_32(2, skb, mark_at));
        emit(equal(2, own_mark, 0), leaving);  // we have seen it before: its copy, or it was late
        emit(load_32(2, skb, protocol_at));
        emit(unequal(2, ethertype(), 0), leaving);
        emit(make(0x62, stack, 0, -4, 0));  // the key 0
        emit(load_map(1, map));
        emit({});
        emit(copy(2, stack));
        emit(add(2, -4));
        emit(call(map_lookup));
        emit(equal(0, 0, 0), leaving);
        emit(copy(weather, 0));
        draw();
        lose();
        damage();
        double_it();
        delay_it();
        const std::size_t end = size_;
        for (std::size_t i = 0; i < leaves_; ++i)
            code_[leave_[i]].jump = static_cast<std::int16_t>(end - leave_[i] - 1);
        emit(set(0, act_ok));
        emit(leave());
    }

    [[nodiscard]] constexpr const instruction* data() const { return code_.data(); }
    [[nodiscard]] constexpr std::size_t size() const { return size_; }

private:
    enum : bool { going_on, leaving };
    // Registers that survive calls, and the top of the stack.
    static constexpr unsigned skb = 6, weather = 7, dice = 8, scratch = 9, stack = 10;
    static constexpr int length_at = 0, mark_at = 8, protocol_at = 16, ifindex_at = 40;
    static constexpr std::int32_t map_lookup = 1, store_bytes = 9, clone_redirect = 13,
                                  redirect = 23, load_bytes = 26;
    static constexpr std::int32_t act_ok = 0, act_shot = 2, ingress = 1, own_mark = 0x5252;

    static constexpr std::int32_t ethertype() {
        const auto type = wire::default_ethertype;
        const bool little = std::endian::native == std::endian::little;
        return little ? (type & 0xff) << 8 | type >> 8 : type;
    }

    constexpr void emit(instruction i, bool leaves = going_on) {
        if (leaves) leave_[leaves_++] = size_;
        code_[size_++] = i;
    }
    static constexpr instruction op(unsigned code, unsigned to, unsigned from,
                                    std::int32_t number = 0) {
        return adapters::detail::xdp_code::make(code, to, from, 0, number);
    }
    static constexpr instruction load_64(unsigned to, unsigned from, std::size_t at) {
        return adapters::detail::xdp_code::make(0x79, to, from, static_cast<int>(at), 0);
    }
    static constexpr instruction store_64(unsigned to, std::size_t at, unsigned from) {
        return adapters::detail::xdp_code::make(0x7b, to, from, static_cast<int>(at), 0);
    }
    static constexpr instruction mark(std::int32_t with) {
        return adapters::detail::xdp_code::make(0x63, skb, 2, mark_at, with);
    }
    constexpr void set_64(unsigned to, std::uint64_t number) {
        using namespace adapters::detail::xdp_code;
        emit(make(0x18, to, 0, 0, static_cast<std::int32_t>(number)));
        emit(make(0, 0, 0, 0, static_cast<std::int32_t>(number >> 32)));
    }

    /// r2 becomes ++weather[at].
    constexpr void count(std::size_t at) {
        emit(load_64(2, weather, at));
        emit(op(0x07, 2, 0, 1));
        emit(store_64(weather, at, 2));
    }

    /// The dice become SplitMix64 of seed and count, without its last step.
    constexpr void draw() {
        count(offsetof(port_weather, frames));
        emit(load_64(dice, weather, offsetof(port_weather, seed)));
        emit(op(0x0f, dice, 2));  // +=
        mix(30, 0xbf58'476d'1ce4'e5b9);
        mix(27, 0x94d0'49bb'1331'11eb);
        mix(31, 0x9e37'79b9'7f4a'7c15);
    }
    constexpr void mix(std::int32_t shift, std::uint64_t factor) {
        emit(op(0xbf, 3, dice));
        emit(op(0x77, 3, 0, shift));
        emit(op(0xaf, dice, 3));
        set_64(3, factor);
        emit(op(0x2f, dice, 3));
    }

    /// Where the next instruction is skipped to unless a draw of 16 bits, from `shift` on, is below
    /// the chance at `at`; patched by `here`.
    constexpr std::size_t unless(std::int32_t shift, std::size_t at) {
        emit(op(0xbf, 2, dice));
        emit(op(0x77, 2, 0, shift));
        emit(op(0x57, 2, 0, 0xffff));
        emit(load_64(3, weather, at));
        emit(adapters::detail::xdp_code::make(0x3d, 2, 3, 0, 0));  // JGE
        return size_ - 1;
    }
    constexpr void here(std::size_t from) {
        code_[from].jump = static_cast<std::int16_t>(size_ - from - 1);
    }

    constexpr void lose() {
        using namespace adapters::detail::xdp_code;
        const std::size_t kept = unless(0, offsetof(port_weather, loss));
        count(offsetof(port_weather, lost));
        emit(set(0, act_shot));
        emit(leave());
        here(kept);
    }

    /// Puts `octets` at offset `scratch` of the frame on the stack, or goes to the end.
    constexpr void fetch(std::int32_t octets) {
        using namespace adapters::detail::xdp_code;
        emit(copy(1, skb));
        emit(copy(2, scratch));
        emit(copy(3, stack));
        emit(add(3, -8));
        emit(set(4, octets));
        emit(call(load_bytes));
        emit(unequal(0, 0, 0), leaving);
    }
    constexpr void put_back(std::int32_t octets) {
        using namespace adapters::detail::xdp_code;
        emit(copy(1, skb));
        emit(copy(2, scratch));
        emit(copy(3, stack));
        emit(add(3, -8));
        emit(set(4, octets));
        emit(set(5, 0));
        emit(call(store_bytes));
        emit(unequal(0, 0, 0), leaving);
    }
    /// `scratch` becomes somewhere from octet `scratch` on, so that `octets` fit; by other bits of
    /// the dice than the decisions.
    constexpr void somewhere(std::int32_t octets) {
        using namespace adapters::detail::xdp_code;
        emit(load_32(2, skb, length_at));
        emit(op(0x1f, 2, scratch));  // -=
        emit(op(0x07, 2, 0, 1 - octets));
        emit(make(0x65, 2, 0, 1, 0));  // JSGT: there is room
        emit(make(0x05, 0, 0, 0, 0), leaving);
        emit(op(0xbf, 3, dice));
        set_64(4, 0x2545'f491'4f6c'dd1d);
        emit(op(0x2f, 3, 4));
        emit(op(0x77, 3, 0, 33));
        emit(op(0x9f, 3, 2));  // %=
        emit(op(0x0f, scratch, 3));
    }

    /// Half of what is damaged has two words of its data exchanged, which the Internet checksum
    /// does not see; the other half one octet inverted in part, anywhere behind the addresses.
    constexpr void damage() {
        using namespace adapters::detail::xdp_code;
        const std::size_t whole = unless(16, offsetof(port_weather, corrupt));
        emit(op(0xbf, 2, dice));
        emit(op(0x57, 2, 0, 1));
        emit(unequal(2, 0, 0));
        const std::size_t exchange = size_ - 1;
        invert();
        emit(make(0x05, 0, 0, 0, 0));
        const std::size_t done = size_ - 1;
        here(exchange);
        exchange_words();
        here(whole);
        here(done);
    }
    constexpr void invert() {
        using namespace adapters::detail::xdp_code;
        emit(set(scratch, 14));
        somewhere(1);
        fetch(1);
        emit(load_8(2, stack, -8));
        emit(op(0xbf, 3, dice));
        emit(op(0x77, 3, 0, 8));
        emit(op(0x57, 3, 0, 0xff));
        emit(op(0x47, 3, 0, 0x10));  // never nothing
        emit(op(0xaf, 2, 3));
        emit(make(0x73, stack, 2, -8, 0));
        put_back(1);
        count(offsetof(port_weather, corrupted));
    }
    constexpr void exchange_words() {
        using namespace adapters::detail::xdp_code;
        emit(set(scratch, 15));  // the header's length in words
        fetch(1);
        emit(load_8(scratch, stack, -8));
        emit(op(0x67, scratch, 0, 1));
        emit(add(scratch, 14));
        somewhere(4);
        fetch(4);
        emit(load_16(2, stack, -8));
        emit(load_16(3, stack, -6));
        emit(make(0x1d, 2, 3, 0, 0), leaving);  // equal: nothing would change
        emit(make(0x6b, stack, 3, -8, 0));
        emit(make(0x6b, stack, 2, -6, 0));
        put_back(4);
        count(offsetof(port_weather, exchanged));
    }

    constexpr void double_it() {
        using namespace adapters::detail::xdp_code;
        const std::size_t single = unless(32, offsetof(port_weather, duplicate));
        emit(set(2, own_mark));
        emit(mark(0));
        emit(copy(1, skb));
        emit(load_32(2, skb, ifindex_at));
        emit(set(3, ingress));
        emit(call(clone_redirect));
        emit(unequal(0, 0, 0), leaving);
        count(offsetof(port_weather, duplicated));
        here(single);
    }
    constexpr void delay_it() {
        using namespace adapters::detail::xdp_code;
        const std::size_t on_time = unless(48, offsetof(port_weather, late));
        emit(set(2, own_mark));
        emit(mark(0));
        count(offsetof(port_weather, delayed));
        emit(load_32(1, skb, ifindex_at));
        emit(set(2, ingress));
        emit(call(redirect));
        emit(leave());
        here(on_time);
    }

    std::array<instruction, 200> code_{};
    std::size_t size_ = 0;
    std::array<std::size_t, 16> leave_{};
    std::size_t leaves_ = 0;
};

}  // namespace rrdp::chaos
