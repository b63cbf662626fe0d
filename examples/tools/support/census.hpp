// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <rrdp/base/time.hpp>
#include <rrdp/wire/resolution.hpp>

namespace tools {

/// How a node stands with whoever looks.
enum class presence { here, claiming, silent, left };

inline const char* name(presence p) {
    constexpr const char* names[] = {"here", "claiming", "silent", "left"};
    return names[static_cast<int>(p)];
}

/// A number at an address: what its owner has said of itself (specification, section 15).
struct sighting {
    rrdp::wire::resolution_frame said{};
    presence now = presence::here;
    rrdp::instant heard{};                   ///< last
    std::optional<rrdp::duration> answer{};  ///< from the last question to its answer
    std::uint64_t frames = 0;
    unsigned unanswered = 0;  ///< questions since it was heard
    bool doubled = false;     ///< another address has the number, too
};

/// What has happened to a node.
enum class news { up, left, silent, moved, restarted, doubled, claims };

inline const char* name(news n) {
    constexpr const char* names[] = {"up",        "left",    "silent", "moved",
                                     "restarted", "doubled", "claims"};
    return names[static_cast<int>(n)];
}

struct change {
    news what{};
    sighting who{};
};

/// Who is on the wire, by the frames of node resolution that were seen: frames and moments go in,
/// a table and its changes come out. Does no input or output.
class census {
public:
    using mac = rrdp::wire::mac_address;

    /// A frame that is well formed, and whose sender is who it says.
    void see(rrdp::instant now, const rrdp::wire::resolution_frame& r) {
        using op = rrdp::wire::resolution_op;
        const std::uint16_t number = r.op == op::probe ? r.target_node : r.sender_node;
        if (number == 0 || number == 0xffff) return;
        if (r.op == op::probe) return claim(now, number, r);
        if (r.op == op::bye) return leave(number, r.sender_mac);
        sighting* const known = at(number, r.sender_mac);
        if (known == nullptr) return;
        sighting& s = *known;
        const bool fresh = s.frames == 0 || s.now != presence::here;
        const bool restarted = s.frames != 0 && s.now != presence::claiming &&
                               s.said.boot_id != r.boot_id && s.said.boot_id != 0;
        note(now, s, r, presence::here);
        if (const auto asked = asked_.find(number); asked != asked_.end())
            if (!s.answer || asked->second != answered_[key(number, r.sender_mac)]) {
                s.answer = now - asked->second;
                answered_[key(number, r.sender_mac)] = asked->second;
            }
        if (restarted) return tell(news::restarted, s);
        if (fresh) appear(number, s);
    }

    /// Somebody was asked; nodes that have left three questions in a row unanswered are silent.
    void asked(rrdp::instant now, std::uint16_t number) {
        asked_[number] = now;
        for (auto i = first_of(number); i != first_of(number + 1U); ++i) {
            sighting& s = i->second;
            if (s.now != presence::here || ++s.unanswered <= patience) continue;
            s.now = presence::silent;
            settle(number);
            tell(news::silent, s);
        }
    }

    /// Whether somebody claims the number just now: a question would take it from him.
    [[nodiscard]] bool is_claimed(rrdp::instant now, std::uint16_t number) const {
        return any_of(number, [now](const sighting& s) {
            return s.now == presence::claiming && now - s.heard < claim_lasts;
        });
    }
    [[nodiscard]] bool is_here(std::uint16_t number) const {
        return any_of(number, [](const sighting& s) { return s.now == presence::here; });
    }

    /// By number, then by address.
    [[nodiscard]] std::vector<sighting> all() const {
        std::vector<sighting> list;
        for (const auto& [where, s] : seen_) list.push_back(s);
        return list;
    }
    /// Numbers that several addresses have, with different boot ids.
    [[nodiscard]] std::map<std::uint16_t, std::vector<sighting>> doubles() const {
        std::map<std::uint16_t, std::vector<sighting>> list;
        for (const auto& [where, s] : seen_)
            if (s.doubled) list[where.first].push_back(s);
        return list;
    }
    /// Frames of places that are not kept: names and addresses are easily forged, and there is no
    /// room for all of them.
    [[nodiscard]] std::uint64_t crowded_out() const noexcept { return crowded_out_; }
    /// What has happened since this was asked last.
    [[nodiscard]] std::vector<change> changes() { return std::exchange(changes_, {}); }

private:
    using place = std::pair<std::uint16_t, std::array<std::uint8_t, 6>>;
    using places = std::map<place, sighting>;
    static constexpr unsigned patience = 3;
    static constexpr rrdp::duration claim_lasts = std::chrono::seconds{1};  // generously

    static constexpr std::size_t places_max = 100'000, addresses_max = 64;  // of a number

    static place key(std::uint16_t number, const mac& a) { return {number, a.octets}; }
    /// Nothing where there is no room.
    sighting* at(std::uint16_t number, const mac& a) {
        const auto found = seen_.find(key(number, a));
        if (found != seen_.end()) return &found->second;
        const auto others = std::distance(first_of(number), first_of(number + 1U));
        if (seen_.size() < places_max && others < static_cast<std::ptrdiff_t>(addresses_max))
            return &seen_[key(number, a)];
        ++crowded_out_;
        return nullptr;
    }
    /// Where the addresses of a number begin; those of the next are behind them.
    [[nodiscard]] places::iterator first_of(unsigned number) {
        return seen_.lower_bound(key(static_cast<std::uint16_t>(number), {}));
    }
    [[nodiscard]] places::const_iterator first_of(unsigned number) const {
        return seen_.lower_bound(key(static_cast<std::uint16_t>(number), {}));
    }
    template <class Is>
    [[nodiscard]] bool any_of(unsigned number, Is is) const {
        return std::any_of(first_of(number), first_of(number + 1U),
                           [is](const auto& entry) { return is(entry.second); });
    }

    static void note(rrdp::instant now, sighting& s, const rrdp::wire::resolution_frame& r,
                     presence how) {
        s.said = r;
        s.now = how;
        s.heard = now;
        s.unanswered = 0;
        ++s.frames;
    }

    void claim(rrdp::instant now, std::uint16_t number, const rrdp::wire::resolution_frame& r) {
        if (r.boot_id == 0) return;  // a question like our own
        sighting* const known = at(number, r.sender_mac);
        if (known == nullptr) return;
        sighting& s = *known;
        const bool news_to_us = s.now != presence::claiming || s.frames == 0;
        note(now, s, r, presence::claiming);
        s.said.sender_node = number;
        if (news_to_us) tell(news::claims, s);
    }

    void leave(std::uint16_t number, const mac& a) {
        const auto found = seen_.find(key(number, a));
        if (found == seen_.end() || found->second.now == presence::left) return;
        found->second.now = presence::left;
        settle(number);
        tell(news::left, found->second);
    }

    /// A node is there that was not: new, back, at another address, or a second one.
    void appear(std::uint16_t number, sighting& s) {
        const sighting* double_of = nullptr;
        for (auto i = first_of(number); i != first_of(number + 1U); ++i) {
            const sighting& other = i->second;
            if (&other == &s || other.now != presence::here) continue;
            if (other.said.boot_id == s.said.boot_id) {
                answered_.erase(i->first);
                seen_.erase(i);  // another interface of the same node
                settle(number);
                return tell(news::moved, s);
            }
            double_of = &other;
        }
        settle(number);
        tell(double_of != nullptr ? news::doubled : news::up, s);
    }

    /// Who has the number, and whether they are several.
    void settle(std::uint16_t number) {
        const auto begin = first_of(number), end = first_of(number + 1U);
        const auto here = std::count_if(
            begin, end, [](const auto& entry) { return entry.second.now == presence::here; });
        for (auto i = begin; i != end; ++i)
            i->second.doubled = here > 1 && i->second.now == presence::here;
    }

    void tell(news what, const sighting& s) { changes_.push_back({what, s}); }

    places seen_;
    std::map<std::uint16_t, rrdp::instant> asked_;
    std::map<place, rrdp::instant> answered_;  ///< which question was answered last
    std::vector<change> changes_;
    std::uint64_t crowded_out_ = 0;
};

}  // namespace tools
