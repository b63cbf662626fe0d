// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>

#include <rrdp/core/address.hpp>
#include <rrdp/core/message_place.hpp>

namespace rrdp {

/// A received message, borrowed from the engine: its octets stay valid until it is destroyed, which
/// gives its place in the window back. It must not outlive the engine.
template <class Engine>
class [[nodiscard]] basic_message {
public:
    /// Made by `endpoint::receive`.
    basic_message(Engine& engine, connection_id id, message_place held) noexcept
        : engine_{&engine}, connection_{id}, held_{held} {}

    /// What is moved from is empty afterwards.
    basic_message(basic_message&& other) noexcept
        : engine_{other.engine_},
          connection_{other.connection_},
          held_{std::exchange(other.held_, {})} {}
    /// What is moved from is empty afterwards.
    basic_message& operator=(basic_message&& other) noexcept {
        if (this == &other) return *this;
        give_back();
        engine_ = other.engine_;
        connection_ = other.connection_;
        held_ = std::exchange(other.held_, {});
        return *this;
    }
    ~basic_message() { give_back(); }

    /// The pieces of a message in order: one for each segment that it came in.
    class parts_view {
    public:
        /// One after the other.
        class iterator {
        public:
            /// At a piece of a message.
            iterator(const Engine* engine, message_place at) noexcept : engine_{engine}, at_{at} {}
            /// The octets of the piece.
            [[nodiscard]] octets_view operator*() const noexcept { return engine_->data(at_); }
            /// The next piece.
            iterator& operator++() noexcept {
                at_ = engine_->next(at_);
                return *this;
            }
            /// Whether all members are equal.
            friend bool operator==(const iterator&, const iterator&) noexcept = default;

        private:
            const Engine* engine_;
            message_place at_;
        };

        /// The first piece.
        [[nodiscard]] iterator begin() const noexcept { return {engine_, first_}; }
        /// Behind the last piece.
        [[nodiscard]] iterator end() const noexcept { return {engine_, {}}; }

    private:
        friend basic_message;
        parts_view(const Engine* engine, message_place first) noexcept
            : engine_{engine}, first_{first} {}

        const Engine* engine_;
        message_place first_;
    };

    /// The pieces; none after it was moved from.
    [[nodiscard]] parts_view parts() const noexcept { return {engine_, held_}; }

    /// Octets of the whole message.
    [[nodiscard]] std::size_t size() const noexcept {
        return contiguous() ? bytes().size() : size_of_parts();
    }

    /// Whether it lies in one piece: always, if it was sent in one segment.
    [[nodiscard]] bool contiguous() const noexcept {
        return held_.none() || engine_->next(held_).none();
    }

    /// The message, if it lies in one piece; else nothing: use `parts` or `copy_to`.
    [[nodiscard]] octets_view bytes() const noexcept {
        return held_.none() || !contiguous() ? octets_view{} : engine_->data(held_);
    }

    /// Copies the message to the start of `out`, as far as there is room; how many octets.
    std::size_t copy_to(octets out) const noexcept {
        std::size_t done = 0;
        for (const octets_view part : parts()) {
            const std::size_t room = out.size() - done;
            const std::size_t n = part.size() < room ? part.size() : room;
            copy_octets(part.first(n), out.subspan(done, n));
            done += n;
        }
        return done;
    }

    /// The message in one piece: where it lies, or copied to `scratch`, if that is long enough.
    [[nodiscard]] octets_view whole(octets scratch) const noexcept {
        if (contiguous()) return bytes();
        return size() > scratch.size() ? octets_view{}
                                       : octets_view{scratch}.first(copy_to(scratch));
    }

    /// The connection that brought it.
    [[nodiscard]] connection_id connection() const noexcept { return connection_; }

private:
    [[gnu::noinline]] std::size_t size_of_parts() const noexcept {
        std::size_t sum = 0;
        for (const octets_view part : parts()) sum += part.size();
        return sum;
    }
    void give_back() noexcept {
        if (!held_.none()) engine_->release(connection_, std::exchange(held_, {}));
    }

    Engine* engine_;
    connection_id connection_;
    message_place held_;
};

}  // namespace rrdp
