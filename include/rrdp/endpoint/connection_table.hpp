// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include <rrdp/core/address.hpp>
#include <rrdp/core/connection.hpp>
#include <rrdp/endpoint/hash_index.hpp>

namespace rrdp {

/// The connections of an endpoint, found by id or by (node, remote port, local port): with the
/// link, which an endpoint has one of, that is what identifies one.
template <class Policy>
class connection_table {
public:
    using conversation = connection<Policy>;
    static constexpr std::uint32_t nothing = hash_index::nothing;

    /// A place: a connection, or one that is free.
    using entry = conversation;

    constexpr connection_table() noexcept = default;
    constexpr connection_table(std::span<entry> entries, std::span<std::uint32_t> cells,
                               std::uint64_t secret) noexcept
        : entries_{entries}, index_{cells, secret} {
        for (std::size_t i = entries.size(); i-- > 0;)
            next_free(i) = std::exchange(free_, static_cast<std::uint32_t>(i));
    }

    [[nodiscard]] static constexpr std::uint64_t key(std::uint32_t node, std::uint16_t remote_port,
                                                     std::uint16_t local_port) noexcept {
        return std::uint64_t{node} << 32 | std::uint64_t{remote_port} << 16 | local_port;
    }

    [[nodiscard]] constexpr std::uint32_t find(std::uint64_t wanted) const noexcept {
        return find(wanted, [](std::uint32_t) {});
    }
    /// The same; `visit(place)` is called before the connection at a place is looked at.
    template <class Visit>
    [[nodiscard]] constexpr std::uint32_t find(std::uint64_t wanted, Visit&& visit) const noexcept {
        return index_.find(wanted, [&](std::uint32_t i) {
            visit(i);
            return key_at(i);
        });
    }

    /// The place that `id` names, or `nothing` if its connection is gone, or lingers although the
    /// application has heard its end.
    [[nodiscard]] constexpr std::uint32_t find(connection_id id) const noexcept {
        if (id.slot >= entries_.size()) return nothing;
        const auto& r = at(id.slot).record();  // one that is free is not visible
        return r.visible && r.generation == id.generation ? id.slot : nothing;
    }

    /// A new connection between these ports, in CLOSED; `nothing` when every place is taken.
    [[nodiscard]] constexpr std::uint32_t make(std::uint32_t node, std::uint16_t remote_port,
                                               std::uint16_t local_port) noexcept {
        if (free_ == nothing) return nothing;
        const std::uint32_t place = std::exchange(free_, next_free(free_));
        const std::uint32_t generation = at(place).record().generation + 1;
        entries_[place] = {};
        auto& record = at(place).record();
        record.in_use = record.indexed = true;
        record.generation = generation;
        record.node = static_cast<std::uint16_t>(node);
        record.remote_port = remote_port;
        record.local_port = local_port;
        index_.insert(key_at(place), place);
        ++count_;
        return place;
    }

    /// Takes the connection at `place` off its ports; its ids stay good.
    constexpr void detach(std::uint32_t place) noexcept {
        if (!at(place).record().indexed) return;
        at(place).record().indexed = false;
        index_.erase(key_at(place), place, [this](std::uint32_t i) { return key_at(i); });
    }

    /// Forgets the connection at `place`; its ids are stale from now on.
    constexpr void forget(std::uint32_t place) noexcept {
        detach(place);
        at(place).record().in_use = at(place).record().visible = false;
        next_free(place) = std::exchange(free_, place);
        --count_;
    }

    [[nodiscard]] constexpr conversation& at(std::uint32_t place) noexcept {
        return entries_[place];
    }
    [[nodiscard]] constexpr const conversation& at(std::uint32_t place) const noexcept {
        return entries_[place];
    }
    [[nodiscard]] constexpr bool in_use(std::uint32_t place) const noexcept {
        return at(place).record().in_use;
    }
    [[nodiscard]] constexpr std::uint32_t size() const noexcept { return count_; }
    [[nodiscard]] constexpr std::uint32_t capacity() const noexcept {
        return static_cast<std::uint32_t>(entries_.size());
    }

private:
    /// The free place behind one that is free.
    [[nodiscard]] constexpr std::uint32_t& next_free(std::size_t place) noexcept {
        return entries_[place].record().own_tag;
    }
    [[nodiscard]] constexpr std::uint64_t key_at(std::uint32_t place) const noexcept {
        const auto& r = at(place).record();
        return key(r.node, r.remote_port, r.local_port);
    }

    std::span<entry> entries_;
    hash_index index_;
    std::uint32_t free_ = nothing;
    std::uint32_t count_ = 0;
};

}  // namespace rrdp
