// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <rrdp/adapters/waiter.hpp>
#include <rrdp/base/time.hpp>
#include <rrdp/link/any_link.hpp>

#include "command_line.hpp"
#include "failure.hpp"
#include "unique_fd.hpp"

/// The clock and the sleep of a tool: what the engine leaves to whoever drives it.
namespace tools {

/// The one clock that all of a tool's moments are taken from.
inline rrdp::instant clock_now() {
    return rrdp::to_instant(std::chrono::steady_clock::now());
}

/// Keeps this process on one processor.
inline void pin_to_cpu(unsigned cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (::sched_setaffinity(0, sizeof set, &set) != 0)
        throw failure{exit_status::failed, "--cpu",
                      "there is no processor " + std::to_string(cpu) + " for this process"};
}

/// `--wait`, and `--spin` for the most frequent one.
inline void declare_wait(command_line& line, rrdp::adapters::wait_plan& plan) {
    line.option("--wait", "HOW",
                "spin: never sleep, takes a whole processor; block: sleep, costs a\n"
                "wake-up for each message (default); adaptive:MICROSECONDS: spin for up\n"
                "to that long where it has been worth it, then sleep (adaptive: 100)",
                [&plan](std::string_view value) {
                    const auto read = rrdp::adapters::to_wait_plan(value);
                    if (!read)
                        throw command_line::bad_value(
                            "--wait", value, std::string{rrdp::adapters::wait_plan_syntax});
                    plan = *read;
                });
    line.option("--spin", "", "the same as --wait spin",
                [&plan](std::string_view) { plan = {.mode = rrdp::adapters::wait_mode::spin}; });
}

/// How figures were waited for: "spinning". A link that cannot wake us is looked at instead.
inline std::string wait_text(const rrdp::adapters::wait_plan& plan, bool can_wake) {
    const auto microseconds = [](rrdp::duration d) {
        return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(d).count()) +
               " us";
    };
    if (plan.mode == rrdp::adapters::wait_mode::spin) return "spinning";
    const std::string rest =
        can_wake ? "blocking"
                 : "looking every " + microseconds(plan.look_every) + " (the link cannot wake)";
    if (plan.mode == rrdp::adapters::wait_mode::block) return rest;
    return "spinning for up to " + microseconds(plan.spin_max) + ", then " + rest;
}

/// Waits for an engine and its link as the plan says, and for signals, which are a descriptor like
/// the others: knows whether one has asked the program to end. A broken pipe becomes an error of
/// `write` meanwhile.
class sleeper {
public:
    explicit sleeper(const rrdp::adapters::wait_plan& plan) : waiter_{plan} {
        sigset_t set;
        sigemptyset(&set);
        for (const int s : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, s);
        ::sigprocmask(SIG_BLOCK, &set, nullptr);
        ::signal(SIGPIPE, SIG_IGN);
        signals_.reset(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
        if (!signals_.valid()) throw system_failure("signalfd");
    }

    /// One more descriptor for the next wait; -1 is none.
    void watch(int fd, short events) noexcept { static_cast<void>(waiter_.watch(fd, events)); }

    /// `waiter::wait`; forgets afterwards what it watched.
    template <class Engine>
    rrdp::instant wait(Engine& engine, rrdp::any_link& link, rrdp::instant now,
                       const rrdp::pump_result& turn, std::optional<rrdp::instant> deadline = {}) {
        watch(signals_.get(), POLLIN);
        now = waiter_.wait(engine, link, now, turn, deadline);
        notice();
        return now;
    }

    /// `waiter::rest`: sleeps, whatever the plan.
    void rest(rrdp::instant now, std::optional<rrdp::instant> deadline = {}) {
        watch(signals_.get(), POLLIN);
        waiter_.rest(now, deadline);
        notice();
    }

    /// Whether a signal has come.
    [[nodiscard]] bool asked_to_end() const noexcept { return asked_to_end_; }

private:
    void notice() {
        asked_to_end_ |= waiter_.ready(signals_.get());
        if (waiter_.error_number() != 0)
            throw failure{exit_status::failed, "ppoll", system_text(waiter_.error_number())};
    }

    rrdp::adapters::waiter waiter_;
    bool asked_to_end_ = false;
    unique_fd signals_;
};

}  // namespace tools
