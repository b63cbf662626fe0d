// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <vector>

#include <rrdp/wire/data_header.hpp>
#include <rrdp/wire/writer.hpp>

#include "support/catch.hpp"

namespace rrdp::wire {
namespace {

/// Everything that such a header may have, and nothing of it.
constexpr std::array agreements{features{}, features{features::tag}, features{features::frag},
                                features::tag | features::frag,
                                features::tag | features::frag | features::credit};

data_header header_of(features agreed) {
    const std::uint16_t following = agreed.has(features::frag) ? 0x0102 : 0;
    return {0xf00d, 0x8001, 0xdead'beef, agreed, following};
}

std::vector<std::byte> written(const data_header& h, octets_view data) {
    std::vector<std::byte> to(h.size() + data.size(), std::byte{0xa5});
    ones_complement_sum sum;
    h.write(to, 0xfffe, 0x7fff, static_cast<std::uint16_t>(data.size()), sum);
    sum.copy_and_add(data, octets{to}.subspan(h.size()));
    store_be16(to, layout::checksum.offset, static_cast<std::uint16_t>(~sum.value()));
    return to;
}

TEST_CASE("data header: the general writer writes the same octets", "[wire][R-3.1][R-4.1]") {
    for (const features agreed : agreements)
        for (const std::size_t size : {1U, 2U, 3U, 127U, 128U, 129U, 191U, 193U, 1'461U}) {
            const std::vector<std::byte> data(size, std::byte{0xc3});
            const data_header h = header_of(agreed);
            std::vector<std::byte> general(2'000);
            segment_writer out{general};
            out.base(flags_ack, h.source, h.destination, seq16{0xfffe}, seq16{0x7fff});
            if (agreed.has(features::tag)) out.word32(h.tag);
            if (agreed.has(features::frag)) out.word(h.frag_word);
            general.resize(out.finish(data));
            INFO("size " << size << ", header of " << h.size());
            CHECK(written(h, data) == general);
        }
}

TEST_CASE("data header: it begins with what is expected, whatever length, numbers and checksum are",
          "[wire][R-3.1][R-2.15]") {
    for (const features agreed : agreements) {
        const data_header h = header_of(agreed);
        const std::array data{std::byte{1}};
        std::vector<std::byte> segment = written(h, data);
        REQUIRE(h.begins(segment));
        for (std::size_t bit = 0; bit < 8 * h.size(); ++bit) {
            const std::size_t at = bit / 8;
            const std::byte flip{static_cast<unsigned char>(1U << bit % 8)};
            segment[at] ^= flip;
            const bool free = at >= layout::data_length.offset && at < base_octets;
            INFO("bit " << bit << " of a header of " << h.size());
            CHECK(h.begins(segment) == free);
            segment[at] ^= flip;
        }
    }
}

}  // namespace
}  // namespace rrdp::wire
