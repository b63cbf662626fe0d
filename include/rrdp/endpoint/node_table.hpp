// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include <rrdp/base/assert.hpp>
#include <rrdp/core/address.hpp>
#include <rrdp/core/errc.hpp>
#include <rrdp/core/token_bucket.hpp>
#include <rrdp/endpoint/hash_index.hpp>

namespace rrdp {

/// What is known of a node's whereabouts (section 15).
enum class node_state : std::uint8_t {
    incomplete,  ///< asked for, and not found yet
    reachable,   ///< entered by hand, or heard of
    stale,       ///< not heard of for long: asked for again when it is wanted
    dead,        ///< it has left, or was not to be found
};

/// What is to be told of a node.
enum class node_event : std::uint8_t { up, down, duplicate };

/// What is known of a node.
template <class Address>
struct node_entry {
    Address address{};   ///< where frames to it go, if `addressed`
    Address former{};    ///< where they went before it changed its interface, if `moved`
    Address claimant{};  ///< who else says to be it, if `claimed` (R-15.9)
    node_id node{};
    std::uint16_t mtu = 0;  ///< of its link, header plus data; 0: unknown
    std::uint16_t claimant_mtu = 0;
    node_state state = node_state::reachable;
    std::uint8_t asked = 0;   ///< HELLOs sent to find it, since `asked_since` (R-15.6)
    std::uint8_t events = 0;  ///< to be told: one bit a node_event
    bool learned = false;     ///< from the wire, not entered by hand (R-15.3)
    bool addressed = false;
    bool moved = false;
    bool claimed = false;
    bool knows_boot = false;
    std::uint32_t boot = 0;      ///< its boot id, if `knows_boot`
    std::uint32_t boot_was = 0;  ///< the one before, 0 if none is known
    std::uint32_t claimant_boot = 0;
    std::uint32_t users = 0;  ///< connections to it
    token_bucket resets{};    ///< bare RSTs to it (R-7.6)
    instant heard{};          ///< when resolution last heard of it
    instant asked_since{};
    instant news_since{};       ///< when a restart or departure of it was believed last
    instant ask_due = never;    ///< when the next HELLO is due, or nobody has answered
    instant claim_due = never;  ///< when the claimant is believed
};

/// Node number to address and back (paper, section 3.4). Static entries come from the
/// configuration, stay for ever, and nothing on the wire changes them; learned ones come from
/// resolution and make room for static ones, never the other way. Entries have numbered
/// places; connections hold such a number.
template <class Framing>
class node_table {
public:
    using address = typename Framing::address;
    using entry = node_entry<address>;
    static constexpr std::uint32_t nothing = hash_index::nothing;

    constexpr node_table() noexcept = default;
    /// `by_address` serves twice as many places as there are entries.
    constexpr node_table(std::span<entry> entries, std::span<std::uint32_t> by_node,
                         std::span<std::uint32_t> by_address, std::uint64_t secret) noexcept
        : entries_{entries}, by_node_{by_node, secret}, by_address_{by_address, secret} {}

    /// Enters a node by hand; its number and address must be new to the static entries, and what
    /// was learned gives way.
    constexpr errc add(node_id node, const address& where, std::uint16_t mtu) noexcept {
        std::uint32_t place = find(node);
        const std::uint32_t holder = find_address(where);
        if (place != nothing && !at(place).learned) return errc::duplicate_node;
        if (holder != nothing && !at(holder).learned) return errc::duplicate_node;
        if (place == nothing) place = enter(node);
        if (place == nothing) return errc::too_many_nodes;
        if (holder != nothing && holder != place) leave_address(holder);
        entry& e = at(place);
        settle(place, where);
        mark(place, node_state::reachable);
        e.learned = e.claimed = false;
        e.ask_due = e.claim_due = never;
        e.mtu = mtu;
        return errc::ok;
    }

    /// An entry for a node that resolution will look for, or has heard of; it has no address yet.
    /// `nothing` when the table is full: only what is dead and used by nobody makes room.
    [[nodiscard]] constexpr std::uint32_t learn(node_id node) noexcept {
        const std::uint32_t place = enter(node);
        if (place == nothing) return nothing;
        at(place).learned = true;
        mark(place, node_state::dead);
        return place;
    }

    /// Frames to the entry go to `where` from now on; those that come from where they went before
    /// are known as such.
    constexpr void settle(std::uint32_t place, const address& where) noexcept {
        entry& e = at(place);
        if (e.addressed && e.address == where) return;
        forget_former(place);
        const std::uint32_t other = find_cell(where);
        if (other != nothing) forget_former(other / 2);  // a current one the caller has removed
        if (e.addressed) {
            by_address_.erase(Framing::key(e.address), 2 * place, key_of_cell());
            e.former = e.address;
            e.moved = true;
            by_address_.insert(Framing::key(e.former), 2 * place + 1);
        }
        e.address = where;
        e.addressed = true;
        by_address_.insert(Framing::key(where), 2 * place);
    }

    /// The entry has no address any more: another node has it, or the entry is another node's.
    constexpr void leave_address(std::uint32_t place) noexcept {
        entry& e = at(place);
        if (e.addressed) by_address_.erase(Framing::key(e.address), 2 * place, key_of_cell());
        e.addressed = false;
        mark(place, node_state::dead);
    }

    constexpr void mark(std::uint32_t place, node_state state) noexcept {
        entry& e = at(place);
        dead_ -= reusable(e);
        e.state = state;
        dead_ += reusable(e);
    }

    [[nodiscard]] constexpr std::uint32_t find(node_id node) const noexcept {
        return by_node_.find(key(node), [this](std::uint32_t i) { return key(entries_[i].node); });
    }
    /// The node that has the address now.
    [[nodiscard]] constexpr std::uint32_t find_address(const address& where) const noexcept {
        const std::uint32_t cell = find_cell(where);
        return cell == nothing || cell % 2 != 0 ? nothing : cell / 2;
    }
    /// The node that had the address before the one that it has now, and nobody has it since.
    [[nodiscard]] constexpr std::uint32_t find_former(const address& where) const noexcept {
        const std::uint32_t cell = find_cell(where);
        return cell == nothing || cell % 2 == 0 ? nothing : cell / 2;
    }

    [[nodiscard]] constexpr entry& at(std::uint32_t place) noexcept { return entries_[place]; }
    [[nodiscard]] constexpr const entry& at(std::uint32_t place) const noexcept {
        return entries_[place];
    }
    /// Places in use: 0 to this, excluded.
    [[nodiscard]] constexpr std::uint32_t size() const noexcept { return count_; }

private:
    static constexpr std::uint64_t key(node_id node) noexcept {
        return static_cast<std::uint64_t>(node);
    }
    [[nodiscard]] constexpr auto key_of_cell() const noexcept {
        return [this](std::uint32_t cell) { return Framing::key(address_of(cell)); };
    }
    [[nodiscard]] constexpr const address& address_of(std::uint32_t cell) const noexcept {
        const entry& e = entries_[cell / 2];
        return cell % 2 == 0 ? e.address : e.former;
    }
    [[nodiscard]] constexpr std::uint32_t find_cell(const address& where) const noexcept {
        const std::uint32_t cell = by_address_.find(Framing::key(where), key_of_cell());
        if constexpr (requires { Framing::same_node(where, where); })  // keys alone do not tell
            if (cell != nothing && !Framing::same_node(address_of(cell), where)) return nothing;
        return cell;
    }
    static constexpr std::uint32_t reusable(const entry& e) noexcept {
        return e.learned && e.state == node_state::dead ? 1 : 0;
    }
    constexpr void forget_former(std::uint32_t place) noexcept {
        entry& e = at(place);
        if (e.moved) by_address_.erase(Framing::key(e.former), 2 * place + 1, key_of_cell());
        e.moved = false;
    }

    /// A place for a new node: a fresh one, or that of a learned one which nobody needs.
    constexpr std::uint32_t enter(node_id node) noexcept {
        std::uint32_t place = count_;
        if (count_ < entries_.size())
            ++count_;
        else if (place = vacated(); place == nothing)
            return nothing;
        entries_[place] = {};
        entries_[place].node = node;
        by_node_.insert(key(node), place);
        return place;
    }
    constexpr std::uint32_t vacated() noexcept {
        for (std::uint32_t place = 0; dead_ != 0 && place < count_; ++place) {
            entry& e = entries_[place];
            if (reusable(e) == 0 || e.users != 0 || e.events != 0) continue;
            forget_former(place);
            leave_address(place);
            --dead_;
            by_node_.erase(key(e.node), place,
                           [this](std::uint32_t i) { return key(entries_[i].node); });
            return place;
        }
        return nothing;
    }

    std::span<entry> entries_;
    std::uint32_t count_ = 0;
    std::uint32_t dead_ = 0;  ///< learned entries that may make room
    hash_index by_node_;
    hash_index by_address_;
};

}  // namespace rrdp
