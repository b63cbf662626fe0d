// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <utility>

#include <rrdp/endpoint/commands.hpp>
#include <rrdp/endpoint/demultiplex.hpp>
#include <rrdp/endpoint/draft.hpp>
#include <rrdp/endpoint/message.hpp>
#include <rrdp/endpoint/outputs.hpp>
#include <rrdp/endpoint/reading.hpp>

namespace rrdp {

/// Many conversations over one link: the engine as a program sees it.
///
/// It does nothing by itself. Commands say what the application wants, `handle_*` what happened,
/// `poll_*` what should happen: drain those until they are empty, then sleep until a frame arrives
/// or `next_timeout()` comes (R-17.1, docs/contract.md). `rrdp::pump` makes such a turn. One engine
/// belongs to one thread; it neither reads a clock nor allocates after construction. It
/// must stay where it is while messages of it are held.
template <class Policy = default_policy>
class endpoint {
public:
    using framing = typename Policy::framing;   ///< of the policy
    using address = typename framing::address;  ///< how a node is addressed on the link
    using message = basic_message<endpoint>;    ///< what `receive` gives
    using draft = basic_draft<endpoint>;        ///< what `compose` gives

    /// Obtains `memory_required(c)` octets, once. `random` is a secret of the caller's.
    endpoint(const capacities& c, const node_options<framing>& node, entropy random)
        : board_{c, node, random} {}

    /// Lives in the caller's memory, which must outlive it: `memory_required(c)` octets, and up to
    /// `arena::alignment` more where they do not start on a multiple of that.
    endpoint(octets memory, const capacities& c, const node_options<framing>& node, entropy random)
        : board_{memory, c, node, random} {}

    endpoint(const endpoint&) = delete;
    endpoint& operator=(const endpoint&) = delete;

    /// The octets of memory that an engine of such capacities takes.
    [[nodiscard]] static constexpr std::size_t memory_required(const capacities& c) noexcept {
        return storage<Policy>::required(c);
    }

    /// `ok`, or what was wrong at construction; every command then answers the same.
    /// `number_conflict` when another node has the own number, `node_left` after leave().
    [[nodiscard]] errc status() const noexcept { return board_.refusal(); }

    // ---- commands: the application wants something

    /// Enters a node into the static table. `mtu` is that of its link, 0 if not known.
    [[nodiscard]] errc add_node(node_id node, const address& where,
                                std::uint16_t mtu = 0) noexcept {
        return detail::add_node(board_, node, where, mtu);
    }

    /// Starts to open a connection: `connected` or `closed` will follow. `application` is carried
    /// by the SYN and told by `accepted` at the peer: an even number of octets; it is copied.
    [[nodiscard]] result<connection_id, errc> connect(instant now, const peer& to,
                                                      const options& o = {},
                                                      octets_view application = {}) noexcept {
        board_.see(now);
        return detail::connect(board_, to, o, application);
    }

    /// Takes connections to `port` from now on, each with these options: `accepted` tells of one.
    /// `application` is told by `connected` at each opener, as that of connect() is here.
    [[nodiscard]] errc listen(std::uint16_t port, const options& o = {},
                              octets_view application = {}) noexcept {
        return detail::listen(board_, port, o, application);
    }
    /// Takes no more; those already open stay.
    [[nodiscard]] errc stop_listening(std::uint16_t port) noexcept {
        return detail::stop_listening(board_, port);
    }

    /// Accepts a message of 1 to `connection_info::message_max` octets for sending (0 with EMPTY);
    /// it is copied. Its index, or why not; with `would_block`, `writable` will follow.
    [[nodiscard]] result<message_index, errc> send(instant now, connection_id id,
                                                   octets_view data) noexcept {
        board_.see(now);
        return detail::send(board_, id, data);
    }
    /// The same for a message that lies in several pieces, for instance a head and a page.
    [[nodiscard]] result<message_index, errc> send(instant now, connection_id id,
                                                   std::span<const octets_view> data) noexcept {
        board_.see(now);
        return detail::send(board_, id, data);
    }

    /// Room for a message of `size` octets in the engine's own memory, where it is written in place
    /// and sent without a copy. It must fit one segment (else `message_too_long`); `would_block` as
    /// for `send`. What is composed and not sent takes of the pool's room.
    [[nodiscard]] result<draft, errc> compose(connection_id id, std::size_t size) noexcept {
        const auto made =
            detail::command(board_, id, result<segment_handle, errc>{errc::no_such_connection},
                            [&](auto& c, auto& x) { return c.compose(x, size); });
        if (!made) return made.error();
        return draft{*this, id, *made};
    }
    /// Sends what was composed. Refused, for instance with `would_block`, it stays the caller's, to
    /// be sent later or dropped.
    [[nodiscard]] result<message_index, errc> send(instant now, draft&& composed) noexcept {
        RRDP_ASSERT(composed.held_ != no_segment);
        board_.see(now);
        const auto sent = detail::command(
            board_, composed.connection_, result<message_index, errc>{errc::no_such_connection},
            [&](auto& c, auto& x) { return c.send(x, composed.held_); });
        if (sent) composed.held_ = no_segment;
        return sent;
    }

    /// Refuses further sends, sends all that was accepted, then tells the peer.
    [[nodiscard]] errc close(instant now, connection_id id) noexcept {
        board_.see(now);
        return detail::command(board_, id, errc::no_such_connection,
                               [](auto& c, auto& x) { return c.close(x); });
    }
    /// Closes the own direction only; the peer may go on as long as it likes.
    [[nodiscard]] errc shutdown_send(instant now, connection_id id) noexcept {
        board_.see(now);
        return detail::command(board_, id, errc::no_such_connection,
                               [](auto& c, auto& x) { return c.shutdown_send(x); });
    }
    /// Ends it now: an RST tells the peer, and unread messages are discarded.
    [[nodiscard]] errc abort(instant now, connection_id id) noexcept {
        board_.see(now);
        return detail::command(board_, id, errc::no_such_connection,
                               [](auto& c, auto& x) { return c.abort(x); });
    }
    /// Asks for one `drained`, when everything accepted is confirmed.
    [[nodiscard]] errc flush(connection_id id) noexcept {
        return detail::command(board_, id, errc::no_such_connection,
                               [](auto& c, auto&) { return c.flush(); });
    }

    /// Ends everything by RST reason 11 and, where this node answers for its number, tells all that
    /// it leaves. What has to be sent for that remains to be polled; commands are refused
    /// from now on.
    void leave(instant now) noexcept {
        board_.see(now);
        detail::leave(board_);
    }

    // ---- inputs: something happened

    /// A frame as the link delivered it, framing included; nothing of it is kept.
    void handle_frame(instant now, octets_view frame) noexcept {
        board_.see(now);
        detail::handle_frame(board_, frame);
    }
    /// Time has passed. Call it when `next_timeout()` is due; more often does no harm.
    void handle_timeout(instant now) noexcept {
        board_.see(now);
        detail::handle_timeout(board_);
    }
    /// The link went down, came up, or is gone (19.3).
    void handle_link(instant now, link_state state) noexcept {
        board_.see(now);
        detail::handle_link(board_, state);
    }

    // ---- outputs: what should happen; drain until empty

    /// Writes the next frame into `out`; its size in octets. `out` must have room for the MTU and
    /// the framing, else nothing is written. A driver whose link has bulk enough asks for what is
    /// urgent (docs/decisions/0039).
    [[nodiscard]] std::optional<std::size_t> poll_transmit(instant now, octets out,
                                                           traffic wanted = traffic::all) noexcept {
        board_.see(now);
        const std::size_t size = detail::poll_transmit(board_, out, wanted);
        if (size == 0) return std::nullopt;
        return size;
    }
    /// What to tell the application next.
    [[nodiscard]] std::optional<event> poll_event() noexcept { return detail::poll_event(board_); }

    /// The next message of a connection, complete and in order; borrowed until it is destroyed.
    [[nodiscard]] std::optional<message> receive(connection_id id) noexcept {
        const message_place m = detail::receive(board_, id);
        if (m.none()) return std::nullopt;
        return std::optional<message>{std::in_place, *this, id, m};
    }

    // ---- questions: const, cheap, always current

    /// Whether `poll_transmit` has something.
    [[nodiscard]] bool wants_transmit(instant, traffic wanted = traffic::all) const noexcept {
        return detail::wants_transmit(board_, wanted);
    }
    /// When to call `handle_timeout` next; nothing when no timer runs.
    [[nodiscard]] std::optional<instant> next_timeout() const noexcept {
        const instant first = detail::next_timeout(board_);
        if (first == never) return std::nullopt;
        return first;
    }
    /// How the messages of a connection stand; zeros for a stale id, whose last word was `closed`.
    [[nodiscard]] send_ledger ledger(connection_id id) const noexcept {
        const std::uint32_t place = board_.held.connections.find(id);
        if (place == board_.nothing) return {};
        return board_.held.connections.at(place).record().ledger;
    }
    /// What is known of a connection, or `no_such_connection`.
    [[nodiscard]] result<connection_info, errc> info(connection_id id) const noexcept {
        return detail::info(board_, id);
    }
    /// Calls `visit(id)` for each connection whose end the application has not been told; it must
    /// not change the engine. Looks at every place that there is for one.
    template <class Visit>
    void for_each_connection(Visit&& visit) const {
        const auto& all = board_.held.connections;
        for (std::uint32_t place = 0; place < all.capacity(); ++place)
            if (all.in_use(place) && all.at(place).record().visible) visit(board_.id_of(place));
    }
    /// What the node table says of a node, by hand or learned; or `unknown_node`.
    [[nodiscard]] result<node_entry<address>, errc> node(node_id number) const noexcept {
        if (board_.status != errc::ok) return errc::unknown_node;  // there is not even a table
        const std::uint32_t place = board_.held.nodes.find(number);
        if (place == board_.nothing) return errc::unknown_node;
        return board_.held.nodes.at(place);
    }
    /// The own boot id.
    [[nodiscard]] std::uint32_t boot_id() const noexcept { return board_.boot_id; }
    /// All counters of the endpoint, so far.
    [[nodiscard]] const statistics& stats() const noexcept { return board_.stats; }
    /// Connections that occupy a record, lingering ones included.
    [[nodiscard]] std::uint32_t connections() const noexcept {
        return board_.held.connections.size();
    }
    /// Segments of the pool that are free.
    [[nodiscard]] std::size_t segments_available() const noexcept {
        return board_.held.segments.available();
    }
    /// The observer of the policy, to ask it what it has seen.
    [[nodiscard]] typename Policy::observer& observer() noexcept { return board_.observer; }

private:
    friend message;
    friend draft;

    [[nodiscard]] octets_view data(message_place m) const noexcept {
        return m.data(board_.held.segments);
    }
    [[nodiscard]] message_place next(message_place m) const noexcept {
        return m.next(board_.held.segments);
    }
    [[nodiscard]] octets room(segment_handle h) noexcept { return board_.held.segments.room(h); }
    void discard(segment_handle h) noexcept { board_.give_back(h); }
    void release(connection_id id, message_place m) noexcept { detail::release(board_, id, m); }

    board<Policy> board_;
};

}  // namespace rrdp
