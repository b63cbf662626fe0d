// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include <rrdp/base/octets.hpp>
#include <rrdp/base/time.hpp>
#include <rrdp/wire/mac_address.hpp>

namespace rrdp::adapters {

/// A place at which frames are captured, as the file calls it.
struct capture_interface {
    std::string_view name{};      ///< as the file has it
    wire::mac_address address{};  ///< all zero: none, and then the file has none either
    std::uint16_t link_type = 1;  ///< LINKTYPE_ETHERNET; see the registry of the pcap formats
};

/// Which way a captured frame went, as the interface saw it.
enum class capture_way : std::uint8_t { unknown = 0, received = 1, sent = 2 };

/// One captured frame.
struct capture_record {
    std::uint32_t interface = 0;  ///< what `add_interface` answered
    instant time{};               ///< when it passed
    octets_view frame{};          ///< its octets
    std::size_t size = 0;  ///< of the frame, where `frame` is only its begin; 0: `frame` is all
    capture_way way = capture_way::unknown;  ///< in or out
    std::string_view comment{};              ///< what a reader is told of it
};

/// Where captured frames go: `capture_file`, or a class of yours. `write` copies what it keeps.
template <class S>
concept capture_sink = requires(S& s, const capture_interface& interface,
                                const capture_record& record) {
    { s.add_interface(interface) }
    noexcept->std::same_as<std::uint32_t>;
    { s.write(record) }
    noexcept->std::same_as<void>;
};

}  // namespace rrdp::adapters
