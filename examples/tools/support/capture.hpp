// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pcap/pcap.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <rrdp/base/endian.hpp>
#include <rrdp/wire/mac_address.hpp>

#include "failure.hpp"

namespace tools {

/// One frame of a capture, taken apart as far as the Ethernet header and VLAN tags go.
struct captured_frame {
    std::uint64_t number = 0;  ///< in the file, from 1
    std::int64_t seconds = 0, nanoseconds = 0;
    std::uint16_t ethertype = 0;  ///< behind all tags; 0: the frame is too short to have one
    std::optional<std::uint16_t> vlan;
    rrdp::wire::mac_address source{}, destination{};
    rrdp::octets_view payload;  ///< valid until the next one is read
    bool cut = false;           ///< the capture does not hold all of the frame
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
        if (pcap_datalink(file_.get()) != DLT_EN10MB)
            throw failure{exit_status::failed, path, "not a capture of Ethernet frames"};
    }

    /// The next frame; nothing at the end.
    [[nodiscard]] std::optional<captured_frame> next() {
        pcap_pkthdr* record = nullptr;
        const u_char* data = nullptr;
        const int got = pcap_next_ex(file_.get(), &record, &data);
        if (got == PCAP_ERROR_BREAK) return std::nullopt;
        if (got != 1) throw failure{exit_status::failed, path_, pcap_geterr(file_.get())};
        captured_frame frame;
        frame.number = ++number_;
        frame.seconds = record->ts.tv_sec;
        frame.nanoseconds = record->ts.tv_usec;  // so asked for when opening
        frame.cut = record->caplen < record->len;
        take_apart(std::as_bytes(std::span{data, record->caplen}), frame);
        return frame;
    }

private:
    static void take_apart(rrdp::octets_view octets, captured_frame& frame) {
        constexpr std::size_t addresses = 12, type = 2, tag = 4;
        if (octets.size() < addresses + type) return;
        frame.destination = rrdp::wire::load_mac(octets, 0);
        frame.source = rrdp::wire::load_mac(octets, 6);
        octets = octets.subspan(addresses);
        const auto tagged = [&] {
            const std::uint16_t kind = rrdp::load_be16(octets, 0);
            return (kind == 0x8100 || kind == 0x88a8) && octets.size() >= tag + type;
        };
        while (tagged()) {
            if (!frame.vlan) frame.vlan = rrdp::load_be16(octets, 2) & 0x0fff;
            octets = octets.subspan(tag);
        }
        frame.ethertype = rrdp::load_be16(octets, 0);
        frame.payload = octets.subspan(type);
    }

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
