// SPDX-License-Identifier: Apache-2.0
#include <rrdp/core/options.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t bound = 64;

/// The check of the default options after `change`.
template <class Change>
constexpr errc after_change(Change change) {
    options o;
    change(o);
    return check(o, bound);
}

static_assert(check(options{}, bound) == errc::ok);
static_assert(after_change([](options& o) { o.max_outstanding = 0; }) == errc::bad_max_outstanding);

/// Whether `interval` accepts `good` and refuses `bad`.
void check_interval(duration options::*interval, duration good, duration bad) {
    CHECK(after_change([&](options& o) { o.*interval = good; }) == errc::ok);
    CHECK(after_change([&](options& o) { o.*interval = bad; }) == errc::bad_interval);
}

TEST_CASE("options: X is 1 to 16 383, and no more than the policy has rings for",
          "[core][R-17.6]") {
    const auto with = [](std::uint16_t x, std::uint16_t most) {
        options o;
        o.max_outstanding = x;
        o.receive_slots = static_cast<std::uint16_t>(2 * x);
        return check(o, most);
    };
    CHECK(with(0, 64) == errc::bad_max_outstanding);
    CHECK(with(1, 64) == errc::ok);
    CHECK(with(64, 64) == errc::ok);
    CHECK(with(65, 64) == errc::bad_max_outstanding);
    CHECK(with(16'383, 0xffff) == errc::ok);
    CHECK(with(16'384, 0xffff) == errc::bad_max_outstanding);
    CHECK(with(0xffff, 0xffff) == errc::bad_max_outstanding);
}

TEST_CASE("options: there are at least 2X receive slots", "[core][R-8.16]") {
    for (const int x : {1, 7, 64}) {
        const auto with = [x](int slots) {
            return after_change([&](options& o) {
                o.max_outstanding = static_cast<std::uint16_t>(x);
                o.receive_slots = static_cast<std::uint16_t>(slots);
            });
        };
        CHECK(with(2 * x - 1) == errc::bad_option);
        CHECK(with(2 * x) == errc::ok);
        CHECK(with(0xffff) == errc::ok);
    }
}

TEST_CASE("options: no count may be zero, and a list fits a header", "[core][R-3.11][R-17.6]") {
    constexpr auto bad = errc::bad_option;
    CHECK(after_change([](options& o) { o.send_cap = 0; }) == bad);
    CHECK(after_change([](options& o) { o.send_queue = 0; }) == bad);
    CHECK(after_change([](options& o) { o.ack_every = 0; }) == bad);
    CHECK(after_change([](options& o) { o.eack_entries = 249; }) == bad);
    CHECK(after_change([](options& o) { o.eack_entries = 248; }) == errc::ok);
    CHECK(after_change([](options& o) { o.eack_entries = 0; }) == errc::ok);
    CHECK(after_change([](options& o) { o.ack_every = 0xffff; }) == errc::ok);
    CHECK(after_change([](options& o) { o.send_cap = 1; }) == errc::ok);
}

TEST_CASE("options: an interval is positive and at most a year", "[core][R-17.6]") {
    for (const auto interval : {&options::give_up, &options::persist_max, &options::connect_timeout,
                                &options::linger, &options::fin_wait}) {
        check_interval(interval, 1ns, 0ns);
        check_interval(interval, 1s, -1ns);
        check_interval(interval, interval_max, interval_max + 1ns);
        check_interval(interval, 1h, duration::max());
    }
}

TEST_CASE("options: a keepalive of zero is none, an ack delay of zero is at once",
          "[core][R-17.6]") {
    check_interval(&options::keepalive, 0ns, -1ns);
    check_interval(&options::keepalive, interval_max, interval_max + 1ns);
    check_interval(&options::ack_delay, 0ns, -1ns);
    check_interval(&options::ack_delay, ack_delay_max, ack_delay_max + 1ns);
}

TEST_CASE("options: the time-outs of retransmission are in order", "[core][R-17.6]") {
    const auto with = [](duration min, duration initial, duration max) {
        return after_change([&](options& o) {
            o.rto_min = min;
            o.rto_initial = initial;
            o.rto_max = max;
        });
    };
    CHECK(with(1ms, 1ms, 1ms) == errc::ok);
    CHECK(with(1ns, 2ns, rto_limit) == errc::ok);
    CHECK(with(0ns, 2ms, 3ms) == errc::bad_interval);
    CHECK(with(-1ms, 2ms, 3ms) == errc::bad_interval);
    CHECK(with(2ms, 1ms, 3ms) == errc::bad_interval);
    CHECK(with(1ms, 3ms, 2ms) == errc::bad_interval);
    CHECK(with(1ms, 2ms, rto_limit + 1ns) == errc::bad_interval);
}

TEST_CASE("options: nothing is offered or required that this version lacks",
          "[core][R-5.6][R-5.8]") {
    constexpr auto refused = errc::feature_not_supported;
    for (unsigned bit = 8; bit < 16; ++bit) {
        const wire::features f{static_cast<std::uint16_t>(1U << bit)};
        const bool supported = f.subset_of(supported_features);
        CHECK((after_change([&](options& o) { o.offered = f; }) == errc::ok) == supported);
        CHECK((after_change([&](options& o) { o.offered = o.required = f; }) == errc::ok) ==
              supported);
    }
    CHECK(after_change([](options& o) {
              o.offered = {};
              o.required = wire::features::fin;
          }) == refused);
    CHECK(after_change([](options& o) { o.extended = false; }) == refused);
    CHECK(after_change([](options& o) {
              o.extended = false;
              o.offered = {};
          }) == errc::ok);
}

TEST_CASE("options: sets that differ in any field are different", "[core]") {
    options o;
    CHECK(o == options{});
    o.auto_close = !o.auto_close;
    CHECK_FALSE(o == options{});
    o = {};
    o.fin_wait += 1ns;
    CHECK_FALSE(o == options{});
}

}  // namespace
}  // namespace rrdp
