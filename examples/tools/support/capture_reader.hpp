// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "trace_input.hpp"

namespace tools {

/// Reads a pcap or pcapng file, in either order of octets, with what libpcap does not tell:
/// directions and comments. Frames that carry no RRDP are counted.
class capture_reader {
public:
    capture_reader(const std::string& path, std::string_view octets, const carrier_marks& marks,
                   trace_input& to)
        : path_{path}, octets_{octets}, marks_{marks}, to_{&to} {}

    /// Whether the file begins as one.
    [[nodiscard]] static bool fits(std::string_view octets) noexcept {
        if (octets.size() < 24) return false;
        const auto first = octets.substr(0, 4);
        return first == "\x0a\x0d\x0d\x0a" || first == "\xd4\xc3\xb2\xa1" ||
               first == "\xa1\xb2\xc3\xd4" || first == "\x4d\x3c\xb2\xa1" ||
               first == "\xa1\xb2\x3c\x4d";
    }

    /// What ends in the middle, because a program or a disk did, is read up to there.
    void read() {
        octets_[0] == '\x0a' ? read_blocks() : read_records();
        if (!whole_)
            to_->notes.push_back(path_ + ": it ends in the middle, after " +
                                 std::to_string(number_) + " frames");
    }

private:
    struct interface {
        unsigned link_type = 1;
        std::uint64_t per_second = 0;
    };

    [[nodiscard]] std::uint32_t word(std::size_t at, std::size_t size = 4) const {
        if (at + size > octets_.size()) fail("it ends in the middle");
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t place = big_ ? i : size - 1 - i;
            value = value << 8 | static_cast<unsigned char>(octets_[at + place]);
        }
        return value;
    }
    /// Whether there are so many octets; the file ends there if not.
    [[nodiscard]] bool has(std::size_t at, std::size_t size) {
        whole_ = size <= octets_.size() - at;
        if (!whole_ && number_ == 0) fail("it ends in the middle");
        return whole_;
    }
    [[noreturn]] void fail(const std::string& why) const {
        throw failure{exit_status::failed, path_,
                      "after " + std::to_string(number_) + " frames: " + why};
    }

    // ---- pcap

    void read_records() {
        big_ = octets_[0] == '\xa1';
        const std::uint32_t magic = word(0);
        const rrdp::duration::rep tick = magic == 0xa1b2'3c4d ? 1 : 1'000;
        const unsigned link_type = word(20) & 0xffff;
        constexpr std::size_t head = 16;
        for (std::size_t at = 24; at < octets_.size();) {
            if (!has(at, head)) return;
            const std::size_t kept = word(at + 8), whole = word(at + 12);
            if (!has(at + head, kept)) return;
            const rrdp::duration time =
                std::chrono::seconds{word(at)} + rrdp::duration{word(at + 4) * tick};
            take(time, octets_.substr(at + head, kept), whole, link_type, seen_way::unknown, {});
            at += head + kept;
        }
    }

    // ---- pcapng

    void read_blocks() {
        for (std::size_t at = 0; at < octets_.size();) {
            constexpr std::size_t least = 12;
            if (!has(at, least)) return;
            if (octets_.substr(at, 4) == "\x0a\x0d\x0d\x0a") {
                big_ = octets_.substr(at + 8, 4) == "\x1a\x2b\x3c\x4d";
                interfaces_.clear();
            }
            const std::uint32_t kind = word(at), length = word(at + 4);
            if (length < least || length % 4 != 0) fail("it goes on with what is no block");
            if (!has(at, length)) return;
            if (kind == 1) describe(at + 8, at + length - 4);
            if (kind == 6) packet(at + 8, at + length - 4);
            at += length;
        }
    }

    /// Calls `each(code, value)` for the options between two places.
    template <class Each>
    void options(std::size_t at, std::size_t end, Each each) const {
        while (at + 4 <= end) {
            const std::uint32_t code = word(at, 2), length = word(at + 2, 2);
            if (code == 0) return;
            if (length > end - at - 4) fail("an option is longer than its block");
            each(code, octets_.substr(at + 4, length));
            at += 4 + (length + 3) / 4 * 4;
        }
    }

    void describe(std::size_t at, std::size_t end) {
        if (end - at < 8) fail("an interface is not described");
        interface i;
        i.link_type = word(at, 2);
        options(at + 8, end, [&](std::uint32_t code, std::string_view value) {
            if (code != 9 || value.size() != 1) return;
            const auto resolution = static_cast<unsigned char>(value[0]);
            i.per_second = 1;
            const bool binary = (resolution & 0x80) != 0;
            for (unsigned n = 0; n < (resolution & 0x7fU) && n < (binary ? 63U : 19U); ++n)
                i.per_second *= binary ? 2 : 10;
        });
        if (i.per_second == 0) i.per_second = 1'000'000;
        interfaces_.push_back(i);
    }

    void packet(std::size_t at, std::size_t end) {
        constexpr std::size_t head = 20;
        if (end - at < head) fail("a frame is longer than its block");
        const std::uint32_t from = word(at), kept = word(at + 12), whole = word(at + 16);
        if (from >= interfaces_.size()) fail("a frame of an interface that was not described");
        if (kept > end - at - head) fail("a frame is longer than its block");
        const interface& i = interfaces_[from];
        const std::uint64_t ticks = std::uint64_t{word(at + 4)} << 32 | word(at + 8);
        const std::uint64_t seconds = ticks / i.per_second, rest = ticks % i.per_second;
        const double part = static_cast<double>(rest) * 1e9 / static_cast<double>(i.per_second);
        const rrdp::duration time =
            std::chrono::seconds{std::min<std::uint64_t>(seconds, 4'000'000'000)} +
            rrdp::duration{static_cast<rrdp::duration::rep>(part + 0.5)};
        seen_way way = seen_way::unknown;
        std::string comment;
        options(at + head + (kept + 3) / 4 * 4, end,
                [&](std::uint32_t code, std::string_view value) {
                    if (code == 1) comment = value;
                    if (code != 2 || value.size() != 4) return;
                    const int direction = value[big_ ? 3 : 0] & 3;
                    way = direction == 1   ? seen_way::came
                          : direction == 2 ? seen_way::left
                                           : seen_way::unknown;
                });
        take(time, octets_.substr(at + head, kept), whole, i.link_type, way, std::move(comment));
    }

    // ---- both

    void take(rrdp::duration time, std::string_view data, std::size_t whole, unsigned link_type,
              seen_way way, std::string comment) {
        ++number_;
        const auto* const first =
            static_cast<const std::byte*>(static_cast<const void*>(data.data()));
        const rrdp::octets_view frame{first, data.size()};
        constexpr unsigned ethernet = 1, raw_ip = 101;
        const auto e = link_type == ethernet ? open_envelope(frame, marks_)
                       : link_type == raw_ip ? open_packet(frame, marks_)
                                             : std::nullopt;
        if (!e) {
            ++to_->others;
            return;
        }
        seen_frame f{.time = time,
                     .carried = *e,
                     .octets = {},
                     .size = whole,
                     .way = way,
                     .fault = std::move(comment)};
        f.octets.assign(e->payload.begin(), e->payload.end());
        f.carried.payload = {};
        if (whole > frame.size()) {
            f.missing = std::min<std::size_t>(whole - frame.size(), 65'535);
            f.cut = true;
        }
        to_->frames.push_back(std::move(f));
    }

    std::string path_;
    std::string_view octets_;
    carrier_marks marks_;
    trace_input* to_;
    bool big_ = false;
    bool whole_ = true;
    std::uint64_t number_ = 0;
    std::vector<interface> interfaces_;
};

}  // namespace tools
