// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/filter.h>

#include <array>
#include <cstdint>

namespace rrdp::adapters::detail {

/// A classic BPF program that lets through the frames for a range of RRDP ports, and those of
/// version 0, which have no ports (specification 15). The EtherType is `bind`'s to match.
class port_filter {
public:
    /// `last` 0: `first` alone.
    port_filter(std::uint32_t first, std::uint32_t last) noexcept
        : code_{{
              BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14),         // octet 0 of the segment
              BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 3, 0, 3),  // its version bits
              BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 18),         // its destination port
              BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first, 0, 2),
              BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last == 0 ? first : last, 1, 0),
              BPF_STMT(BPF_RET | BPF_K, 0xffff'ffff),
              BPF_STMT(BPF_RET | BPF_K, 0),
          }} {}

    /// For SO_ATTACH_FILTER; points into this object.
    [[nodiscard]] sock_fprog program() noexcept {
        return {static_cast<unsigned short>(code_.size()), code_.data()};
    }

private:
    std::array<sock_filter, 7> code_;
};

}  // namespace rrdp::adapters::detail
