// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <rrdp/adapters/faulty.hpp>

#include "command_line.hpp"
#include "json.hpp"

namespace tools {

/// The faults that a tool is told to add to its link.
struct fault_choice {
    bool wanted = false;
    rrdp::adapters::frame_faults faults;
    std::uint64_t seed = 1;

    void declare(command_line& line) {
        line.option("--faulty", "LIST",
                    "damage the link: loss=0.05,duplicate=0.02,reorder=0.1,\n"
                    "corrupt=0.01,seed=1; chances for each frame, sent or received",
                    [&](std::string_view value) { read(line, value); });
    }

    /// The same weather in the other of two ends in one process, with other dice.
    [[nodiscard]] fault_choice other_end() const {
        fault_choice other = *this;
        other.seed ^= 0x5555'5555'5555'5555;
        return other;
    }

    /// Calls `body` with `link`, or with `link` behind the faults.
    template <class Link, class Body>
    void with(Link& link, Body body) const {
        if (!wanted) return body(link);
        rrdp::adapters::faulty<Link> damaged{link, seed, {.transmit = faults, .receive = faults}};
        body(damaged);
    }

private:
    void read(const command_line& line, std::string_view list) {
        wanted = true;
        for (const std::string_view part : split(list, ',')) {
            const auto assigned = cut(part, '=').value_or(std::pair{part, std::string_view{}});
            const auto& [name, value] = assigned;
            if (name == "seed") {
                const auto number = to_number<std::uint64_t>(value, 0, UINT64_MAX);
                if (!number) throw line.bad_value("--faulty", part, "a seed");
                seed = *number;
                continue;
            }
            rrdp::adapters::probability* const target = chance(name);
            const auto number = to_number(value, 0.0, 1.0);
            if (target == nullptr || !number)
                throw line.bad_value("--faulty", part,
                                     "loss, duplicate, reorder or corrupt with a chance up to 1");
            *target = *number;
        }
    }

    rrdp::adapters::probability* chance(std::string_view name) noexcept {
        if (name == "loss") return &faults.loss;
        if (name == "duplicate") return &faults.duplicate;
        if (name == "reorder") return &faults.reorder;
        return name == "corrupt" ? &faults.corrupt : nullptr;
    }
};

/// Whether `Link` is a link with faults.
template <class Link>
inline constexpr bool is_faulty = requires(const Link& link) {
    link.transmitted();
};

/// What the faults of a link did, both ways together; nothing for a link without.
template <class Link>
std::optional<rrdp::adapters::fault_statistics> faults_of(const Link& link) noexcept {
    if constexpr (is_faulty<Link>) {
        const auto& out = link.transmitted();
        const auto& in = link.received();
        return rrdp::adapters::fault_statistics{.frames = out.frames + in.frames,
                                                .lost = out.lost + in.lost,
                                                .duplicated = out.duplicated + in.duplicated,
                                                .reordered = out.reordered + in.reordered,
                                                .corrupted = out.corrupted + in.corrupted};
    }
    return std::nullopt;
}

inline void add_faults(json_writer& json, const rrdp::adapters::fault_statistics& f) {
    json.key("faults").open_object().field("frames", f.frames).field("lost", f.lost);
    json.field("duplicated", f.duplicated).field("reordered", f.reordered);
    json.field("corrupted", f.corrupted).close_object();
}

}  // namespace tools
