// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>

#include <rrdp/adapters/detail/unique_fd.hpp>

namespace rrdp::adapters::detail {

/// The two places of a name, "NAME.a" and "NAME.b", of which a socket takes the first that no
/// living process has. Where the name is a path, the file that a killed process has left is
/// removed, and the own one at the end; a name that begins with "@" is abstract and has no file.
///
/// Nobody can take a place between the look and the binding: whoever does so holds a lock on the
/// folder, which the kernel takes from a process that dies.
class unix_name {
public:
    /// Throws std::system_error.
    explicit unix_name(std::string_view name) : name_{name} {
        const std::size_t longest = sizeof(sockaddr_un::sun_path) - 3;  // ".a" and an end
        if (name_.empty() || name_ == "@") refuse(EINVAL, "a path is missing, or a name behind @");
        const std::size_t nul = name_.find('\0');
        name_.resize(std::min(nul, name_.size()));  // what is said ends there, too
        if (nul != std::string::npos) refuse(EINVAL, "a NUL ends the path");
        if (name_.size() > longest) refuse(ENAMETOOLONG, "the path is too long for a socket");
    }
    unix_name(const unix_name&) = delete;
    unix_name& operator=(const unix_name&) = delete;
    ~unix_name() { remove(); }

    /// Binds `fd` to a place that is free. Throws std::system_error.
    void bind(int fd) {
        const unique_fd lock = abstract() ? unique_fd{} : locked_folder();
        for (const char place : {'a', 'b'}) {
            own_ = to_sockaddr(place);
            if (!abstract()) remove_if_dead(fd);
            if (::bind(fd, pointer(own_), size_of(own_)) == 0) return taken(place);
            if (errno != EADDRINUSE) refuse(errno, "cannot make the socket");
        }
        refuse(EADDRINUSE, "both ends are taken by other processes");
    }

    /// Where the other end is, or will be.
    [[nodiscard]] const sockaddr_un& peer() const noexcept { return peer_; }
    [[nodiscard]] socklen_t peer_size() const noexcept { return size_of(peer_); }

    [[nodiscard]] bool is_peer(const sockaddr_un& from, socklen_t size) const noexcept {
        if (size != peer_size()) return false;  // also a longer name that begins like the peer's
        return std::memcmp(from.sun_path, peer_.sun_path, path_size()) == 0;
    }

    /// Throws std::system_error.
    [[noreturn]] void refuse(int error, const char* what) const {
        throw std::system_error{error, std::generic_category(), "unix " + name_ + ": " + what};
    }

private:
    [[nodiscard]] bool abstract() const noexcept { return name_[0] == '@'; }
    [[nodiscard]] std::size_t path_size() const noexcept { return name_.size() + 2; }
    [[nodiscard]] socklen_t size_of(const sockaddr_un&) const noexcept {
        const std::size_t end = abstract() ? 0 : 1;
        return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_size() + end);
    }
    [[nodiscard]] static const sockaddr* pointer(const sockaddr_un& s) noexcept {
        const void* const at = &s;
        return static_cast<const sockaddr*>(at);
    }
    [[nodiscard]] sockaddr_un to_sockaddr(char place) const noexcept {
        sockaddr_un s{};
        s.sun_family = AF_UNIX;
        name_.copy(s.sun_path, name_.size());
        s.sun_path[name_.size()] = '.';
        s.sun_path[name_.size() + 1] = place;
        if (abstract()) s.sun_path[0] = '\0';
        return s;
    }

    [[nodiscard]] unique_fd locked_folder() const {
        const std::size_t slash = name_.rfind('/');
        const std::string folder = slash == std::string::npos ? "." : name_.substr(0, slash + 1);
        unique_fd lock{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (!lock) refuse(errno, "cannot open the folder of the path");
        for (int waited = 0; ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0; ++waited) {
            if (waited == 200) refuse(errno, "another process keeps the folder locked");
            ::usleep(10'000);
        }
        return lock;
    }

    /// Removes the socket of a dead process: nobody answers there.
    void remove_if_dead(int fd) const noexcept {
        struct stat file {};
        if (::lstat(own_.sun_path, &file) != 0 || !S_ISSOCK(file.st_mode)) return;
        if (::connect(fd, pointer(own_), size_of(own_)) != 0 && errno == ECONNREFUSED)
            ::unlink(own_.sun_path);
        sockaddr nobody{};
        nobody.sa_family = AF_UNSPEC;
        ::connect(fd, &nobody, sizeof nobody);
    }

    void taken(char place) noexcept {
        peer_ = to_sockaddr(place == 'a' ? 'b' : 'a');
        bound_ = true;
        if (!abstract()) ::lstat(own_.sun_path, &file_);
    }

    /// Removes the file, if it is still ours.
    void remove() const noexcept {
        struct stat now {};
        if (!bound_ || abstract() || ::lstat(own_.sun_path, &now) != 0) return;
        if (now.st_dev == file_.st_dev && now.st_ino == file_.st_ino) ::unlink(own_.sun_path);
    }

    std::string name_;
    sockaddr_un own_{};
    sockaddr_un peer_{};
    struct stat file_ {};
    bool bound_ = false;
};

}  // namespace rrdp::adapters::detail
