// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include <rrdp/testing/hex.hpp>
#include <rrdp/wire/writer.hpp>

#include "support/catch.hpp"
#include "unit/wire/reference.hpp"

namespace rrdp::wire {
namespace {

/// Data that begin somewhere and go on.
std::vector<std::byte> sample(std::size_t size) {
    std::vector<std::byte> octets(size);
    for (std::size_t i = 0; i < size; ++i) octets[i] = static_cast<std::byte>(i * 7 + 200);
    return octets;
}

std::vector<std::byte> written(const reference::plan& p, coverage covered) {
    std::vector<std::byte> room(14 + 2 * p.words.size() + p.data.size(), std::byte{0xee});
    segment_writer writer{room};
    writer.base(flags{static_cast<std::uint8_t>(p.octet0)},
                static_cast<std::uint16_t>(p.source_port),
                static_cast<std::uint16_t>(p.destination_port),
                seq16{static_cast<std::uint16_t>(p.sequence)},
                seq16{static_cast<std::uint16_t>(p.acknowledgement)});
    for (const unsigned word : p.words) writer.word(static_cast<std::uint16_t>(word));
    CHECK(writer.room() == p.data.size());
    CHECK(writer.finish(p.data, covered) == room.size());
    return room;
}

TEST_CASE("writer: data of 0 to 130 octets under headers of any kind, as a second encoder has them",
          "[wire][R-2.1][R-2.6][R-4.1]") {
    for (std::size_t size = 0; size <= 130; ++size) {
        reference::plan p;
        p.sequence = 0xfffe;
        p.acknowledgement = 0x8001;
        p.data = sample(size);
        for (std::size_t words = 0; words <= 9; ++words) {
            if (written(p, coverage::header_and_data) != reference::encode(p))
                FAIL_CHECK("size " << size << ", words " << words);
            p.words.push_back(0xf000U + static_cast<unsigned>(words));
        }
    }
}

TEST_CASE("writer: with CRC32C only the header is summed, the data are copied", "[wire][R-4.3]") {
    reference::plan p;
    p.words = {0xffff, 0x0001, 0x8000};
    p.data = sample(77);
    p.header_only = true;
    CHECK(written(p, coverage::header_only) == reference::encode(p));
}

TEST_CASE("writer: the longest header and the longest data fit", "[wire][R-2.4][R-2.9]") {
    reference::plan p;
    p.octet0 = 0x63;
    p.words.assign(header_words_max - base_words, 0xffff);
    p.data = sample(data_length_max);
    CHECK(written(p, coverage::header_and_data) == reference::encode(p));
}

TEST_CASE("writer: 32-bit values go high word first, octets in their order", "[wire][R-3.5]") {
    std::vector<std::byte> room(30);
    segment_writer writer{room};
    writer.base(flags_ack, 1, 2, seq16{3}, seq16{4});
    writer.word32(0x0102'0304);
    writer.words(testing::hex("0506 0708"));
    CHECK(writer.finish() == 22);
    CHECK(testing::to_hex(octets_view{room}.subspan(14, 8)) == "0102 0304 0506 0708");
    CHECK(load_header(room).header_length == 11);
    CHECK(checksum_of(octets_view{room}.first(22)) == 0);
}

TEST_CASE("writer: nothing of what the room held before shows", "[wire][R-2.1]") {
    for (const std::byte before : {std::byte{0x00}, std::byte{0xff}}) {
        std::vector<std::byte> room(40, before);
        segment_writer writer{room};
        writer.base(flags_ack, 5001, 1024, seq16{0x1001}, seq16{0xffff});
        CHECK(writer.finish(testing::hex("6865 6c6c 6f")) == 19);
        CHECK(testing::equal(octets_view{room}.first(19),
                             testing::hex("4307 1389 0400 0005 1001 ffff 5197 6865 6c6c 6f")));
        CHECK(room[19] == before);
    }
}

TEST_CASE("writer: counting gives the header length that writing gives", "[wire][R-2.4]") {
    word_counter counter;
    counter.word(1);
    counter.word32(2);
    counter.words(testing::hex("0102 0304 0506"));
    CHECK(counter.count == base_words + 6);
}

}  // namespace
}  // namespace rrdp::wire
