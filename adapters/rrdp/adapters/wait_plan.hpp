// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <rrdp/base/time.hpp>

namespace rrdp::adapters {

/// What a loop does when there is nothing to do.
enum class wait_mode : std::uint8_t {
    spin,     ///< looks again and again: the fastest, and takes a whole processor
    block,    ///< sleeps in the kernel: takes nothing, and each message costs a wake-up
    adaptive  ///< spins for a while, as far as that has been worth it, and then sleeps
};

/// How a `waiter` waits. docs/guides/waiting.md says which to choose.
struct wait_plan {
    wait_mode mode = wait_mode::block;  ///< spin, block or adaptive

    /// The longest that `adaptive` spins before it sleeps, 1 us to 1 s. Rather more than a wake-up
    /// costs: two ends that spin for less than the other takes to wake sleep for ever in turns
    /// (docs/decisions/0052). The default is measured.
    duration spin_max = std::chrono::microseconds{100};

    /// How long it sleeps at most over a link that cannot wake it: one without a descriptor, or one
    /// that was full. At least 1 us.
    duration look_every = std::chrono::microseconds{50};

    /// Whether all members are equal.
    friend constexpr bool operator==(const wait_plan&, const wait_plan&) = default;
};

/// What `to_wait_plan` reads, for a message to whoever wrote something else.
inline constexpr std::string_view wait_plan_syntax =
    "spin, block, adaptive or adaptive:MICROSECONDS (1 to 1000000)";

/// Reads `spin`, `block`, `adaptive` or `adaptive:MICROSECONDS`; nothing if it is none of them.
[[nodiscard]] inline std::optional<wait_plan> to_wait_plan(std::string_view text) noexcept {
    constexpr std::string_view prefix = "adaptive:";
    if (text == "spin") return wait_plan{.mode = wait_mode::spin};
    if (text == "block") return wait_plan{.mode = wait_mode::block};
    if (text == "adaptive") return wait_plan{.mode = wait_mode::adaptive};
    if (!text.starts_with(prefix)) return std::nullopt;
    text.remove_prefix(prefix.size());
    std::uint32_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stopped != end || number == 0 || number > 1'000'000)
        return std::nullopt;
    return wait_plan{.mode = wait_mode::adaptive, .spin_max = std::chrono::microseconds{number}};
}

/// What `to_wait_plan` reads back: `adaptive:50`.
[[nodiscard]] inline std::string to_text(const wait_plan& plan) {
    if (plan.mode == wait_mode::spin) return "spin";
    if (plan.mode == wait_mode::block) return "block";
    const auto most = std::chrono::duration_cast<std::chrono::microseconds>(plan.spin_max);
    return "adaptive:" + std::to_string(most.count());
}

}  // namespace rrdp::adapters
