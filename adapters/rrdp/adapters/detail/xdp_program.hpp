// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace rrdp::adapters::detail {

/// An instruction of the kernel's virtual machine, as linux/bpf.h has it. That header is left out
/// because it cannot stand beside the one of libpcap.
struct xdp_instruction {
    std::uint8_t code;
    std::uint8_t registers;  ///< two numbers of four bits, in the order of bit fields
    std::int16_t jump;       ///< how many instructions are skipped; or an offset in memory
    std::int32_t number;
};
static_assert(sizeof(xdp_instruction) == 8);

/// The few instructions that are needed. Registers: r0 answers, r1 to r5 are arguments and lost in
/// a call, r6 to r9 survive it.
namespace xdp_code {

[[nodiscard]] constexpr xdp_instruction make(unsigned code, unsigned to, unsigned from, int jump,
                                             std::int32_t number) noexcept {
    const bool little = std::endian::native == std::endian::little;
    const unsigned both = little ? to | from << 4 : to << 4 | from;
    return {static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(both),
            static_cast<std::int16_t>(jump), number};
}

[[nodiscard]] constexpr xdp_instruction copy(unsigned to, unsigned from) noexcept {
    return make(0xbf, to, from, 0, 0);  // ALU64 MOV X
}
[[nodiscard]] constexpr xdp_instruction set(unsigned to, std::int32_t number) noexcept {
    return make(0xb7, to, 0, 0, number);  // ALU64 MOV K
}
[[nodiscard]] constexpr xdp_instruction add(unsigned to, std::int32_t number) noexcept {
    return make(0x07, to, 0, 0, number);  // ALU64 ADD K
}
[[nodiscard]] constexpr xdp_instruction mask(unsigned to, std::int32_t number) noexcept {
    return make(0x57, to, 0, 0, number);  // ALU64 AND K
}
[[nodiscard]] constexpr xdp_instruction from_network_16(unsigned to) noexcept {
    return make(0xdc, to, 0, 0, 16);  // ALU END TO_BE
}
[[nodiscard]] constexpr xdp_instruction load_32(unsigned to, unsigned from, int at) noexcept {
    return make(0x61, to, from, at, 0);  // LDX MEM W
}
[[nodiscard]] constexpr xdp_instruction load_16(unsigned to, unsigned from, int at) noexcept {
    return make(0x69, to, from, at, 0);  // LDX MEM H
}
[[nodiscard]] constexpr xdp_instruction load_8(unsigned to, unsigned from, int at) noexcept {
    return make(0x71, to, from, at, 0);  // LDX MEM B
}
/// Half of the load of a map's address; the other half is an empty instruction.
[[nodiscard]] constexpr xdp_instruction load_map(unsigned to, int map) noexcept {
    return make(0x18, to, 1, 0, map);  // LD IMM DW, of a PSEUDO_MAP_FD
}
[[nodiscard]] constexpr xdp_instruction above_register(unsigned a, unsigned b, int jump) noexcept {
    return make(0x2d, a, b, jump, 0);  // JMP JGT X
}
[[nodiscard]] constexpr xdp_instruction above(unsigned a, std::int32_t b, int jump) noexcept {
    return make(0x25, a, 0, jump, b);  // JMP JGT K
}
[[nodiscard]] constexpr xdp_instruction below(unsigned a, std::int32_t b, int jump) noexcept {
    return make(0xa5, a, 0, jump, b);  // JMP JLT K
}
[[nodiscard]] constexpr xdp_instruction equal(unsigned a, std::int32_t b, int jump) noexcept {
    return make(0x15, a, 0, jump, b);  // JMP JEQ K
}
[[nodiscard]] constexpr xdp_instruction unequal(unsigned a, std::int32_t b, int jump) noexcept {
    return make(0x55, a, 0, jump, b);  // JMP JNE K
}
[[nodiscard]] constexpr xdp_instruction call(std::int32_t function) noexcept {
    return make(0x85, 0, 0, 0, function);  // JMP CALL
}
[[nodiscard]] constexpr xdp_instruction leave() noexcept {
    return make(0x95, 0, 0, 0, 0);  // JMP EXIT
}

}  // namespace xdp_code

using xdp_program = std::array<xdp_instruction, 23>;

/// The program that runs for every frame of the interface: what has our EtherType and one of our
/// ports goes to the socket of the queue in `map`, everything else to the kernel as if we were not
/// there: so does a frame with a VLAN tag, whose type is 0x8100 at this place.
[[nodiscard]] constexpr xdp_program make_xdp_program(int map, std::uint16_t ethertype,
                                                     std::uint16_t first_port,
                                                     std::uint16_t last_port) noexcept {
    using namespace xdp_code;
    constexpr std::int32_t redirect_map = 51;  // the number of bpf_redirect_map
    constexpr std::int32_t pass = 2;           // XDP_PASS
    // The type is compared as it lies in memory, in network order.
    const bool little = std::endian::native == std::endian::little;
    const std::int32_t type = little ? (ethertype & 0xff) << 8 | ethertype >> 8 : ethertype;
    return {{
        copy(6, 1),                //  0 r1 is the context; r6 survives the call
        load_32(2, 1, 0),          //  1 where the frame begins
        load_32(3, 1, 4),          //  2 and ends
        copy(4, 2),                //  3
        add(4, 20),                //  4 an Ethernet header, and a segment up to its ports
        above_register(4, 3, 15),  //  5 shorter: to 21
        load_16(5, 2, 12),         //  6 the EtherType
        unequal(5, type, 13),      //  7 another: to 21
        load_8(5, 2, 14),          //  8 octet 0 of the segment
        mask(5, 3),                //  9 its version bits
        equal(5, 0, 4),            // 10 version 0, which has no ports: to 15
        load_16(5, 2, 18),         // 11 the destination port
        from_network_16(5),        // 12
        below(5, first_port, 7),   // 13 another's: to 21
        above(5, last_port, 6),    // 14 another's: to 21
        load_32(2, 6, 16),         // 15 ours. The second argument is the queue it came by,
        load_map(1, map),          // 16 the first the map (this takes two places),
        {},                        // 17
        set(3, pass),              // 18 the third what to do when the queue has no socket
        call(redirect_map),        // 19
        leave(),                   // 20
        set(0, pass),              // 21 not ours
        leave(),                   // 22
    }};
}

}  // namespace rrdp::adapters::detail
