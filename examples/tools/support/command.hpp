// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "failure.hpp"
#include "unique_fd.hpp"

extern char** environ;

namespace tools {

/// A program that takes the place of standard input and output: what it writes is read there, and
/// what is written there it reads. It is started later, by `start`.
class command {
public:
    /// `line` is for sh(1). From now on the descriptors 0 and 1 are those of the program.
    explicit command(std::string line) : line_{std::move(line)} {
        std::array<int, 2> to{}, from{};
        if (::pipe2(to.data(), O_CLOEXEC) != 0) throw system_failure("pipe");
        if (::pipe2(from.data(), O_CLOEXEC) != 0) throw system_failure("pipe");
        const unique_fd ours_in{from[0]}, ours_out{to[1]};
        theirs_in_.reset(to[0]);
        theirs_out_.reset(from[1]);
        if (::dup2(ours_in.get(), STDIN_FILENO) < 0 || ::dup2(ours_out.get(), STDOUT_FILENO) < 0)
            throw system_failure("dup2");
    }
    command(const command&) = delete;
    command& operator=(const command&) = delete;
    /// Something went wrong: one that goes on, although it has nothing to read and nobody reads
    /// what it writes, is asked to end, and made to.
    ~command() {
        if (process_ <= 0) return;
        let_go();
        for (int i = 0, status = 0; ::waitpid(process_, &status, WNOHANG) == 0; ++i) {
            if (i == patience) ::kill(process_, SIGTERM);
            if (i == 2 * patience) ::kill(process_, SIGKILL);
            ::usleep(10'000);
        }
    }

    void start() {
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, theirs_in_.get(), STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, theirs_out_.get(), STDOUT_FILENO);
        // Signals are to it what they are to any other program, whatever they are to this one.
        posix_spawnattr_t usual;
        posix_spawnattr_init(&usual);
        sigset_t none, pipe;
        sigemptyset(&none);
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        posix_spawnattr_setsigmask(&usual, &none);
        posix_spawnattr_setsigdefault(&usual, &pipe);
        posix_spawnattr_setflags(&usual, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        std::string shell = "/bin/sh", option = "-c";
        const std::array<char*, 4> words{shell.data(), option.data(), line_.data(), nullptr};
        const int error =
            ::posix_spawn(&process_, shell.c_str(), &actions, &usual, words.data(), environ);
        posix_spawnattr_destroy(&usual);
        posix_spawn_file_actions_destroy(&actions);
        if (error != 0) throw system_failure("/bin/sh", error);
        theirs_in_.reset();
        theirs_out_.reset();
    }

    /// Waits for its end, which comes when it has read the end of its input. Throws when it was
    /// none in good order.
    void finish() {
        if (process_ <= 0) return;
        let_go();
        int status = 0;
        while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {}
        process_ = 0;
        if (WIFSIGNALED(status))
            throw failure{exit_status::failed, line_,
                          "ended by signal " + std::to_string(WTERMSIG(status))};
        if (WEXITSTATUS(status) != 0)
            throw failure{exit_status::failed, line_,
                          "ended with status " + std::to_string(WEXITSTATUS(status))};
    }

private:
    static constexpr int patience = 200;  // of 10 ms

    static void let_go() noexcept {
        ::close(STDIN_FILENO);
        ::close(STDOUT_FILENO);
    }

    std::string line_;
    unique_fd theirs_in_, theirs_out_;
    pid_t process_ = 0;
};

}  // namespace tools
