// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include <rrdp/adapters/detail/spared_signals.hpp>
#include <rrdp/adapters/detail/unique_fd.hpp>

namespace rrdp::adapters::detail {

/// A file that two processes share, and the locks that tell who is there.
///
/// The locks belong to the open file description, so that the kernel takes them away at the moment
/// when their process dies, however it dies, and no number of a process is ever compared. Octet 0
/// is held for a moment by whoever comes or goes, octets 1 and 2 by the sides while they live.
class shm_file {
public:
    shm_file() noexcept = default;

    /// Opens or makes the file `path`, readable by this user alone, and holds the door (octet 0).
    /// Throws std::system_error.
    explicit shm_file(const std::string& path) {
        for (int tries = 0; tries < tries_max; ++tries) {
            fd_ = unique_fd{::open(path.c_str(),
                                   O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                                   S_IRUSR | S_IWUSR)};
            if (!fd_) fail(errno, path + ": cannot open the region");
            check_owner(path);
            if (!hold_door()) fail(EBUSY, path + ": somebody is opening it and does not finish");
            if (is_at(path)) return;  // else the last one out has removed it meanwhile
        }
        fail(EBUSY, path + ": is removed again and again");
    }

    /// Opens a memfd anew, so that its locks are this process's own, and holds the door. Throws
    /// std::system_error, also where the memory might shrink: reading it would then kill us.
    explicit shm_file(int memfd) {
        const std::string path = "/proc/self/fd/" + std::to_string(memfd);
        fd_ = unique_fd{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK)};
        if (!fd_) fail(errno, "cannot open the memory anew through " + path);
        const int seals = ::fcntl(fd_.get(), F_GET_SEALS);
        if (seals < 0 || (seals & F_SEAL_SHRINK) == 0)
            fail(EINVAL, "the descriptor is no memfd that is sealed against shrinking");
        if (!hold_door()) fail(EBUSY, "somebody is opening the memory and does not finish");
    }

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    explicit operator bool() const noexcept { return bool{fd_}; }

    /// Waits a second at most for octet 0; false if it was not to be had.
    [[nodiscard]] bool hold_door() const noexcept {
        for (int tries = 0; tries < door_tries; ++tries) {
            if (lock(0)) return true;
            ::usleep(1'000);
        }
        return false;
    }
    void let_door_go() const noexcept { static_cast<void>(command(F_OFD_SETLK, F_UNLCK, 0)); }

    /// Takes an octet, if nobody has it.
    [[nodiscard]] bool lock(off_t octet) const noexcept {
        return command(F_OFD_SETLK, F_WRLCK, octet) != failed;
    }
    /// Whether somebody else has it (one system call).
    [[nodiscard]] bool is_locked(off_t octet) const noexcept {
        return command(F_OFD_GETLK, F_WRLCK, octet) != F_UNLCK;
    }

    /// Whether `path` still leads to this file.
    [[nodiscard]] bool is_at(const std::string& path) const noexcept {
        struct stat here {};
        struct stat there {};
        return ::fstat(fd_.get(), &here) == 0 && ::lstat(path.c_str(), &there) == 0 &&
               here.st_ino == there.st_ino && here.st_dev == there.st_dev;
    }

    [[nodiscard]] std::size_t size() const noexcept {
        struct stat here {};
        return ::fstat(fd_.get(), &here) == 0 ? static_cast<std::size_t>(here.st_size) : 0;
    }

    /// Makes it `size` zeros, all of them in memory: nothing can be missing later, when it is too
    /// late to complain. The error, or 0.
    [[nodiscard]] int make_zeros(std::size_t size) const noexcept {
        const spared_signals spared;
        if (::ftruncate(fd_.get(), 0) != 0) return errno;
        return ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(size));
    }

    [[noreturn]] static void fail(int error, const std::string& what) {
        throw std::system_error{error, std::generic_category(), "shm: " + what};
    }

private:
    static constexpr int tries_max = 100;
    static constexpr int door_tries = 1'000;
    static constexpr int failed = -1;

    /// The type of lock that the kernel answers with, or `failed`.
    [[nodiscard]] int command(int what, int type, off_t octet) const noexcept {
        struct flock lock {};
        lock.l_type = static_cast<short>(type);
        lock.l_whence = SEEK_SET;
        lock.l_start = octet;
        lock.l_len = 1;
        return ::fcntl(fd_.get(), what, &lock) == 0 ? lock.l_type : failed;
    }

    void check_owner(const std::string& path) const {
        struct stat is {};
        if (::fstat(fd_.get(), &is) != 0) fail(errno, path + ": cannot look at it");
        if (!S_ISREG(is.st_mode)) fail(EINVAL, path + ": is not a regular file");
        if (is.st_uid != ::geteuid()) fail(EPERM, path + ": belongs to another user");
        if ((is.st_mode & (S_IRWXG | S_IRWXO)) != 0)
            fail(EPERM, path + ": is open to other users, and may be of any content");
    }

    unique_fd fd_;
};

}  // namespace rrdp::adapters::detail
