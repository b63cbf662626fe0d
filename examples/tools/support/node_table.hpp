// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rrdp/core/address.hpp>
#include <rrdp/interop/node_file.hpp>

#include "failure.hpp"
#include "text.hpp"

/// Which node has which address: what a tool is told on its command line or in a file.
namespace tools {

struct node_entry {
    rrdp::node_id node{};
    rrdp::wire::mac_address address{};
    std::uint16_t mtu = 0;  ///< of its link; 0: not known
};

inline std::string mac_text(const rrdp::wire::mac_address& address) {
    std::string text;
    for (const std::uint8_t octet : address.octets) {
        char two[4];
        std::snprintf(two, sizeof two, ":%02x", octet);
        text += two;
    }
    return text.substr(1);
}

inline std::optional<rrdp::node_id> to_node(std::string_view text) {
    const auto number = to_number<std::uint16_t>(text, 1, 65'534);
    if (!number) return std::nullopt;
    return rrdp::node_id{*number};
}

/// "2:7": port 7 of node 2.
inline std::optional<rrdp::peer> to_peer(std::string_view text) {
    const auto parts = cut(text, ':');
    if (!parts) return std::nullopt;
    const auto node = to_node(parts->first);
    const auto port = to_number<std::uint16_t>(parts->second, 1, 65'535);
    if (!node || !port) return std::nullopt;
    return rrdp::peer{.node = *node, .port = *port};
}

/// "2=02:00:00:00:00:02".
inline std::optional<node_entry> to_node_entry(std::string_view text) {
    const auto parts = cut(text, '=');
    if (!parts) return std::nullopt;
    const auto node = to_node(parts->first);
    rrdp::wire::mac_address address;
    if (!node || !rrdp::read_address(parts->second, address)) return std::nullopt;
    if (!rrdp::wire::ethernet_framing::is_unicast(address)) return std::nullopt;
    return node_entry{*node, address};
}

/// Adds the entries of a file: a number and an address on each line, perhaps an MTU; `#` begins a
/// comment (rrdp/interop/node_file.hpp).
inline void read_node_file(const std::string& path, std::vector<node_entry>& table) {
    std::ifstream file{path, std::ios::binary};
    if (!file) throw system_failure(path);
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (file.bad()) throw system_failure(path);
    rrdp::node_file<> lines{text};
    while (const auto entry = lines.next())
        table.push_back({entry->node, entry->address, entry->mtu});
    if (const auto& error = lines.error())
        throw failure{exit_status::failed, path + ':' + std::to_string(error->line),
                      quoted(error->word) + ' ' + rrdp::describe(error->what)};
}

}  // namespace tools
