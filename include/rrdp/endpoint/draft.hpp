// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>

#include <rrdp/core/address.hpp>
#include <rrdp/core/segment_pool.hpp>

namespace rrdp {

/// A message that is being written where the engine keeps it until it is confirmed, so that sending
/// it copies nothing. Dropped unsent, it gives its memory back. It must not outlive the engine.
template <class Engine>
class [[nodiscard]] basic_draft {
public:
    /// Made by `endpoint::compose`.
    basic_draft(Engine& engine, connection_id id, segment_handle held) noexcept
        : engine_{&engine}, connection_{id}, held_{held} {}

    /// What is moved from is empty afterwards.
    basic_draft(basic_draft&& other) noexcept
        : engine_{other.engine_},
          connection_{other.connection_},
          held_{std::exchange(other.held_, no_segment)} {}
    /// What is moved from is empty afterwards.
    basic_draft& operator=(basic_draft&& other) noexcept {
        if (this == &other) return *this;
        give_back();
        engine_ = other.engine_;
        connection_ = other.connection_;
        held_ = std::exchange(other.held_, no_segment);
        return *this;
    }
    ~basic_draft() { give_back(); }

    /// Where the message is to be written, all of it; what stands there before is not defined.
    /// Nothing after the message was sent or moved from.
    [[nodiscard]] octets bytes() noexcept {
        return held_ == no_segment ? octets{} : engine_->room(held_);
    }

    /// The connection that it will go to.
    [[nodiscard]] connection_id connection() const noexcept { return connection_; }

private:
    friend Engine;

    void give_back() noexcept {
        if (held_ != no_segment) engine_->discard(std::exchange(held_, no_segment));
    }

    Engine* engine_;
    connection_id connection_;
    segment_handle held_;
};

}  // namespace rrdp
