// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include <rrdp/base/octets.hpp>

#include "failure.hpp"
#include "unique_fd.hpp"

namespace tools {

/// Where octets go: standard output, a device, or a file that appears under its name only when it
/// is whole and on the disk. Until then it has a name of its own beside the place, and it is
/// removed when this object goes before `finish` was done.
///
/// A pipe is written only as far as it takes octets without waiting: `blocked` tells.
class output {
public:
    /// "-" is standard output.
    explicit output(const std::string& path) : buffer_(256 * 1024) {
        if (path != "-") open(path);
        struct stat status {};
        if (::fstat(fd_, &status) != 0) throw system_failure(name_);
        regular_ = S_ISREG(status.st_mode);
    }
    output(const output&) = delete;
    output& operator=(const output&) = delete;
    ~output() {
        if (syncing_.valid()) syncing_.wait();
        if (!part_.empty()) ::unlink(part_.c_str());
    }

    /// How many octets `append` takes at present.
    [[nodiscard]] std::size_t room() const noexcept { return buffer_.size() - end_; }

    /// Keeps a copy of `octets`, of which there must be at most `room()`.
    void append(rrdp::octets_view octets) {
        std::copy(octets.begin(), octets.end(),
                  buffer_.begin() + static_cast<std::ptrdiff_t>(end_));
        end_ += octets.size();
        appended_ += octets.size();
    }

    /// Writes what is kept: to a file in large pieces, elsewhere at once.
    void write_some() {
        if (!regular_ || end_ >= buffer_.size() / 2) write_out();
    }

    /// Ends it: everything is written, brought to the disk, and the file gets its name. That may
    /// take long, so it happens aside: call this until it answers true.
    [[nodiscard]] bool finish() {
        if (finished_) return true;
        if (begin_ != end_) write_out();
        if (begin_ != end_) return false;
        if (!syncing_.valid())
            syncing_ = std::async(std::launch::async, [this] { return settle(); });
        if (syncing_.wait_for(std::chrono::seconds{0}) != std::future_status::ready) return false;
        if (const int error = syncing_.get(); error != 0) throw system_failure(name_, error);
        finished_ = true;
        part_.clear();
        return true;
    }

    [[nodiscard]] bool blocked() const noexcept { return begin_ != end_ && !regular_; }
    [[nodiscard]] std::uint64_t appended() const noexcept { return appended_; }
    /// What to wait for when it is `blocked`.
    [[nodiscard]] int native_handle() const noexcept { return fd_; }

private:
    void open(const std::string& path) {
        name_ = path;
        std::error_code none;
        const auto status = std::filesystem::status(path, none);
        if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
            own_.reset(::open(path.c_str(), O_WRONLY | O_CLOEXEC));  // a device keeps its name
        } else {
            place_ = std::filesystem::weakly_canonical(path, none).string();
            if (none) throw system_failure(path, none.value());
            const std::filesystem::path place{place_};
            const std::string mark = '.' + std::to_string(::getpid()) + ".part";
            part_ = (place.parent_path() / ('.' + place.filename().string() + mark)).string();
            own_.reset(::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
            if (own_.valid() && std::filesystem::exists(status))
                ::fchmod(own_.get(), static_cast<mode_t>(status.permissions()));
        }
        if (!own_.valid()) {
            part_.clear();
            throw system_failure(path);
        }
        fd_ = own_.get();
    }

    void write_out() {
        while (begin_ != end_) {
            std::size_t piece = end_ - begin_;
            if (!regular_) {
                pollfd ready{fd_, POLLOUT, 0};
                if (::poll(&ready, 1, 0) <= 0) return;
                piece = std::min<std::size_t>(piece, 4096);  // so much a pipe takes (PIPE_BUF)
            }
            const ssize_t count = ::write(fd_, buffer_.data() + begin_, piece);
            if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
            if (count < 0) throw system_failure(name_);
            begin_ += static_cast<std::size_t>(count);
        }
        begin_ = end_ = 0;
    }

    /// Runs aside. The answer is an error number.
    int settle() noexcept {
        const bool cannot_sync = ::fsync(fd_) != 0;  // pipes and devices cannot, and need not
        if (cannot_sync && errno != EINVAL && errno != EROFS && errno != ENOTSUP) return errno;
        if (!own_.valid()) return ::close(fd_) == 0 ? 0 : errno;
        if (::close(own_.release()) != 0) return errno;
        if (part_.empty()) return 0;
        return ::rename(part_.c_str(), place_.c_str()) == 0 ? 0 : errno;
    }

    std::string name_ = "standard output", place_, part_;
    unique_fd own_;
    int fd_ = STDOUT_FILENO;
    bool regular_ = false, finished_ = false;
    std::vector<std::byte> buffer_;
    std::size_t begin_ = 0, end_ = 0;
    std::uint64_t appended_ = 0;
    std::future<int> syncing_;
};

}  // namespace tools
