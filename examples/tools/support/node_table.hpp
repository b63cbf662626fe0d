// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <rrdp/core/address.hpp>
#include <rrdp/wire/mac_address.hpp>

#include "failure.hpp"
#include "text.hpp"

/// Which node has which address: what a tool is told on its command line or in a file.
namespace tools {

struct node_entry {
    rrdp::node_id node{};
    rrdp::wire::mac_address address{};
};

/// An address such as 02:00:00:00:00:01.
inline std::optional<rrdp::wire::mac_address> to_mac(std::string_view text) {
    const auto parts = split(text, ':');
    rrdp::wire::mac_address address;
    if (parts.size() != address.octets.size()) return std::nullopt;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const char* const end = parts[i].data() + parts[i].size();
        const auto [stop, error] = std::from_chars(parts[i].data(), end, address.octets[i], 16);
        if (error != std::errc{} || stop != end || parts[i].size() > 2) return std::nullopt;
    }
    return address;
}

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
    const auto address = to_mac(parts->second);
    if (!node || !address || address->is_group() || address->is_zero()) return std::nullopt;
    return node_entry{*node, *address};
}

/// Adds the entries of a file: a number and an address on each line, `#` begins a comment.
inline void read_node_file(const std::string& path, std::vector<node_entry>& table) {
    std::ifstream file{path};
    if (!file) throw system_failure(path);
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        std::istringstream words{line.substr(0, line.find('#'))};
        std::string node, address, more;
        if (!(words >> node)) continue;
        words >> address >> more;
        const auto entry = to_node_entry(node + '=' + address);
        if (!entry || !more.empty())
            throw failure{exit_status::failed, path + ':' + std::to_string(number),
                          "not a node number and an address"};
        table.push_back(*entry);
    }
}

}  // namespace tools
