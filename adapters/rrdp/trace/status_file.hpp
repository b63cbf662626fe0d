// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include <rrdp/adapters/detail/unique_fd.hpp>
#include <rrdp/trace/status_text.hpp>

namespace rrdp::trace {

/// Shows how an engine stands to whoever looks: a file of text that is replaced as a whole, once a
/// second. `rrdp-stat` reads it, and what reads Prometheus' format does (decision 0068). Call
/// `publish` in each turn of the loop: it does nothing until it is due. The file goes with this.
class status_file {
public:
    /// Where the files of names are: memory that all users share.
    static constexpr std::string_view folder = "/dev/shm";

    /// `name` is of letters, digits, '.', '_' and '-', or the path of a file, such as one for the
    /// textfile collector of node_exporter. Throws std::invalid_argument for another name, and
    /// std::system_error when the file cannot be made, or a living process has it.
    explicit status_file(std::string_view name, duration every = std::chrono::seconds{1})
        : path_{path_of(name)}, draft_{path_ + ".new"}, every_{every}, text_{label_of(name)} {
        const auto owner = owner_of(path_);
        if (owner && *owner != ::getpid())
            throw std::system_error{EBUSY, std::generic_category(),
                                    path_ + ": process " + std::to_string(*owner) + " has it"};
        text_.add("process_id", false, ::getpid());
        if (!write()) throw std::system_error{error_, std::generic_category(), path_};
    }
    status_file(const status_file&) = delete;
    status_file& operator=(const status_file&) = delete;
    ~status_file() { ::unlink(path_.c_str()); }

    /// Writes how `engine` stands at `now`, its time, if that is due. A file that cannot be written
    /// any more is no trouble of the engine's: `error_number` tells.
    template <class Engine>
    void publish(const Engine& engine, instant now) {
        if (now < due_) return;
        if (due_ == instant{}) began_ = now;
        due_ = now + every_;
        text_.clear();
        text_.add("process_id", false, ::getpid());
        text_.add("snapshot_time_seconds", false, seconds(wall_clock()));
        text_.add("running_seconds", false, seconds(now - began_));
        text_.add("period_seconds", false, seconds(every_));
        text_.add(engine);
        write();
    }

    /// When `publish` has something to do next.
    [[nodiscard]] instant due() const noexcept { return due_; }
    /// The errno of the last attempt to write; 0 if it went well.
    [[nodiscard]] int error_number() const noexcept { return error_; }
    /// Where it is.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// The file of a name; a name with a slash is one.
    [[nodiscard]] static std::string path_of(std::string_view name) {
        if (name.find('/') != std::string_view::npos) return std::string{name};
        constexpr std::string_view good =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
        if (name.empty() || name.find_first_not_of(good) != std::string_view::npos)
            throw std::invalid_argument{
                "not a path, nor a name of letters, digits, '.', '_' and '-'"};
        return std::string{folder} + "/rrdp-" + std::string{name} + ".prom";
    }

private:
    static double seconds(std::chrono::nanoseconds t) {
        return static_cast<double>(t.count()) / 1e9;
    }
    static std::chrono::nanoseconds wall_clock() {
        return std::chrono::system_clock::now().time_since_epoch();
    }

    /// What a name is called on the lines: of a path, the last part without what follows a dot.
    static std::string label_of(std::string_view name) {
        name.remove_prefix(name.rfind('/') + 1);
        if (name.ends_with(".prom")) name.remove_suffix(5);
        std::string label{name};
        for (char& c : label)
            if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) c = '_';
        return label;
    }

    /// The living process that a file is of. What lies there is neither followed nor waited for.
    static std::optional<pid_t> owner_of(const std::string& path) {
        const adapters::detail::unique_fd fd{
            ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC)};
        struct stat about {};
        if (!fd || ::fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
        char head[1'024];
        const ssize_t size = ::read(fd.get(), head, sizeof head);
        std::string_view line{head, static_cast<std::size_t>(size < 0 ? 0 : size)};
        const std::size_t begin = line.find("\nrrdp_process_id{");
        if (begin == line.npos) return std::nullopt;
        line = line.substr(begin + 1, line.find('\n', begin + 1) - begin - 1);
        const std::size_t end = line.rfind("} ");
        pid_t number = 0;
        if (end != line.npos)
            std::from_chars(line.data() + end + 2, line.data() + line.size(), number);
        if (number <= 0 || (::kill(number, 0) != 0 && errno != EPERM)) return std::nullopt;
        const std::int64_t began = began_at(number);
        if (began > about.st_mtim.tv_sec + 1) return std::nullopt;  // another has that number now
        return number;
    }
    /// When a process began, in seconds since 1970; 0: nobody says. Numbers are given again, after
    /// a restart of the machine soon.
    static std::int64_t began_at(pid_t process) {
        const std::string path = "/proc/" + std::to_string(process) + "/stat";
        const adapters::detail::unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
        char text[1'024];
        const ssize_t size = fd ? ::read(fd.get(), text, sizeof text - 1) : 0;
        text[size < 0 ? 0 : size] = '\0';
        const char* at = std::strrchr(text, ')');  // behind its name; the 22nd field is the 20th
        for (int field = 0; at != nullptr && field < 20; ++field) at = std::strchr(at + 1, ' ');
        timespec up{}, now{};
        if (at == nullptr || ::clock_gettime(CLOCK_BOOTTIME, &up) != 0 ||
            ::clock_gettime(CLOCK_REALTIME, &now) != 0)
            return 0;
        return now.tv_sec - up.tv_sec + std::strtoll(at, nullptr, 10) / ::sysconf(_SC_CLK_TCK);
    }

    /// A new file, which takes the place of the old one: who reads, reads one of them. What lies
    /// under the name of the draft is a dead process's, or a trap: it is removed, never followed.
    bool write() {
        error_ = errno = 0;
        ::unlink(draft_.c_str());
        const adapters::detail::unique_fd fd{
            ::open(draft_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)};
        const std::string& text = text_.text();
        const ssize_t size = fd ? ::write(fd.get(), text.data(), text.size()) : -1;
        const bool written = size == static_cast<ssize_t>(text.size());
        if (!written || ::rename(draft_.c_str(), path_.c_str()) != 0) {
            error_ = size >= 0 && !written ? ENOSPC : errno;  // a part of it had room
            ::unlink(draft_.c_str());
        }
        return error_ == 0;
    }

    std::string path_, draft_;
    duration every_;
    status_text text_;
    instant due_{}, began_{};
    int error_ = 0;
};

}  // namespace rrdp::trace
