// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <utility>

#include <rrdp/adapters/capture_sink.hpp>
#include <rrdp/base/assert.hpp>

namespace rrdp::adapters::detail {

/// Appends blocks of a pcapng file to octets that are there, in little-endian order on every
/// machine. (draft-ietf-opsawg-pcapng, sections 4.1 to 4.3)
class pcapng_writer {
public:
    /// Names and comments are cut to so many octets.
    static constexpr std::size_t text_max = 1'000;
    /// What a block takes at most besides the octets of a frame.
    static constexpr std::size_t overhead_max = text_max + 80;

    explicit pcapng_writer(octets room) noexcept : room_{room} {}

    /// How much has been written.
    [[nodiscard]] std::size_t size() const noexcept { return at_; }

    /// What every file begins with.
    void section(std::string_view application) noexcept {
        const std::size_t start = begin(0x0a0d'0d0a);
        put32(0x1a2b'3c4d);  // tells the order of octets
        put16(1);            // version 1.0
        put16(0);
        put32(0xffff'ffff);  // a section without a known length
        put32(0xffff'ffff);
        text(4, application);
        end(start);
    }

    /// Describes an interface; they are numbered in this order, from 0. Times are nanoseconds.
    void interface(const capture_interface& what, std::uint32_t longest) noexcept {
        const std::size_t start = begin(1);
        put16(what.link_type);
        put16(0);
        put32(longest);
        text(2, what.name);
        if (!what.address.is_zero()) {
            option(6, what.address.octets.size());
            for (const std::uint8_t octet : what.address.octets) put8(octet);
            pad();
        }
        option(9, 1);  // if_tsresol
        put8(9);       // 10^-9 s
        pad();
        end(start);
    }

    /// A frame, of which at most `longest` octets are kept.
    void packet(const capture_record& record, std::uint64_t nanoseconds,
                std::size_t longest) noexcept {
        const octets_view kept = record.frame.first(std::min(record.frame.size(), longest));
        const std::size_t start = begin(6);
        put32(record.interface);
        put32(static_cast<std::uint32_t>(nanoseconds >> 32));
        put32(static_cast<std::uint32_t>(nanoseconds & 0xffff'ffff));
        put32(static_cast<std::uint32_t>(kept.size()));
        put32(static_cast<std::uint32_t>(std::max(record.frame.size(), record.size)));
        copy_octets(kept, room_.subspan(at_, kept.size()));
        at_ += kept.size();
        pad();
        if (record.way != capture_way::unknown) {
            option(2, 4);  // epb_flags
            put32(static_cast<std::uint32_t>(record.way));
        }
        text(1, record.comment);
        end(start);
    }

private:
    /// Every block is framed by its length, before and behind.
    std::size_t begin(std::uint32_t type) noexcept {
        const std::size_t start = at_;
        put32(type);
        put32(0);
        return start;
    }
    void end(std::size_t start) noexcept {
        option(0, 0);
        const auto length = static_cast<std::uint32_t>(at_ - start + 4);
        put32(length);
        const std::size_t here = std::exchange(at_, start + 4);
        put32(length);
        at_ = here;
    }

    void option(std::uint16_t code, std::size_t length) noexcept {
        put16(code);
        put16(static_cast<std::uint16_t>(length));
    }
    void text(std::uint16_t code, std::string_view said) noexcept {
        said = said.substr(0, text_max);
        if (said.empty()) return;
        option(code, said.size());
        for (const char c : said) put8(static_cast<unsigned char>(c));
        pad();
    }

    void put8(std::uint8_t value) noexcept {
        RRDP_ASSERT(at_ < room_.size());
        room_[at_++] = std::byte{value};
    }
    void put16(std::uint16_t value) noexcept {
        put8(static_cast<std::uint8_t>(value & 0xff));
        put8(static_cast<std::uint8_t>(value >> 8));
    }
    void put32(std::uint32_t value) noexcept {
        put16(static_cast<std::uint16_t>(value & 0xffff));
        put16(static_cast<std::uint16_t>(value >> 16));
    }
    void pad() noexcept {
        while (at_ % 4 != 0) put8(0);
    }

    octets room_;
    std::size_t at_ = 0;
};

}  // namespace rrdp::adapters::detail
