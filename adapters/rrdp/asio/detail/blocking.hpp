// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>

#include <rrdp/asio/config.hpp>

namespace rrdp::asio::detail {

/// What a thread sleeps for that has begun an operation, while others run its executor.
class answer {
public:
    /// The handler of the operation. One that is destroyed without a call was aborted.
    class handler {
    public:
        explicit handler(answer& to) noexcept : to_{&to} {}
        handler(handler&& other) noexcept : to_{std::exchange(other.to_, nullptr)} {}
        ~handler() {
            if (to_ != nullptr) (*this)(net::error::operation_aborted);
        }
        void operator()(const error_code& e, std::size_t size = 0) noexcept {
            answer& to = *std::exchange(to_, nullptr);
            const std::lock_guard lock{to.mutex_};  // still held by notify: who waits destroys it
            to.error_ = e;
            to.size_ = size;
            to.given_ = true;
            to.changed_.notify_one();
        }

    private:
        answer* to_;
    };

    /// Sleeps until the handler was called; its octets.
    [[nodiscard]] std::size_t wait(error_code& e) {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return given_; });
        e = error_;
        return size_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    error_code error_;
    std::size_t size_ = 0;
    bool given_ = false;
};

/// Whether this thread runs what `executor` is given, as far as that can be known: it would wait
/// for itself.
template <class Executor>
[[nodiscard]] bool runs_here(const Executor& executor) noexcept {
    if constexpr (requires { executor.running_in_this_thread(); }) {
        return executor.running_in_this_thread();
    } else if constexpr (requires { executor.template target<net::io_context::executor_type>(); }) {
        const auto* const io = executor.template target<net::io_context::executor_type>();
        return io != nullptr && io->running_in_this_thread();
    } else {
        return false;
    }
}

/// Begins an operation by `begin(handler)` and waits for its end; the octets it has moved.
template <class Executor, class Begin>
std::size_t blocking(const Executor& executor, error_code& e, Begin&& begin) {
    if (runs_here(executor)) {
        e = error_code{EDEADLK, net::error::get_system_category()};
        return 0;
    }
    answer given;
    begin(answer::handler{given});
    return given.wait(e);
}

}  // namespace rrdp::asio::detail
