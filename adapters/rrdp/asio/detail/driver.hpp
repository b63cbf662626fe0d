// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

#include <rrdp/adapters/spin_budget.hpp>
#include <rrdp/adapters/wait_plan.hpp>
#include <rrdp/asio/detail/operation.hpp>
#include <rrdp/interop/error_code.hpp>
#include <rrdp/rrdp.hpp>

namespace rrdp::asio::detail {

/// An engine, its link, and an executor on which they are driven: the half of a `core` that knows
/// when to look. `Core` hears what the engine tells: `hear(event, done)`.
///
/// One mutex guards all of it, and no handler of the user is ever called under it; so different
/// sockets may be used by different threads, whatever the executor is. There is no protocol here.
template <class Core, class Engine, class Link>
class driver : public std::enable_shared_from_this<Core> {
public:
    using executor_type = net::any_io_executor;
    using when = typename operation<Core>::when;

    [[nodiscard]] const executor_type& executor() const noexcept { return executor_; }

    /// The first turn, once it is shared.
    void start() {
        const std::lock_guard hold{mutex_};
        go_on_later();
    }

    // What an operation that is attempted works with: the mutex is held then.
    [[nodiscard]] Engine& engine() noexcept { return engine_; }
    [[nodiscard]] instant clock() const noexcept {
        return to_instant(std::chrono::steady_clock::now());
    }

protected:
    template <class... Given>
    driver(executor_type executor, Link& link, const adapters::wait_plan& plan, const capacities& c,
           Given&&... given)
        : engine_{c, std::forward<Given>(given)...},
          executor_{std::move(executor)},
          readable_{executor_},
          timer_{executor_},
          link_{&link},
          plan_{plan},
          budget_{plan.spin_max} {
        if (engine_.status() != errc::ok) throw system_error{make_error_code(engine_.status())};
        const int fd = handle();
        if (fd < 0 || plan_.mode == adapters::wait_mode::spin) return;
        const int own = ::dup(fd);  // the link keeps its own
        if (own < 0) throw system_error{error_code{errno, net::error::get_system_category()}};
        readable_.assign(own);
    }

    ~driver() = default;

    /// Neither link nor engine is touched any more; false: it was so already.
    [[nodiscard]] bool halt() noexcept {
        if (std::exchange(stopped_, true)) return false;
        engine_.leave(clock());
        do push(clock());
        while (more_);  // a frame for each peer
        error_code ignored;
        readable_.close(ignored);
        timer_.cancel();
        return true;
    }

    void push(instant now) { note(rrdp::push(engine_, *link_, now)); }
    void note(const pump_result& turn) noexcept {
        blocked_ = turn.blocked;
        more_ = !turn.blocked && !turn.misfit && engine_.wants_transmit(clock());
    }

    /// Something was asked of the engine: hears what it tells, sends what may leave, and sees that
    /// somebody comes back in time. What handlers of a turn want is sent at its end, at once; other
    /// threads do not wait for them.
    void settle(instant now, queue<Core>& done) {
        hear(done);
        if (delivering_ != this) push(now);
        hear(done);
        if (more_) go_on_later();
        wake_at(deadline(now));
    }

    void hear(queue<Core>& done) {
        while (const auto told = engine_.poll_event()) static_cast<Core*>(this)->hear(*told, done);
    }

    std::mutex mutex_;
    Engine engine_;
    bool stopped_ = false;

private:
    using steady = std::chrono::steady_clock;

    [[nodiscard]] int handle() const noexcept {
        if constexpr (pollable_link<Link>) return link_->native_handle();
        return -1;
    }

    /// A turn: frames in, time, frames out, and who has got what he waited for.
    void turn() {
        finished<Core> done;
        std::unique_lock hold{mutex_};
        going_on_ = false;
        if (stopped_) return;
        const instant now = clock();
        const pump_result p = rrdp::pump(engine_, *link_, now);
        note(p);
        hear(done);
        if (p.received != 0) heard_ = now;
        come_back(p, now);
        if (done.empty()) return;
        hold.unlock();
        const struct last_words {
            driver& c;
            const driver* outer;
            ~last_words() {
                delivering_ = outer;
                c.delivered();
            }
        } guard{*this, std::exchange(delivering_, this)};
        done.complete_all(when::if_possible_now);
    }

    /// The handlers of a turn have run: what they sent leaves now.
    void delivered() noexcept {
        finished<Core> done;
        const std::lock_guard hold{mutex_};
        if (stopped_) return;
        if (engine_.wants_transmit(clock()) || blocked_) settle(clock(), done);
    }

    /// Sees that the next turn comes when there is something to do.
    void come_back(const pump_result& p, instant now) {
        wake_at(deadline(now));
        if (!p.drained || more_ || spins(now)) return go_on_later();
        if (!readable_.is_open() || std::exchange(sleeping_, true)) return;
        readable_.async_wait(
            net::posix::descriptor_base::wait_read,
            [self = this->shared_from_this()](const error_code& e) { self->awake(e); });
    }
    void awake(const error_code& e) {
        {
            const std::lock_guard hold{mutex_};
            sleeping_ = false;
            if (slept_at_ != instant{}) budget_.slept(clock() - slept_at_, !e);
            slept_at_ = instant{};
        }
        if (e != net::error::operation_aborted) turn();
    }

    /// Whether to look again at once rather than to sleep (docs/decisions/0052).
    bool spins(instant now) noexcept {
        if (plan_.mode == adapters::wait_mode::spin) return true;
        if (plan_.mode == adapters::wait_mode::block || handle() < 0) return false;
        if (now == heard_ && spinning_) budget_.rewarded();
        spinning_ = now - heard_ < budget_.now();
        if (spinning_) return true;
        if (slept_at_ == instant{}) slept_at_ = now;
        return false;
    }

    void go_on_later() {
        if (std::exchange(going_on_, true)) return;
        net::post(executor_, [self = this->shared_from_this()] { self->turn(); });
    }

    [[nodiscard]] instant deadline(instant now) const noexcept {
        const instant due = engine_.next_timeout().value_or(never);
        const bool looks = blocked_ || (handle() < 0 && plan_.mode != adapters::wait_mode::spin);
        return looks ? std::min(due, after(now, plan_.look_every)) : due;
    }

    /// A timer that is early is set anew when it fires: the deadline mostly moves away.
    void wake_at(instant due) {
        if (due >= armed_) return;
        armed_ = due;
        timer_.expires_at(steady::time_point{due.time_since_epoch()});
        timer_.async_wait([self = this->shared_from_this()](const error_code& e) {
            if (e == net::error::operation_aborted) return;
            {
                const std::lock_guard hold{self->mutex_};
                self->armed_ = never;
            }
            self->turn();
        });
    }

    executor_type executor_;
    net::posix::stream_descriptor readable_;
    net::steady_timer timer_;
    Link* link_;
    adapters::wait_plan plan_;
    adapters::spin_budget budget_;
    /// Whose handlers this thread calls.
    inline static thread_local const driver* delivering_ = nullptr;
    instant armed_ = never;  // when the timer will fire
    instant heard_{};        // when a frame came last
    instant slept_at_{};     // since when nobody looks
    bool sleeping_ = false;  // on the descriptor
    bool spinning_ = false;  // the last look decided to look again
    bool going_on_ = false;  // a turn was posted
    bool blocked_ = false;
    bool more_ = false;
};

}  // namespace rrdp::asio::detail
