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

template <class Framing>
struct node_entry {
    rrdp::node_id node{};
    typename Framing::address address{};
    std::uint16_t mtu = 0;  ///< of its link; 0: not known
};

/// A node as it stands on the command line: which addresses it may have depends on the link.
struct named_node {
    rrdp::node_id node{};
    std::string address;  ///< empty: none was given
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

/// "2=02:00:00:00:00:02", "2=192.0.2.2:50027", or "2" where nodes need no address.
inline std::optional<named_node> to_named_node(std::string_view text) {
    const auto parts = cut(text, '=').value_or(std::pair{text, std::string_view{}});
    const auto node = to_node(parts.first);
    if (!node || (parts.second.empty() && text.ends_with('='))) return std::nullopt;
    return named_node{*node, std::string{parts.second}};
}

/// The address of a node on a link that has no addresses: frames there are Ethernet's all the same.
inline rrdp::wire::mac_address made_address(rrdp::node_id node) {
    const auto number = static_cast<std::uint16_t>(node);
    return {{0x02, 0x52, 0x44, 0x50, static_cast<std::uint8_t>(number >> 8),
             static_cast<std::uint8_t>(number & 0xff)}};
}

/// Adds the entries of a file: a number and an address on each line, perhaps an MTU; `#` begins a
/// comment (rrdp/interop/node_file.hpp).
template <class Framing>
void read_node_file(const std::string& path, std::vector<node_entry<Framing>>& table) {
    std::ifstream file{path, std::ios::binary};
    if (!file) throw system_failure(path);
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (file.bad()) throw system_failure(path);
    rrdp::node_file<Framing> lines{text};
    while (const auto entry = lines.next())
        table.push_back({entry->node, entry->address, entry->mtu});
    if (const auto& error = lines.error())
        throw failure{exit_status::failed, path + ':' + std::to_string(error->line),
                      quoted(error->word) + ' ' + rrdp::describe(error->what)};
}

}  // namespace tools
