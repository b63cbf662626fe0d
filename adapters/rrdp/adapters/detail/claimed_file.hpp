// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include <rrdp/adapters/detail/unique_fd.hpp>

namespace rrdp::adapters::detail {

/// A file that one object has at a time, of this process or another, and that is replaced as a
/// whole: who reads, reads an old text or a new one. It goes with its object.
///
/// Who has it holds a lock (flock) on what lies under the name, and the lock is on the new file
/// before that takes the place of the old one. So two who want it in the same instant do not both
/// get it, and the kernel frees the name of a process that is killed.
class claimed_file {
public:
    explicit claimed_file(std::string path) : path_{std::move(path)}, draft_{path_ + ".new"} {}
    claimed_file(const claimed_file&) = delete;
    claimed_file& operator=(const claimed_file&) = delete;
    ~claimed_file() {
        if (is_held()) ::unlink(path_.c_str());
    }

    /// Takes the name; 0, or an errno: EBUSY if another has it, EEXIST if what lies there is no
    /// file. A new file is empty. A symbolic link is removed, and never followed.
    [[nodiscard]] int claim() noexcept {
        for (int turn = 0; turn < 100; ++turn) {  // others may remove or replace what is opened
            unique_fd fd{open(path_, 0)};
            if (!fd && errno == ENOENT) fd = unique_fd{open(path_, O_CREAT | O_EXCL)};
            if (!fd && errno == EEXIST) continue;
            if (!fd && (errno != ELOOP || ::unlink(path_.c_str()) != 0)) return errno;
            if (!fd) continue;
            struct stat about {};
            if (::fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) return EEXIST;
            if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
                return errno == EWOULDBLOCK ? EBUSY : errno;
            held_ = std::move(fd);
            if (is_held()) return 0;
        }
        return EBUSY;
    }

    /// Puts a new file with `text` into the place of the old one; 0 or an errno. A file that
    /// somebody has removed is claimed again.
    [[nodiscard]] int replace(std::string_view text) noexcept {
        if (!is_held())
            if (const int refused = claim(); refused != 0) return refused;
        // What lies under the name of the draft is a dead process's, or a trap.
        ::unlink(draft_.c_str());
        unique_fd fd{open(draft_, O_CREAT | O_EXCL)};
        if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return errno;
        const ssize_t size = ::write(fd.get(), text.data(), text.size());
        const bool written = size == static_cast<ssize_t>(text.size());
        if (!written || ::rename(draft_.c_str(), path_.c_str()) != 0) {
            const int error = size >= 0 && !written ? ENOSPC : errno;  // a part of it had room
            ::unlink(draft_.c_str());
            return error;
        }
        held_ = std::move(fd);
        return 0;
    }

    /// Whether what lies under the name is ours.
    [[nodiscard]] bool is_held() const noexcept {
        struct stat ours {
        }, there{};
        return held_ && ::fstat(held_.get(), &ours) == 0 && ::lstat(path_.c_str(), &there) == 0 &&
               ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
    }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    /// To write where it is new: the file of another user, who is gone, can only be read.
    [[nodiscard]] static int open(const std::string& path, int create) noexcept {
        constexpr int always = O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC;
        return ::open(path.c_str(), always | create | (create != 0 ? O_WRONLY : O_RDONLY), 0644);
    }

    std::string path_, draft_;
    unique_fd held_;
};

}  // namespace rrdp::adapters::detail
