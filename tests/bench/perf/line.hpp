// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <rrdp/adapters/detail/unique_fd.hpp>

namespace rrdp::bench {

/// Lines of text to and from the other end, beside what is measured: over a stream socket.
class line {
public:
    line() = default;
    explicit line(adapters::detail::unique_fd fd) : fd_{std::move(fd)} {}

    void say(const std::string& text) {
        const std::string all = text + '\n';
        static_cast<void>(::send(fd_.get(), all.data(), all.size(), MSG_NOSIGNAL));
    }
    /// The next line; nothing when the other end is gone, or silent for that long.
    std::optional<std::string> hear(std::chrono::milliseconds longest = std::chrono::hours{24}) {
        for (;;) {
            if (const auto end = heard_.find('\n'); end != std::string::npos) {
                std::string text = heard_.substr(0, end);
                heard_.erase(0, end + 1);
                return text;
            }
            pollfd ready{fd_.get(), POLLIN, 0};
            if (::poll(&ready, 1, static_cast<int>(longest.count())) <= 0) return std::nullopt;
            std::array<char, 1'024> room{};
            const auto size = ::recv(fd_.get(), room.data(), room.size(), 0);
            if (size <= 0 || heard_.size() > 65'536) return std::nullopt;
            heard_.append(room.data(), static_cast<std::size_t>(size));
        }
    }
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

private:
    adapters::detail::unique_fd fd_;
    std::string heard_;
};

}  // namespace rrdp::bench
