// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/wire/checksum.hpp>
#include <rrdp/wire/header.hpp>

namespace rrdp::wire {

/// Writes one segment straight into a frame, front to back: the base header, the further header
/// words, then the data. The caller gives the fields; header length, data length and checksum are
/// the writer's. Room for all of it is the caller's duty.
class segment_writer {
public:
    /// Writes to the start of `room`, which must hold a base header at least.
    constexpr explicit segment_writer(octets room) noexcept : room_{room} {
        RRDP_ASSERT(room.size() >= base_octets);
    }

    /// The base header. `acknowledgement` must be 0 without the ACK flag.
    constexpr void base(flags control, std::uint16_t source_port, std::uint16_t destination_port,
                        seq16 sequence, seq16 acknowledgement) noexcept {
        control_ = control;
        put(layout::source_port, source_port);
        put(layout::destination_port, destination_port);
        put(layout::sequence, sequence.value());
        put(layout::acknowledgement, acknowledgement.value());
    }

    /// The next header word after word 6.
    constexpr void word(std::uint16_t value) noexcept {
        RRDP_ASSERT(room() >= word_octets && size_ < word_octets * header_words_max);
        store_be16(room_, size_, value);
        header_sum_ += value;
        size_ += word_octets;
    }

    /// The next two header words, high word first.
    constexpr void word32(std::uint32_t value) noexcept {
        word(static_cast<std::uint16_t>(value >> 16));
        word(static_cast<std::uint16_t>(value & 0xffff));
    }

    /// The next header words, an even number of octets of them.
    constexpr void words(octets_view values) noexcept {
        for (std::size_t at = 0; at < values.size(); at += word_octets) word(load_be16(values, at));
    }

    /// Octets still free.
    [[nodiscard]] constexpr std::size_t room() const noexcept { return room_.size() - size_; }

    /// Ends a segment without data; its size in octets.
    constexpr std::size_t finish() noexcept { return finish({}); }

    /// Ends a segment with `payload`, which is copied and summed in one pass and must not overlap
    /// the room; its size in octets. With CRC32C agreed the checksum covers the header.
    constexpr std::size_t finish(octets_view payload,
                                 coverage covered = coverage::header_and_data) noexcept {
        RRDP_ASSERT(payload.size() <= room() && payload.size() <= data_length_max);
        const auto header_words = static_cast<std::uint16_t>(size_ / word_octets);
        put(layout::control, static_cast<std::uint16_t>(control_.octet() << 8 | header_words));
        put(layout::data_length, static_cast<std::uint16_t>(payload.size()));

        ones_complement_sum sum;
        sum.add(header_sum_);
        const octets data = room_.subspan(size_, payload.size());
        if (covered == coverage::header_and_data)
            sum.copy_and_add(payload, data);
        else
            copy_octets(payload, data);
        store_be16(room_, layout::checksum.offset, static_cast<std::uint16_t>(~sum.value()));
        return size_ + payload.size();
    }

private:
    constexpr void put(const field& f, std::uint16_t value) noexcept {
        store_be16(room_, f.offset, value);
        header_sum_ += value;
    }

    octets room_;
    std::size_t size_ = base_octets;
    /// The header words added up as values: summing them again from memory, just after they were
    /// stored one by one, would make the processor wait for its own stores.
    std::uint32_t header_sum_ = 0;
    flags control_;
};

/// Has the verbs of `segment_writer` for header words and only counts them: how long will it be?
struct word_counter {
    std::size_t count = base_words;
    constexpr void word(std::uint16_t) noexcept { count += 1; }
    constexpr void word32(std::uint32_t) noexcept { count += 2; }
    constexpr void words(octets_view values) noexcept { count += values.size() / word_octets; }
};

}  // namespace rrdp::wire
