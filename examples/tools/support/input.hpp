// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <rrdp/base/octets.hpp>

#include "failure.hpp"
#include "unique_fd.hpp"

namespace tools {

/// Where octets come from: a file, or standard input, which may also be a pipe or a terminal. Never
/// waits: a pipe is read only when it has something.
class input {
public:
    /// Opens `path`; "-" is standard input.
    explicit input(const std::string& path) : buffer_(256 * 1024) {
        if (path != "-") {
            own_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
            if (!own_.valid()) throw system_failure(path);
            name_ = path;
            fd_ = own_.get();
        }
        struct stat status {};
        if (::fstat(fd_, &status) != 0) ended_ = true;  // standard input was closed: it is empty
        if (S_ISDIR(status.st_mode)) throw system_failure(name_, EISDIR);
        regular_ = S_ISREG(status.st_mode);
        const off_t at = regular_ ? ::lseek(fd_, 0, SEEK_CUR) : 0;
        if (regular_ && at >= 0 && status.st_size > at)
            size_ = static_cast<std::uint64_t>(status.st_size - at);
    }

    /// The next octets, at most `most`: of a file as many as there are, else what came so far.
    /// Empty: nothing now, or the end.
    [[nodiscard]] rrdp::octets_view next(std::size_t most) {
        most = std::min(most, buffer_.size());
        if (end_ - begin_ < (regular_ ? most : 1) && !ended_) fill();
        return rrdp::octets_view{buffer_}.subspan(begin_, std::min(most, end_ - begin_));
    }

    /// The first `count` octets of `next` were used.
    void consume(std::size_t count) noexcept {
        begin_ += count;
        consumed_ += count;
    }

    /// Takes the end for reached; what was read already is still there.
    void stop() noexcept { ended_ = true; }

    [[nodiscard]] bool at_end() const noexcept { return ended_ && begin_ == end_; }
    [[nodiscard]] bool is_file() const noexcept { return regular_; }
    [[nodiscard]] std::uint64_t consumed() const noexcept { return consumed_; }
    /// The size of a file, from where it stood when it was opened.
    [[nodiscard]] std::optional<std::uint64_t> size() const noexcept { return size_; }
    /// What to wait for before `next` can have more; -1: nothing.
    [[nodiscard]] int native_handle() const noexcept {
        return regular_ || ended_ || begin_ != end_ ? -1 : fd_;
    }

private:
    void fill() {
        if (!regular_ && !something_waits()) return;
        std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
                  buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
        end_ -= begin_;
        begin_ = 0;
        const ssize_t count = ::read(fd_, buffer_.data() + end_, buffer_.size() - end_);
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
        if (count < 0) throw system_failure(name_);
        if (count == 0) ended_ = true;
        end_ += static_cast<std::size_t>(count);
    }

    [[nodiscard]] bool something_waits() const noexcept {
        pollfd ready{fd_, POLLIN, 0};
        return ::poll(&ready, 1, 0) > 0;
    }

    std::string name_ = "standard input";
    unique_fd own_;
    int fd_ = STDIN_FILENO;
    bool regular_ = false, ended_ = false;
    std::optional<std::uint64_t> size_;
    std::vector<std::byte> buffer_;
    std::size_t begin_ = 0, end_ = 0;
    std::uint64_t consumed_ = 0;
};

}  // namespace tools
