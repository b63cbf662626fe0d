// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>

#include <rrdp/base/octets.hpp>

namespace rrdp::wire {

/// A frame taken apart: who sent it to whom, and what the link carried for us, padding included.
template <class Address>
struct parsed_frame {
    Address destination;
    Address source;
    octets_view payload;
};

/// How a segment is wrapped for a link: where the addresses of peers stand, what marks a frame as
/// ours, and how short frames are padded. A framing is a small value; the endpoint holds one.
template <class F>
concept framing = std::default_initializable<F> && std::copyable<F> &&
    std::regular<typename F::address> && requires(const F& f, octets frame, octets_view received,
                                                  typename F::address address, std::size_t size) {
    { F::overhead } -> std::convertible_to<std::size_t>;
    { F::base_mtu } -> std::convertible_to<std::uint16_t>;
    { f.parse(received) } -> std::same_as<std::optional<parsed_frame<typename F::address>>>;
    f.write_header(frame, address, address);
    { f.finish(frame, size) } -> std::same_as<std::size_t>;
    { F::is_unicast(address) } -> std::same_as<bool>;
    { F::key(address) } -> std::same_as<std::uint64_t>;
};

/// The address on a link that has no addresses.
struct no_address {
    friend constexpr bool operator==(no_address, no_address) noexcept = default;
};

/// No wrapping at all: a frame is a segment. For links between two ends.
struct bare_framing {
    using address = no_address;

    /// Octets in front of the segment.
    static constexpr std::size_t overhead = 0;

    /// Header plus data that every path carries (section 12): between two ends, whatever the link
    /// says.
    static constexpr std::uint16_t base_mtu = 65'535;

    [[nodiscard]] constexpr std::optional<parsed_frame<address>> parse(
        octets_view frame) const noexcept {
        return parsed_frame<address>{{}, {}, frame};
    }
    constexpr void write_header(octets, address, address) const noexcept {}
    [[nodiscard]] constexpr std::size_t finish(octets, std::size_t segment_size) const noexcept {
        return segment_size;
    }
    [[nodiscard]] static constexpr bool is_unicast(address) noexcept { return true; }
    /// A number that no other address has: what tables are searched by.
    [[nodiscard]] static constexpr std::uint64_t key(address) noexcept { return 0; }
};

static_assert(framing<bare_framing>);

}  // namespace rrdp::wire
