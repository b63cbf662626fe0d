// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include <rrdp/adapters/detail/spared_signals.hpp>
#include <rrdp/adapters/detail/unique_fd.hpp>
#include <rrdp/base/octets.hpp>

namespace rrdp::adapters::detail {

/// A file of blocks, which are gathered in memory that is obtained at construction; one system call
/// writes many. What cannot be written is a sticky error, and the file ends after the last block
/// that fitted.
class block_file {
public:
    /// How long the block is that `rest` begins with; at least 1.
    using length_of = std::size_t (*)(octets_view rest) noexcept;

    /// Makes or empties the file. Throws std::system_error that names it, or std::bad_alloc.
    block_file(const char* path, std::size_t buffer, length_of length)
        : buffer_(buffer), length_{length} {
        fd_ = unique_fd{::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
        if (!fd_)
            throw std::system_error{errno, std::generic_category(),
                                    std::string{path} + ": cannot be written"};
    }

    /// What is left of the memory: write the next block there, then tell its size.
    [[nodiscard]] octets room() noexcept { return octets{buffer_}.subspan(used_); }
    void add(std::size_t size) noexcept { used_ += size; }

    /// Hands the system what is gathered. The answer is what of it will never be in the file, valid
    /// until the next block is written; what was added after an error is not told again.
    octets_view flush() noexcept {
        if (used_ == 0 || error_) {
            used_ = 0;
            return {};
        }
        const spared_signals spared;
        std::size_t done = 0;
        while (!error_ && done < used_) {
            const auto count = ::write(fd_.get(), buffer_.data() + done, used_ - done);
            if (count > 0) done += static_cast<std::size_t>(count);
            if (count < 0 && errno != EINTR) error_.assign(errno, std::generic_category());
        }
        const octets_view all = octets_view{buffer_}.first(used_);
        const std::size_t whole = error_ ? cut(all, done) : used_;
        written_ += whole;
        used_ = 0;
        return all.subspan(whole);
    }

    /// Why nothing is written any more.
    [[nodiscard]] std::error_code error() const noexcept { return error_; }

private:
    /// Cuts the file after the last whole block, so that what is there can be read.
    std::size_t cut(octets_view all, std::size_t done) noexcept {
        std::size_t whole = 0;
        while (whole < all.size()) {
            const std::size_t next = whole + length_(all.subspan(whole));
            if (next > done) break;
            whole = next;
        }
        // Not every file can be cut; a device has nothing to be read again.
        static_cast<void>(::ftruncate(fd_.get(), static_cast<off_t>(written_ + whole)));
        return whole;
    }

    std::vector<std::byte> buffer_;
    length_of length_;
    unique_fd fd_;
    std::size_t used_ = 0;
    std::uint64_t written_ = 0;
    std::error_code error_;
};

}  // namespace rrdp::adapters::detail
