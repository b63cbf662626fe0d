// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/adapters/detail/block_file.hpp>
#include <rrdp/adapters/detail/pcapng.hpp>

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
          file_{path,
                std::max<std::size_t>(options.buffer,
                                      options.longest + detail::pcapng_writer::overhead_max),
                length_at} {
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
        if (file_.error()) {
            ++missed_;
            return;
        }
        const duration time = after(record.time, options_.epoch).time_since_epoch();
        const auto nanoseconds = static_cast<std::uint64_t>(std::max(time, duration{}).count());
        append(
            [&](detail::pcapng_writer& to) { to.packet(record, nanoseconds, options_.longest); });
        ++(file_.error() ? missed_ : frames_);
    }

    /// Hands the system what is gathered; whether all has been written so far.
    bool flush() noexcept {
        const std::uint64_t gone = frames_in(file_.flush());
        missed_ += gone;
        frames_ -= gone;
        return !file_.error();
    }

    /// Why nothing is written any more.
    [[nodiscard]] std::error_code error() const noexcept { return file_.error(); }
    /// Frames in the file, or gathered for it.
    [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
    /// Frames that are not in the file, because it could not be written.
    [[nodiscard]] std::uint64_t missed() const noexcept { return missed_; }

private:
    template <class Write>
    void append(Write write) noexcept {
        if (file_.room().size() < options_.longest + detail::pcapng_writer::overhead_max) flush();
        detail::pcapng_writer to{file_.room()};
        write(to);
        file_.add(to.size());
    }

    [[nodiscard]] static std::size_t word_at(octets_view block, std::size_t at) noexcept {
        std::size_t word = 0;
        for (std::size_t i = 4; i-- != 0;)
            word = word << 8 | std::to_integer<std::size_t>(block[at + i]);
        return word;
    }
    [[nodiscard]] static std::size_t length_at(octets_view rest) noexcept {
        return word_at(rest, 4);
    }
    [[nodiscard]] static std::uint64_t frames_in(octets_view blocks) noexcept {
        std::uint64_t frames = 0;
        for (; !blocks.empty(); blocks = blocks.subspan(length_at(blocks)))
            frames += word_at(blocks, 0) == 6;
        return frames;
    }

    capture_file_options options_;
    detail::block_file file_;
    std::uint32_t interfaces_ = 0;
    std::uint64_t frames_ = 0;
    std::uint64_t missed_ = 0;
};

static_assert(capture_sink<capture_file>);

}  // namespace rrdp::adapters
