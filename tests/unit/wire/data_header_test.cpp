// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <vector>

#include <rrdp/wire/crc32c.hpp>
#include <rrdp/wire/data_header.hpp>
#include <rrdp/wire/parse.hpp>
#include <rrdp/wire/writer.hpp>

#include "support/catch.hpp"

namespace rrdp::wire {
namespace {

/// Everything that such a header may have, and nothing of it.
constexpr std::array agreements{features{},
                                features{features::tag},
                                features{features::frag},
                                features::tag | features::frag,
                                features::tag | features::frag | features::credit,
                                features{features::wide},
                                features{features::crc32c},
                                features::all - features::tag,
                                features{features::all}};
constexpr whole_numbers numbers{0xabcd'fffe, 0x1234'7fff};

data_header<> header_of(features agreed) {
    const std::uint16_t following = agreed.has(features::frag) ? 0x0102 : 0;
    return {0xf00d, 0x8001, 0xdead'beef, agreed, following};
}

template <class Header>
std::vector<std::byte> written(const Header& h, octets_view data) {
    std::vector<std::byte> to(h.size() + data.size(), std::byte{0xa5});
    ones_complement_sum sum;
    h.write(to, numbers, static_cast<std::uint16_t>(data.size()), crc32c(data), sum);
    if (h.agreed.has(features::crc32c))
        copy_octets(data, octets{to}.subspan(h.size()));
    else
        sum.copy_and_add(data, octets{to}.subspan(h.size()));
    store_be16(to, layout::checksum.offset, static_cast<std::uint16_t>(~sum.value()));
    return to;
}

TEST_CASE("data header: the general writer writes the same octets", "[wire][R-3.1][R-4.1]") {
    for (const features agreed : agreements)
        for (const std::size_t size : {1U, 2U, 3U, 127U, 128U, 129U, 191U, 193U, 1'461U}) {
            const std::vector<std::byte> data(size, std::byte{0xc3});
            const data_header<> h = header_of(agreed);
            std::vector<std::byte> general(2'000);
            segment_writer out{general};
            out.base(flags_ack, h.source, h.destination, seq16{0xfffe}, seq16{0x7fff});
            if (agreed.has(features::tag)) out.word32(h.tag);
            if (agreed.has(features::wide)) {
                out.word(0xabcd);
                out.word(0x1234);
            }
            if (agreed.has(features::crc32c)) out.word32(crc32c(data));
            if (agreed.has(features::frag)) out.word(h.frag_word);
            general.resize(out.finish(data, coverage_of(flags_ack, agreed)));
            INFO("size " << size << ", header of " << h.size());
            CHECK(written(h, data) == general);
            if (!has_long_words(agreed)) {
                const data_header<false> brief{h.source, h.destination, h.tag, agreed, h.frag_word};
                CHECK(written(brief, data) == general);
            }
            const bool wide = agreed.has(features::wide);
            CHECK(h.numbers(general).sequence == (wide ? 0xabcd'fffe : 0xfffe));
            CHECK(h.numbers(general).acknowledgement == (wide ? 0x1234'7fff : 0x7fff));
            if (agreed.has(features::crc32c)) CHECK(h.crc(general) == crc32c(data));
        }
}

TEST_CASE("data header: it begins with what is expected, whatever length, numbers and checksum are",
          "[wire][R-3.1][R-2.15]") {
    for (const features agreed : agreements) {
        const data_header<> h = header_of(agreed);
        const std::array data{std::byte{1}};
        std::vector<std::byte> segment = written(h, data);
        REQUIRE(h.begins(segment));
        for (std::size_t bit = 0; bit < 8 * h.size(); ++bit) {
            const std::size_t at = bit / 8;
            const std::byte flip{static_cast<unsigned char>(1U << bit % 8)};
            segment[at] ^= flip;
            const std::size_t words = base_octets + (agreed.has(features::tag) ? 4U : 0U);
            const std::size_t said = words + (agreed.has(features::wide) ? 4U : 0U) +
                                     (agreed.has(features::crc32c) ? 4U : 0U);
            const bool free = (at >= layout::data_length.offset && at < base_octets) ||
                              (at >= words && at < said);
            INFO("bit " << bit << " of a header of " << h.size());
            CHECK(h.begins(segment) == free);
            segment[at] ^= flip;
        }
    }
}

}  // namespace
}  // namespace rrdp::wire
