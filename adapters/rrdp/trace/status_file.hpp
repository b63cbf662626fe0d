// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include <rrdp/adapters/detail/claimed_file.hpp>
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
    /// std::system_error when the file cannot be made, or another has it (EBUSY), of this process
    /// or of one that lives. What a killed one has left is taken.
    explicit status_file(std::string_view name, duration every = std::chrono::seconds{1})
        : file_{path_of(name)}, every_{every}, text_{label_of(name)} {
        error_ = file_.claim();
        if (error_ == EBUSY)
            throw std::system_error{error_, std::generic_category(),
                                    path() + ": " + owner_of(path()) + " has it"};
        text_.add("process_id", false, ::getpid());
        if (error_ != 0 || !write())
            throw std::system_error{error_, std::generic_category(), path()};
    }
    status_file(const status_file&) = delete;
    status_file& operator=(const status_file&) = delete;

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
    [[nodiscard]] const std::string& path() const noexcept { return file_.path(); }

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

    /// The living process that a file is of, if that is known here.
    static std::string owner_of(const std::string& path) {
        const adapters::detail::unique_fd fd{
            ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC)};
        char head[1'024];
        const ssize_t size = fd ? ::read(fd.get(), head, sizeof head) : -1;
        std::string_view line{head, static_cast<std::size_t>(size < 0 ? 0 : size)};
        const std::size_t begin = std::min(line.find("\nrrdp_process_id{"), line.size());
        line = line.substr(begin, line.find('\n', begin + 1) - begin);
        const std::size_t end = line.rfind("} ");
        pid_t number = 0;
        if (end != line.npos)
            std::from_chars(line.data() + end + 2, line.data() + line.size(), number);
        const bool lives = number > 0 && (::kill(number, 0) == 0 || errno == EPERM);
        return lives ? "process " + std::to_string(number) : "another program";
    }

    bool write() {
        error_ = file_.replace(text_.text());
        return error_ == 0;
    }

    adapters::detail::claimed_file file_;
    duration every_;
    status_text text_;
    instant due_{}, began_{};
    int error_ = 0;
};

}  // namespace rrdp::trace
