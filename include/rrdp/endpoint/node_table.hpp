// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include <rrdp/core/address.hpp>
#include <rrdp/core/errc.hpp>
#include <rrdp/core/token_bucket.hpp>
#include <rrdp/endpoint/hash_index.hpp>

namespace rrdp {

/// What is known of a node.
template <class Address>
struct node_entry {
    Address address{};
    node_id node{};
    std::uint16_t mtu = 0;  ///< of its link, header plus data; 0: unknown
    token_bucket resets{};  ///< bare RSTs to it (R-7.6)
};

/// Node number to address and back (paper, section 3.4). Entries are static: they come from the
/// configuration, stay for ever, and nothing on the wire changes them. Their places are
/// numbered in the order of entry; connections hold such a number.
template <class Framing>
class node_table {
public:
    using address = typename Framing::address;
    using entry = node_entry<address>;
    static constexpr std::uint32_t nothing = hash_index::nothing;

    constexpr node_table() noexcept = default;
    constexpr node_table(std::span<entry> entries, std::span<std::uint32_t> by_node,
                         std::span<std::uint32_t> by_address, std::uint64_t secret) noexcept
        : entries_{entries}, by_node_{by_node, secret}, by_address_{by_address, secret} {}

    /// Enters a node; both number and address must be new.
    constexpr errc add(node_id node, const address& where, std::uint16_t mtu) noexcept {
        if (find(node) != nothing || find_address(where) != nothing) return errc::duplicate_node;
        if (count_ == entries_.size()) return errc::too_many_nodes;
        entries_[count_] = {where, node, mtu, {}};
        by_node_.insert(key(node), count_);
        by_address_.insert(Framing::key(where), count_);
        ++count_;
        return errc::ok;
    }

    [[nodiscard]] constexpr std::uint32_t find(node_id node) const noexcept {
        return by_node_.find(key(node), [this](std::uint32_t i) { return key(entries_[i].node); });
    }
    [[nodiscard]] constexpr std::uint32_t find_address(const address& where) const noexcept {
        const std::uint32_t place = by_address_.find(Framing::key(where), [this](std::uint32_t i) {
            return Framing::key(entries_[i].address);
        });
        if constexpr (requires { Framing::same_node(where, where); })  // keys alone do not tell
            if (place != nothing && !Framing::same_node(entries_[place].address, where))
                return nothing;
        return place;
    }

    [[nodiscard]] constexpr entry& at(std::uint32_t place) noexcept { return entries_[place]; }
    [[nodiscard]] constexpr const entry& at(std::uint32_t place) const noexcept {
        return entries_[place];
    }
    [[nodiscard]] constexpr std::uint32_t size() const noexcept { return count_; }

private:
    static constexpr std::uint64_t key(node_id node) noexcept {
        return static_cast<std::uint64_t>(node);
    }

    std::span<entry> entries_;
    std::uint32_t count_ = 0;
    hash_index by_node_;
    hash_index by_address_;
};

}  // namespace rrdp
