// SPDX-License-Identifier: Apache-2.0
#include <rrdp/adapters/waiter.hpp>

#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <vector>

#include <rrdp/adapters/detail/unique_fd.hpp>

#include "support/catch.hpp"

namespace rrdp::adapters {
namespace {

using namespace std::chrono_literals;

/// What the fakes below know of each other.
struct stage {
    instant now{};
    duration clock_cost{100ns};   // each look at the clock
    std::vector<instant> frames;  // when each comes; those that came are erased
    instant next_timeout = never;
    bool wants_transmit = false;
    bool empty_seen = false;  // the link was asked in vain since the last frame
    instant aside = never;    // when a watched descriptor is ready

    int clocks = 0, looks = 0, handled = 0;
    instant handled_at{};
    struct slumber {
        int fd;
        duration longest;
        bool told;  // the link knew
    };
    std::vector<slumber> sleeps;  // without those of no time
    int arms = 0;
    instant armed = never;
    bool no_timer = false;
    int glances = 0;  // those

    [[nodiscard]] bool frame_waits() const { return !frames.empty() && frames.front() <= now; }
};

struct fake_system {
    stage* on;

    instant now() const {
        ++on->clocks;
        return on->now += on->clock_cost;
    }
    void relax() const { on->now += 50ns; }
    int arm(instant when) const {
        ++on->arms;
        on->armed = when;
        return on->no_timer ? -1 : 77;
    }
    int sleep(std::span<pollfd> watched, const std::timespec* longest) const {
        const bool timed = watched.size() > 1 && watched[1].fd == 77;
        const duration most =
            timed     ? std::max(on->armed - on->now, duration{1})
            : longest ? std::chrono::seconds{longest->tv_sec} + duration{longest->tv_nsec}
                      : duration{1h};
        const bool all = watched.size() != 0 && watched[0].fd == 5;
        if (most == duration{}) {
            ++on->glances;
            if (on->aside > on->now) return 0;
            return watched.back().revents = POLLIN, 1;
        }
        on->sleeps.push_back({watched[0].fd, most, on->empty_seen});
        instant woken = std::min(on->now + most, on->aside);
        if (all && !on->frames.empty()) woken = std::min(woken, on->frames.front() + 10us);
        on->now = std::max(on->now, woken);
        if (on->aside <= on->now) watched.back().revents = POLLIN;
        return 1;
    }
};

struct fake_engine {
    stage* on;

    void handle_frame(instant now, octets_view) { ++on->handled, on->handled_at = now; }
    void handle_timeout(instant) {}
    bool wants_transmit(instant) const { return on->wants_transmit; }
    std::optional<std::size_t> poll_transmit(instant, octets) { return {}; }
    std::optional<instant> next_timeout() const {
        if (on->next_timeout == never) return {};
        return on->next_timeout;
    }
};

struct fake_link {
    struct rx_frame {
        octets_view bytes() const noexcept { return {}; }
    };
    struct tx_lease {
        octets bytes() noexcept { return {}; }
        void commit(std::size_t) noexcept {}
    };
    stage* on;
    int fd = 5;

    link_properties properties() const noexcept { return {}; }
    std::optional<rx_frame> receive() {
        ++on->looks;
        on->empty_seen = !on->frame_waits();
        if (on->empty_seen) return {};
        on->frames.erase(on->frames.begin());
        return rx_frame{};
    }
    std::optional<tx_lease> lease(std::size_t) { return {}; }
    int native_handle() const noexcept { return fd; }
};
static_assert(pollable_link<fake_link>);

struct fixture {
    explicit fixture(const wait_plan& plan, int fd = 5) : wait{plan, {&on}}, link{&on, fd} {}

    instant turn(std::optional<instant> deadline = {}, pump_result did = {.drained = true}) {
        on.empty_seen = did.drained;
        return wait.wait(engine, link, on.now, did, deadline);
    }

    stage on;
    basic_waiter<fake_system> wait;
    fake_engine engine{&on};
    fake_link link;
};

const wait_plan blocking{.mode = wait_mode::block};
const wait_plan spinning{.mode = wait_mode::spin};
const wait_plan adaptive{.mode = wait_mode::adaptive, .spin_max = 50us};

}  // namespace

TEST_CASE("waiter: who blocks sleeps once, looks once and reads the clock once a message",
          "[adapters]") {
    fixture f{blocking};
    f.on.frames = {instant{300us}};
    const instant woken = f.turn();
    CHECK(f.on.sleeps.size() == 1);
    CHECK(f.on.looks == 1);
    CHECK(f.on.clocks == 1);
    CHECK(f.on.handled == 1);
    CHECK(f.on.handled_at == woken);
    CHECK(woken >= instant{300us});
}

TEST_CASE("waiter: it sleeps on the link's descriptor until the engine's time", "[adapters]") {
    fixture f{blocking};
    f.on.next_timeout = instant{7ms};
    CHECK(f.turn(instant{9ms}) >= instant{7ms});
    REQUIRE(f.on.sleeps.size() == 1);
    CHECK(f.on.sleeps[0].fd == 5);
    CHECK(f.on.sleeps[0].longest == 7ms);
    f.on.next_timeout = f.on.now + 9ms;
    f.turn(f.on.now + 2ms);
    REQUIRE(f.on.sleeps.size() == 2);
    CHECK(f.on.sleeps[1].longest == 2ms);  // the caller's own is earlier
}

TEST_CASE("waiter: a deadline that moves away is not told to the kernel each time", "[adapters]") {
    fixture f{blocking};
    for (int i = 0; i < 1'000; ++i) {
        f.on.next_timeout = f.on.now + 5ms;
        f.on.frames = {f.on.now + 20us};
        while (f.on.handled == i) f.turn();
    }
    CHECK(f.on.arms < 10);
    f.on.next_timeout = f.on.now + 3ms;
    f.turn(f.on.now + 40us);  // one that is nearer is
    CHECK(f.on.sleeps.back().longest <= 40us);
    const instant due = f.on.now + 3ms;
    f.on.next_timeout = due;
    instant woken = f.turn();
    while (woken < due) woken = f.turn();
    CHECK(woken < due + 1us);
}

TEST_CASE("waiter: without a timer each sleep has a time-out", "[adapters]") {
    fixture f{blocking};
    f.on.no_timer = true;
    f.on.next_timeout = instant{7ms};
    CHECK(f.turn() >= instant{7ms});
    CHECK(f.on.sleeps.size() == 1);
}

TEST_CASE("waiter: it never sleeps on a link that was not seen empty", "[adapters]") {
    for (const wait_plan& plan : {blocking, adaptive}) {
        fixture f{plan};
        f.on.frames = {instant{}};
        f.turn({}, {.drained = false});
        CHECK(f.on.handled == 1);
        CHECK(f.on.sleeps.empty());
        f.on.frames = {f.on.now + 1ms};
        f.turn({}, {.drained = false});
        REQUIRE(f.on.sleeps.size() == 1);
        CHECK(f.on.sleeps[0].told);
    }
}

TEST_CASE("waiter: an engine that wants to transmit, or is overdue, is not kept waiting",
          "[adapters]") {
    for (const wait_plan& plan : {blocking, spinning, adaptive}) {
        fixture f{plan};
        f.on.wants_transmit = true;
        f.turn();
        f.on.wants_transmit = false;
        f.on.next_timeout = f.on.now;
        const instant before = f.on.now;
        CHECK(f.turn() > before);  // time goes on, so that it will not be overdue again
        f.on.next_timeout = never;
        f.turn(f.on.now);
        CHECK(f.on.sleeps.empty());
        CHECK(f.on.looks == 0);
    }
}

TEST_CASE("waiter: who spins never sleeps, sees a frame at once and meets its timers",
          "[adapters]") {
    fixture f{spinning};
    f.on.frames = {instant{300us}};
    CHECK(f.turn() < instant{301us});
    CHECK(f.on.handled == 1);
    f.on.next_timeout = instant{2ms};
    const instant woken = f.turn();
    CHECK(woken >= instant{2ms});
    CHECK(woken < instant{2ms} + 2us);
    CHECK(f.on.sleeps.empty());
}

TEST_CASE("waiter: a link that is full is asked again soon, and one without a descriptor too",
          "[adapters]") {
    fixture full{blocking};
    full.on.wants_transmit = true;
    full.turn({}, {.drained = true, .blocked = true});
    REQUIRE(full.on.sleeps.size() == 1);
    CHECK(full.on.sleeps[0].longest == 50us);

    fixture silent{blocking, -1};
    silent.on.frames = {instant{120us}};
    while (silent.on.handled == 0) silent.turn();
    CHECK(silent.on.sleeps.size() == 3);
    for (const auto& s : silent.on.sleeps) CHECK(s.longest == 50us);

    fixture spun{spinning};
    spun.on.wants_transmit = true;
    CHECK(spun.turn({}, {.drained = true, .blocked = true}) < instant{2us});
}

TEST_CASE("waiter: what came soon is spun for, what comes late is slept for", "[adapters]") {
    fixture f{adaptive};
    for (int i = 0; i < 10; ++i) {
        f.on.frames = {f.on.now + 20us};
        f.turn();
    }
    CHECK(f.on.handled == 10);
    CHECK(f.on.sleeps.empty());
    CHECK(f.wait.statistics().rewarded == 10);
    for (int i = 0; i < 10; ++i) {
        f.on.frames = {f.on.now + 5ms};
        f.turn();
    }
    CHECK(f.on.handled == 20);
    CHECK(f.on.sleeps.size() == 10);
    CHECK(f.wait.budget().now() == 0ns);  // by now it sleeps at once
    CHECK(f.wait.statistics().in_vain < 8);
    const int looks = f.on.looks;
    f.on.frames = {f.on.now + 5ms};
    f.turn();
    CHECK(f.on.looks == looks + 1);  // just as who blocks
    for (int i = 0; i < 10; ++i) {
        f.on.frames = {f.on.now + 20us};
        f.turn();
    }
    CHECK(f.wait.budget().now() == 50us);  // and has learned to spin again
}

TEST_CASE("waiter: it spins no longer than was allowed, whatever it was rewarded for",
          "[adapters]") {
    fixture f{adaptive};
    for (int i = 0; i < 100; ++i) {
        f.on.frames = {f.on.now + 1us};
        f.turn();
    }
    f.on.frames = {f.on.now + 1s};
    f.turn(f.on.now + 1h);
    REQUIRE(f.on.sleeps.size() == 1);
    const duration spun = 1h - f.on.sleeps[0].longest;
    CHECK(spun >= 50us);
    CHECK(spun < 52us);
    CHECK(f.wait.budget().most() == 50us);
}

TEST_CASE("waiter: a timer is met while it spins adaptively", "[adapters]") {
    fixture f{adaptive};
    f.on.next_timeout = instant{10us};
    const instant woken = f.turn();
    CHECK(woken >= instant{10us});
    CHECK(woken < instant{12us});
    CHECK(f.on.sleeps.empty());
    CHECK(f.wait.budget().now() == 25us);
}

TEST_CASE("waiter: a descriptor beside the link ends the wait, in every mode", "[adapters]") {
    for (const wait_plan& plan : {blocking, spinning, adaptive}) {
        fixture f{plan};
        f.on.aside = instant{40us};
        CHECK(f.wait.watch(-1, POLLIN));
        CHECK(f.wait.watch(9, POLLIN));
        f.turn();
        CHECK(f.wait.ready(9));
        CHECK(f.on.now < instant{1s});
        CHECK(f.wait.watch(10, POLLIN));  // forgets the other
        CHECK_FALSE(f.wait.ready(9));
    }
}

TEST_CASE("waiter: a link that is always busy does not hide a descriptor", "[adapters]") {
    for (const wait_plan& plan : {blocking, spinning, adaptive}) {
        fixture f{plan};
        f.on.aside = instant{};
        f.on.wants_transmit = true;
        int turns = 0;
        do {
            f.wait.watch(9, POLLIN);
            f.turn();
        } while (!f.wait.ready(9) && ++turns < 1'000);
        CHECK(turns < 256);
        CHECK(f.on.glances == 1);
    }
}

TEST_CASE("waiter: one descriptor too many is refused", "[adapters]") {
    fixture f{blocking};
    for (int i = 0; i < 8; ++i) CHECK(f.wait.watch(i + 10, POLLIN));
    CHECK_FALSE(f.wait.watch(20, POLLIN));
}

TEST_CASE("waiter: who waits in the kernel uses no processor", "[adapters]") {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends.data()) == 0);
    const adapters::detail::unique_fd one{ends[0]}, other{ends[1]};
    const auto used = [] {
        rusage u{};
        ::getrusage(RUSAGE_THREAD, &u);
        return std::chrono::seconds{u.ru_utime.tv_sec + u.ru_stime.tv_sec} +
               std::chrono::microseconds{u.ru_utime.tv_usec + u.ru_stime.tv_usec};
    };
    for (const wait_plan& plan : {blocking, adaptive}) {
        stage on;
        fake_engine engine{&on};
        fake_link link{&on, one.get()};
        waiter wait{plan};
        const auto before = used();
        instant now = wait.now();
        const instant end = now + 300ms;
        while (now < end) now = wait.wait(engine, link, now, {.drained = true}, end);
        CHECK(used() - before < 100ms);  // who spins takes 300
        CHECK(wait.statistics().sleeps < 20);
        CHECK(wait.error_number() == 0);
    }
}

TEST_CASE("waiter: what the kernel refuses is told", "[adapters]") {
    struct refusing : fake_system {
        int sleep(std::span<pollfd>, const std::timespec*) const { return errno = ENOMEM, -1; }
    };
    stage on;
    basic_waiter<refusing> wait{blocking, refusing{{&on}}};
    fake_engine engine{&on};
    fake_link link{&on};
    wait.wait(engine, link, on.now, {.drained = true});
    CHECK(wait.error_number() == ENOMEM);
}

}  // namespace rrdp::adapters
