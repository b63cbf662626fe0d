// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pcap/pcap.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <rrdp/base/octets.hpp>
#include <rrdp/base/time.hpp>

namespace rrdp::adapters::detail {

/// One frame of a capture, as the file has it.
struct saved_frame {
    std::uint64_t number = 0;  ///< in the file, from 1
    duration time{};           ///< since 1970, or since what the writer took for it
    octets_view octets{};      ///< valid until the next one is read
    bool cut = false;          ///< the capture does not hold all of the frame
};

/// Reads a pcap or pcapng file of Ethernet frames, with libpcap.
class savefile {
public:
    /// Opens `path`; "-" is standard input. Throws std::runtime_error with one line that says what
    /// is wrong, and does not name the file.
    explicit savefile(const std::string& path) : path_{path} {
        char why[PCAP_ERRBUF_SIZE] = "";
        file_.reset(
            pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, why));
        if (!file_) throw std::runtime_error{one_line(why)};
        if (pcap_datalink(file_.get()) == DLT_EN10MB) return;
        const char* const kind = pcap_datalink_val_to_name(pcap_datalink(file_.get()));
        throw std::runtime_error{std::string{"not a capture of Ethernet frames, but of "} +
                                 (kind != nullptr ? kind : "something unknown")};
    }

    /// The next frame; nothing at the end, and where `failed`.
    [[nodiscard]] std::optional<saved_frame> next() noexcept {
        pcap_pkthdr* record = nullptr;
        const u_char* data = nullptr;
        const int got = failed_ ? PCAP_ERROR_BREAK : pcap_next_ex(file_.get(), &record, &data);
        failed_ = failed_ || (got != 1 && got != PCAP_ERROR_BREAK);
        if (got != 1) return std::nullopt;
        const void* const octets = data;
        return saved_frame{.number = ++number_,
                           .time = time_of(record->ts),
                           .octets = {static_cast<const std::byte*>(octets), record->caplen},
                           .cut = record->caplen < record->len};
    }

    /// Whether the file ended in the middle, or goes on with what is no frame.
    [[nodiscard]] bool failed() const noexcept { return failed_; }
    /// Where and why, in one line; empty as long as nothing failed.
    [[nodiscard]] std::string complaint() const {
        if (!failed_) return {};
        return "after " + std::to_string(number_) +
               " frames: " + one_line(pcap_geterr(file_.get()));
    }

private:
    /// libpcap puts the file's name before some of its messages; it is said once.
    [[nodiscard]] std::string one_line(std::string why) const {
        if (why.starts_with(path_ + ": ")) why.erase(0, path_.size() + 2);
        return why.substr(0, why.find('\n'));
    }

    /// The microseconds are nanoseconds: so asked for when opening. A file may say what it likes.
    [[nodiscard]] static duration time_of(const timeval& said) noexcept {
        constexpr std::int64_t seconds_max = 9'000'000'000, nanoseconds_max = 999'999'999;
        return std::chrono::seconds{std::clamp<std::int64_t>(said.tv_sec, 0, seconds_max)} +
               duration{std::clamp<std::int64_t>(said.tv_usec, 0, nanoseconds_max)};
    }

    struct close {
        void operator()(pcap_t* file) const noexcept { pcap_close(file); }
    };

    std::string path_;
    std::unique_ptr<pcap_t, close> file_;
    std::uint64_t number_ = 0;
    bool failed_ = false;
};

}  // namespace rrdp::adapters::detail
