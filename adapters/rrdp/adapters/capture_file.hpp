// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <rrdp/adapters/detail/pcapng.hpp>
#include <rrdp/adapters/detail/spared_signals.hpp>
#include <rrdp/adapters/detail/unique_fd.hpp>

namespace rrdp::adapters {

/// How a `capture_file` is written.
struct capture_file_options {
    std::size_t buffer = 64 << 10;   ///< octets gathered before the system is asked to write them
    std::uint32_t longest = 65'535;  ///< octets kept of a frame, and what the file says of itself
    duration epoch{};  ///< what `instant{}` is after 1970: added to the times, so that the file has
                       ///< those of a calendar
};

/// A pcapng file with nanoseconds, names, directions and comments, for any number of interfaces;
/// Wireshark and libpcap read it. All memory is obtained at construction; one system call writes
/// many frames. For one thread.
///
/// What cannot be written (a full disk) is a sticky `error`: the file ends after the last block
/// that fitted, and what comes later is counted as `missed`. A pipe that nobody empties blocks; one
/// that nobody reads any more is such an error, and no signal.
class capture_file {
public:
    /// Makes or empties the file. Throws std::system_error that names it, or std::bad_alloc.
    explicit capture_file(const char* path, const capture_file_options& options = {})
        : options_{options},
          buffer_(std::max<std::size_t>(options.buffer,
                                        options.longest + detail::pcapng_writer::overhead_max)) {
        fd_ = detail::unique_fd{::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
        if (!fd_)
            throw std::system_error{errno, std::generic_category(),
                                    std::string{path} + ": cannot be written"};
        append([](detail::pcapng_writer& to) { to.section("RRDP"); });
    }
    capture_file(const capture_file&) = delete;
    capture_file& operator=(const capture_file&) = delete;
    ~capture_file() { flush(); }

    /// Describes an interface; answers its number for the records. May come between frames.
    std::uint32_t add_interface(const capture_interface& what) noexcept {
        append([&](detail::pcapng_writer& to) { to.interface(what, options_.longest); });
        return interfaces_++;
    }

    /// Writes a frame down. Times before `epoch` count as 0.
    void write(const capture_record& record) noexcept {
        if (error_) {
            ++missed_;
            return;
        }
        const duration time = after(record.time, options_.epoch).time_since_epoch();
        const auto nanoseconds = static_cast<std::uint64_t>(std::max(time, duration{}).count());
        append(
            [&](detail::pcapng_writer& to) { to.packet(record, nanoseconds, options_.longest); });
        ++(error_ ? missed_ : frames_);
    }

    /// Hands the system what is gathered; whether all has been written so far.
    bool flush() noexcept {
        if (used_ == 0) return !error_;
        const detail::spared_signals spared;
        std::size_t done = 0;
        while (!error_ && done < used_) {
            const auto count = ::write(fd_.get(), buffer_.data() + done, used_ - done);
            if (count > 0) done += static_cast<std::size_t>(count);
            if (count < 0 && errno != EINTR) stop(errno, done);
        }
        written_ += done;
        used_ = 0;
        return !error_;
    }

    /// Why nothing is written any more.
    [[nodiscard]] std::error_code error() const noexcept { return error_; }
    /// Frames in the file, or gathered for it.
    [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
    /// Frames that are not in the file, because it could not be written.
    [[nodiscard]] std::uint64_t missed() const noexcept { return missed_; }

private:
    template <class Write>
    void append(Write write) noexcept {
        const std::size_t most = options_.longest + detail::pcapng_writer::overhead_max;
        if (buffer_.size() - used_ < most) flush();
        detail::pcapng_writer to{octets{buffer_}.subspan(used_)};
        write(to);
        used_ += to.size();
    }

    /// Cuts the file after the last whole block, so that what is there can be read.
    void stop(int number, std::size_t done) noexcept {
        error_.assign(number, std::generic_category());
        std::size_t whole = 0;
        while (whole < used_ && whole + length_at(whole) <= done) whole += length_at(whole);
        const std::uint64_t gone = frames_behind(whole);
        missed_ += gone;
        frames_ -= gone;
        // Not every file can be cut; a device has nothing to be read again.
        static_cast<void>(::ftruncate(fd_.get(), static_cast<off_t>(written_ + whole)));
    }

    [[nodiscard]] std::size_t word_at(std::size_t at) const noexcept {
        std::size_t word = 0;
        for (std::size_t i = 4; i-- != 0;)
            word = word << 8 | std::to_integer<std::size_t>(buffer_[at + i]);
        return word;
    }
    [[nodiscard]] std::size_t length_at(std::size_t block) const noexcept {
        return word_at(block + 4);
    }
    [[nodiscard]] std::uint64_t frames_behind(std::size_t block) const noexcept {
        std::uint64_t frames = 0;
        for (; block < used_; block += length_at(block)) frames += word_at(block) == 6;
        return frames;
    }

    capture_file_options options_;
    detail::unique_fd fd_;
    std::vector<std::byte> buffer_;
    std::size_t used_ = 0;
    std::uint64_t written_ = 0;
    std::uint32_t interfaces_ = 0;
    std::uint64_t frames_ = 0;
    std::uint64_t missed_ = 0;
    std::error_code error_;
};

static_assert(capture_sink<capture_file>);

}  // namespace rrdp::adapters
