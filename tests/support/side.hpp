// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rrdp/rrdp.hpp>

#include "support/shown.hpp"

/// How failed expectations show these.
namespace rrdp {

inline std::ostream& operator<<(std::ostream& out, const send_ledger& l) {
    return out << l.accepted << '/' << l.sent << '/' << l.confirmed;
}
inline std::ostream& operator<<(std::ostream& out, state s) {
    return out << name(s);
}
inline std::ostream& operator<<(std::ostream& out, errc e) {
    return out << name(e);
}

}  // namespace rrdp

namespace script {

using namespace std::chrono_literals;

/// Remembers what an engine tells in passing.
struct watcher : rrdp::null_observer {
    std::map<std::uint32_t, rrdp::state> states;  ///< the last of each slot
    std::vector<rrdp::drop_reason> drops;

    void on_state(rrdp::instant, std::uint32_t slot, rrdp::state, rrdp::state to) noexcept {
        states[slot] = to;
    }
    void on_drop(rrdp::instant, rrdp::drop_reason why) noexcept { drops.push_back(why); }
};

template <class Framing>
struct watched : rrdp::default_policy {
    static constexpr bool audits = true;
    using framing = Framing;
    using observer = watcher;
};
using bare_policy = watched<rrdp::wire::bare_framing>;

/// The profile `lan` with no other feature than FIN and a fixed window, so that a segment is
/// what the paper draws.
inline constexpr rrdp::options only_fin = [] {
    rrdp::options o = rrdp::profiles::lan;
    o.offered = rrdp::wire::features::fin;
    o.congestion = rrdp::congestion_kind::fixed;
    return o;
}();

/// What a test says of an engine before it begins.
struct setup {
    std::uint16_t first = 200;  ///< the number of the SYN of its first connection
    rrdp::options options = only_fin;
    rrdp::capacities capacities{.connections = 8,
                                .rings = 8,
                                .segments = 300,
                                .nodes = 4,
                                .listeners = 4,
                                .option_sets = 4};
    rrdp::node_options<rrdp::wire::bare_framing> node{};
};

/// A key whose endpoint gives its first connection the initial number `first`: found by looking,
/// since the numbers of an engine come from its key and nowhere else.
/// Keys with another `variant` give the same number and, else, other ones.
inline rrdp::entropy key_for(std::uint16_t first, std::uint64_t variant = 0) {
    constexpr int drawn_before = 2;  // the secrets of the two tables
    thread_local std::map<std::pair<std::uint16_t, std::uint64_t>, std::uint64_t> known;
    const auto found = known.find({first, variant});
    if (found != known.end()) return {found->second, variant};
    for (std::uint64_t key = 0;; ++key) {
        rrdp::entropy candidate{key, variant};
        for (int i = 0; i < drawn_before; ++i) static_cast<void>(candidate.next64());
        if (candidate.next16() != first) continue;
        known[{first, variant}] = key;
        return {key, variant};
    }
}

inline const char* name(rrdp::event_kind kind) {
    constexpr const char* names[]{"connected",      "accepted",       "readable",    "writable",
                                  "acked",          "drained",        "peer_closed", "closed",
                                  "link_down",      "link_up",        "node_up",     "node_down",
                                  "duplicate_node", "number_conflict"};
    return names[static_cast<std::size_t>(kind)];
}

/// "accepted", "closed reset(6) 5/3/1": of `closed` the reason and the ledger, accepted, sent,
/// confirmed.
inline std::string to_string(const rrdp::event& e) {
    std::string text = name(e.kind);
    if (e.kind != rrdp::event_kind::closed) return text;
    text += std::string{" "} + rrdp::name(e.reason);
    using enum rrdp::end_reason;
    if (e.reason == reset || e.reason == refused || e.reason == protocol_error)
        text += "(" + std::to_string(static_cast<unsigned>(e.reset)) + ")";
    const auto& [accepted, sent, confirmed] = e.ledger;
    return text + " " + std::to_string(accepted) + "/" + std::to_string(sent) + "/" +
           std::to_string(confirmed);
}

inline rrdp::octets_view octets_of(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
}

/// An engine and the application on top of it: one end of a wire.
template <class Policy = bare_policy>
class basic_side {
public:
    using engine_type = rrdp::endpoint<Policy>;

    basic_side(const setup& s, std::uint16_t number, std::uint16_t other)
        : said{s}, number_{number}, other_{other} {
        start(key_for(s.first));
    }

    engine_type& engine() { return *engine_; }

    /// Loses everything and starts anew; the next connection begins with `first`, and another
    /// `variant` draws everything else otherwise.
    void crash(std::uint16_t first = 40'000, std::uint64_t variant = 0) {
        start(key_for(first, variant));
    }

    /// The same with a key of the test's.
    void crash_into(rrdp::entropy key) { start(key); }

    rrdp::errc listen(std::uint16_t port) { return engine_->listen(port, said.options); }
    rrdp::errc connect(rrdp::instant now, std::uint16_t port, std::uint16_t local_port = 0) {
        const auto made =
            engine_->connect(now, {rrdp::node_id{other_}, port, local_port}, said.options);
        if (made) id = *made;
        return made ? rrdp::errc::ok : made.error();
    }
    rrdp::errc send(rrdp::instant now, std::string_view text) {
        const auto index = engine_->send(now, id, octets_of(text));
        return index ? rrdp::errc::ok : index.error();
    }

    /// The next event as text, "" when there is none. The connection it is about becomes `id`.
    std::string told() {
        const auto e = engine_->poll_event();
        if (!e) return "";
        if (e->kind == rrdp::event_kind::accepted) id = e->connection;
        if (e->kind == rrdp::event_kind::closed) end = *e;
        return to_string(*e);
    }
    /// All events there are, separated by ", ".
    std::string all_told() {
        std::string all;
        for (std::string one = told(); !one.empty(); one = told())
            all += (all.empty() ? "" : ", ") + one;
        return all;
    }
    /// The next message, "" when there is none.
    std::string taken() {
        const auto m = engine_->receive(id);
        if (!m) return "";
        std::string text;
        for (const rrdp::octets_view part : m->parts())
            for (const std::byte octet : part) text += static_cast<char>(octet);
        return text;
    }
    std::string all_taken() {
        std::string all;
        for (std::string one = taken(); !one.empty(); one = taken())
            all += (all.empty() ? "" : " ") + one;
        return all;
    }

    /// Where the connection `id` is; also after the application has heard its end.
    [[nodiscard]] rrdp::state state() {
        const auto& states = engine_->observer().states;
        const auto found = states.find(id.slot);
        return found == states.end() ? rrdp::state::closed : found->second;
    }
    [[nodiscard]] std::uint64_t dropped(rrdp::drop_reason why) const {
        return engine_->stats().dropped(why);
    }
    [[nodiscard]] rrdp::send_ledger ledger() const { return engine_->ledger(id); }

    setup said;
    rrdp::connection_id id{};
    std::optional<rrdp::event> end;  ///< the last event `closed`

private:
    void start(rrdp::entropy key) {
        auto node = said.node;
        node.node = rrdp::node_id{number_};
        engine_.emplace(said.capacities, node, key);
        if (engine_->add_node(rrdp::node_id{other_}, {}) != rrdp::errc::ok) std::abort();
    }

    std::uint16_t number_;
    std::uint16_t other_;
    std::optional<engine_type> engine_;
};

using side = basic_side<>;

}  // namespace script
