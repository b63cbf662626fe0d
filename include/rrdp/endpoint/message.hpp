// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>

#include <rrdp/core/address.hpp>
#include <rrdp/core/segment_pool.hpp>

namespace rrdp {

/// A received message, borrowed from the engine: its octets stay valid until it is destroyed, which
/// gives its place in the window back. It must not outlive the engine.
template <class Engine>
class [[nodiscard]] basic_message {
public:
    basic_message(Engine& engine, connection_id id, segment_handle held) noexcept
        : engine_{&engine}, connection_{id}, held_{held} {}

    basic_message(basic_message&& other) noexcept
        : engine_{other.engine_},
          connection_{other.connection_},
          held_{std::exchange(other.held_, no_segment)} {}
    basic_message& operator=(basic_message&& other) noexcept {
        if (this == &other) return *this;
        give_back();
        engine_ = other.engine_;
        connection_ = other.connection_;
        held_ = std::exchange(other.held_, no_segment);
        return *this;
    }
    ~basic_message() { give_back(); }

    /// Octets of the message.
    [[nodiscard]] std::size_t size() const noexcept { return bytes().size(); }

    /// The message; empty after it was moved from.
    [[nodiscard]] octets_view bytes() const noexcept {
        return held_ == no_segment ? octets_view{} : engine_->data(held_);
    }

    [[nodiscard]] connection_id connection() const noexcept { return connection_; }

private:
    void give_back() noexcept {
        if (held_ != no_segment) engine_->release(connection_, std::exchange(held_, no_segment));
    }

    Engine* engine_;
    connection_id connection_;
    segment_handle held_;
};

}  // namespace rrdp
