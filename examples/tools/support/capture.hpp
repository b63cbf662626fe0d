// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pcap/pcap.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <rrdp/base/octets.hpp>

#include "failure.hpp"

namespace tools {

/// One frame of a capture, as the file has it.
struct captured_frame {
    std::uint64_t number = 0;  ///< in the file, from 1
    std::int64_t seconds = 0, nanoseconds = 0;
    rrdp::octets_view octets;  ///< valid until the next one is read
    bool cut = false;          ///< the capture does not hold all of the frame
};

/// Reads a pcap or pcapng file of Ethernet frames, with libpcap.
class capture {
public:
    /// Opens `path`; "-" is standard input.
    explicit capture(const std::string& path) : path_{path} {
        char why[PCAP_ERRBUF_SIZE] = "";
        file_.reset(
            pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, why));
        if (!file_) throw failure{exit_status::failed, path, without_name(why)};
        if (pcap_datalink(file_.get()) == DLT_EN10MB) return;
        const char* const kind = pcap_datalink_val_to_name(pcap_datalink(file_.get()));
        throw failure{exit_status::failed, path,
                      std::string{"not a capture of Ethernet frames, but of "} +
                          (kind != nullptr ? kind : "something unknown")};
    }

    /// The next frame; nothing at the end.
    [[nodiscard]] std::optional<captured_frame> next() {
        pcap_pkthdr* record = nullptr;
        const u_char* data = nullptr;
        const int got = pcap_next_ex(file_.get(), &record, &data);
        if (got == PCAP_ERROR_BREAK) return std::nullopt;
        if (got != 1)
            throw failure{
                exit_status::failed, path_,
                "after " + std::to_string(number_) + " frames: " + pcap_geterr(file_.get())};
        captured_frame frame;
        frame.number = ++number_;
        frame.seconds = record->ts.tv_sec;
        frame.nanoseconds = record->ts.tv_usec;  // so asked for when opening
        frame.octets = std::as_bytes(std::span{data, record->caplen});
        frame.cut = record->caplen < record->len;
        return frame;
    }

private:
    /// libpcap puts the file's name before some of its messages; it is said once.
    [[nodiscard]] std::string without_name(const std::string& why) const {
        return why.starts_with(path_ + ": ") ? why.substr(path_.size() + 2) : why;
    }

    struct close {
        void operator()(pcap_t* file) const noexcept { pcap_close(file); }
    };

    std::string path_;
    std::unique_ptr<pcap_t, close> file_;
    std::uint64_t number_ = 0;
};

}  // namespace tools
