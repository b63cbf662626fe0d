// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include <rrdp/asio/detail/operation.hpp>
#include <rrdp/interop/error_code.hpp>
#include <rrdp/rrdp.hpp>

/// What the operations of a socket do with the engine when it is their turn, and what their
/// handlers are called with.
namespace rrdp::asio::detail {

[[nodiscard]] inline octets_view as_octets(const net::const_buffer& b) noexcept {
    return {static_cast<const std::byte*>(b.data()), b.size()};
}

/// At most so many octets of some buffers as the engine takes them for a message; in one piece if
/// there are too many of them.
template <class Buffers>
class pieces {
public:
    pieces(const Buffers& buffers, std::size_t most) {
        const auto end = net::buffer_sequence_end(buffers);
        for (auto b = net::buffer_sequence_begin(buffers); b != end && size_ < most; ++b) {
            const octets_view all = as_octets(*b);
            const octets_view piece = all.first(std::min(all.size(), most - size_));
            if (piece.empty()) continue;
            if (count_ == all_.size()) {
                join(buffers, most);
                return;
            }
            all_[count_++] = piece;
            size_ += piece.size();
        }
    }
    [[nodiscard]] std::span<const octets_view> all() const noexcept {
        return std::span{all_}.first(count_);
    }
    /// Octets of all of them.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    void join(const Buffers& buffers, std::size_t most) {
        joined_.resize(std::min(net::buffer_size(buffers), most));
        size_ = net::buffer_copy(net::buffer(joined_), buffers);
        all_[0] = std::as_bytes(std::span{joined_});
        count_ = 1;
    }

    std::array<octets_view, 16> all_{};
    std::size_t count_ = 0;
    std::size_t size_ = 0;
    std::vector<unsigned char> joined_;
};

/// Calls back with nothing but whether it went well.
struct plain_call {
    template <class Operation, class F>
    void call(const Operation& op, F&& f) {
        f(op.failure);
    }
};

/// ... and with a number of octets.
struct sized_call {
    template <class Operation, class F>
    void call(const Operation& op, F&& f) {
        f(op.failure, op.size);
    }
};

/// Waits for what an event tells.
struct await_event : plain_call {
    template <class Core, class Operation>
    bool attempt(Core&, Operation&) const noexcept {
        return false;
    }
};

/// Hands a message of at most `most` octets of some buffers to the engine; false: not now.
template <class Core, class Operation, class Buffers>
[[nodiscard]] bool hand_over(Core& core, Operation& op, const Buffers& buffers, std::size_t most) {
    const pieces<Buffers> message{buffers, most};
    const auto all = message.all();
    const auto sent = all.size() == 1
                          ? core.engine().send(core.clock(), core.current_id(), all.front())
                          : core.engine().send(core.clock(), core.current_id(), all);
    if (!sent && sent.error() == errc::would_block) return false;
    if (sent)
        op.size = message.size();
    else
        op.failure = core.current().end_of_sending(sent.error());
    return true;
}

/// A message, whole.
template <class Buffers>
struct send_message : sized_call {
    explicit send_message(const Buffers& b) : buffers{b} {}

    template <class Core, class Operation>
    bool attempt(Core& core, Operation& op) {
        return hand_over(core, op, buffers, net::buffer_size(buffers));
    }

    Buffers buffers;
};

/// As much of some octets as one message carries.
template <class Buffers>
struct send_some : sized_call {
    explicit send_some(const Buffers& b) : buffers{b} {}

    template <class Core, class Operation>
    bool attempt(Core& core, Operation& op) {
        if (net::buffer_size(buffers) == 0) return true;
        const auto info = core.engine().info(core.current_id());
        if (info && info->message_max != 0) return hand_over(core, op, buffers, info->message_max);
        op.failure = core.current().end_of_sending(errc::not_open);
        return true;
    }

    Buffers buffers;
};

/// The message that a channel holds, or the next one of the engine; whether there is one.
template <class Core>
[[nodiscard]] bool hold_message(Core& core) {
    auto& c = core.current();
    if (c.held) return true;
    auto next = core.engine().receive(core.current_id());
    if (!next) return false;
    c.held.emplace(std::move(*next));
    c.read = 0;
    return true;
}

/// There is nothing to receive: whether that will change.
template <class Core, class Operation>
[[nodiscard]] bool ends_receiving(Core& core, Operation& op) {
    op.failure = core.current().end_of_receiving();
    return static_cast<bool>(op.failure);
}

/// Copies what a message has from `at` on to `buffers`, as far as there is room; how many octets.
template <class Message, class Buffers>
[[nodiscard]] std::size_t copy_message(const Message& m, std::size_t at, const Buffers& buffers) {
    auto to = net::buffer_sequence_begin(buffers);
    const auto end = net::buffer_sequence_end(buffers);
    std::size_t filled = 0;  // of *to
    std::size_t done = 0;
    for (octets_view part : m.parts()) {
        if (at >= part.size()) {
            at -= part.size();
            continue;
        }
        part = part.subspan(std::exchange(at, 0));
        while (!part.empty() && to != end) {
            const net::mutable_buffer room = net::mutable_buffer{*to} + filled;
            const std::size_t n = std::min(room.size(), part.size());
            if (n != 0) std::memcpy(room.data(), part.data(), n);
            part = part.subspan(n);
            filled += n;
            done += n;
            if (n == room.size()) ++to, filled = 0;
        }
    }
    return done;
}

/// Takes a message whole, if it has no more than `room` octets, to where `place(size)` says; one
/// that has more stays, and its size is told. False: there is none yet.
template <class Core, class Operation, class Place>
[[nodiscard]] bool take_whole(Core& core, Operation& op, std::size_t room, Place&& place) {
    auto& c = core.current();
    if (!hold_message(core)) return ends_receiving(core, op);
    op.size = c.held->size() - c.read;
    if (op.size > room) {
        op.failure = net::error::message_size;
        return true;
    }
    static_cast<void>(copy_message(*c.held, c.read, place(op.size)));
    c.held.reset();
    return true;
}

/// A message into buffers that are there.
template <class Buffers>
struct receive_message : sized_call {
    explicit receive_message(const Buffers& b) : buffers{b} {}

    template <class Core, class Operation>
    bool attempt(Core& core, Operation& op) {
        return take_whole(core, op, net::buffer_size(buffers),
                          [this](std::size_t) -> const Buffers& { return buffers; });
    }

    Buffers buffers;
};

/// A message to the end of a dynamic buffer.
template <class Buffer>
struct append_message : sized_call {
    explicit append_message(Buffer b) : buffer{std::move(b)} {}

    template <class Core, class Operation>
    bool attempt(Core& core, Operation& op) {
        const std::size_t before = buffer.size();
        return take_whole(core, op, buffer.max_size() - before, [&](std::size_t size) {
            buffer.grow(size);
            return buffer.data(before, size);
        });
    }

    Buffer buffer;
};

/// Some octets of a stream: those of one message, or the rest of it.
template <class Buffers>
struct receive_some : sized_call {
    explicit receive_some(const Buffers& b) : buffers{b} {}

    template <class Core, class Operation>
    bool attempt(Core& core, Operation& op) {
        auto& c = core.current();
        if (net::buffer_size(buffers) == 0) return true;
        while (op.size == 0) {  // an empty message is nothing of a stream
            if (!hold_message(core)) return ends_receiving(core, op);
            op.size = copy_message(*c.held, c.read, buffers);
            c.read += op.size;
            if (c.read == c.held->size()) c.held.reset();
        }
        return true;
    }

    Buffers buffers;
};

/// Closes the own direction, and waits until everything is confirmed.
struct shut_down : plain_call {
    template <class Core, class Operation>
    bool attempt(Core& core, Operation& op) {
        if (std::exchange(asked, true)) return false;
        const errc e = core.engine().shutdown_send(core.clock(), core.current_id());
        return check(core, op, e == errc::ok ? core.engine().flush(core.current_id()) : e);
    }

    template <class Core, class Operation>
    static bool check(Core& core, Operation& op, errc e) {
        if (e == errc::ok) return false;
        if (!core.current().confirmed) op.failure = core.current().end_of_sending(e);
        return true;
    }

    bool asked = false;
};

/// Waits until everything accepted is confirmed.
struct flush_all : plain_call {
    template <class Core, class Operation>
    bool attempt(Core& core, Operation& op) {
        return shut_down::check(core, op, core.engine().flush(core.current_id()));
    }
};

/// Ends the connection in good order, and waits until it has.
struct close_all : plain_call {
    template <class Core, class Operation>
    bool attempt(Core& core, Operation& op) {
        return shut_down::check(core, op, core.engine().close(core.clock(), core.current_id()));
    }
};

}  // namespace rrdp::asio::detail
