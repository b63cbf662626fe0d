// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace rrdp::wire {

/// The version of the protocol: the two low bits of octet 0. RDP has 1 and 2; 0 marks the frames of
/// node resolution.
inline constexpr std::uint8_t protocol_version = 3;

/// Octet 0 of a segment, the control bits and the version, whether legal or not: ask `legal()`.
///
///     0x80   0x40  0x20   0x10  0x08  0x04  0x03
///     SYN    ACK   EACK   RST   NUL   zero  version          (paper, figure 4)
class flags {
public:
    constexpr flags() noexcept = default;
    /// Of an octet of the header.
    constexpr explicit flags(std::uint8_t octet) noexcept : octet_{octet} {}

    /// As the header has it.
    [[nodiscard]] constexpr std::uint8_t octet() const noexcept { return octet_; }
    /// Opens.
    [[nodiscard]] constexpr bool syn() const noexcept { return (octet_ & 0x80) != 0; }
    /// Acknowledges.
    [[nodiscard]] constexpr bool ack() const noexcept { return (octet_ & 0x40) != 0; }
    /// Lists what arrived beyond a gap.
    [[nodiscard]] constexpr bool eack() const noexcept { return (octet_ & 0x20) != 0; }
    /// Ends at once.
    [[nodiscard]] constexpr bool rst() const noexcept { return (octet_ & 0x10) != 0; }
    /// Asks, or ends a direction.
    [[nodiscard]] constexpr bool nul() const noexcept { return (octet_ & 0x08) != 0; }
    /// The bit the paper leaves unused; a segment that has it set is dropped.
    [[nodiscard]] constexpr bool zero_bit() const noexcept { return (octet_ & 0x04) != 0; }
    /// Of the protocol.
    [[nodiscard]] constexpr std::uint8_t version() const noexcept { return octet_ & 0x03; }

    /// Whether all members are equal.
    friend constexpr bool operator==(flags, flags) noexcept = default;

private:
    std::uint8_t octet_ = 0;
};

/// The eight legal flag sets (specification, table 2.1), and no other.
inline constexpr flags flags_syn{0x83};
inline constexpr flags flags_syn_ack{0xc3};
inline constexpr flags flags_ack{0x43};       ///< data, or a pure ACK when it carries none
inline constexpr flags flags_ack_eack{0x63};  ///< the same with the list of what is out of order
inline constexpr flags flags_nul_ack{0x4b};   ///< keepalive, probe, FIN, empty message
inline constexpr flags flags_nul{0x0b};       ///< accepted, never sent (R-2.14)
inline constexpr flags flags_rst{0x13};       ///< accepted, never sent (R-2.14)
inline constexpr flags flags_rst_ack{0x53};

/// Whether octet 0 is one of the legal sets and may go with this data length: data ride on ACK and
/// ACK EACK only, and never on a NUL.
[[nodiscard]] constexpr bool legal(flags control, std::uint16_t data_length) noexcept {
    if (control == flags_ack || control == flags_ack_eack) return true;
    if (data_length != 0) return false;
    switch (control.octet()) {
        case flags_syn.octet():
        case flags_syn_ack.octet():
        case flags_nul_ack.octet():
        case flags_nul.octet():
        case flags_rst.octet():
        case flags_rst_ack.octet(): return true;
        default: return false;
    }
}

}  // namespace rrdp::wire
