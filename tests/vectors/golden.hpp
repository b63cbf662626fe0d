// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/testing/segments.hpp>

namespace rrdp::vectors {

/// A frame whose octets are known, without padding. The same octets stand in `<name>.hex` for
/// readers in other languages, and what they mean in `<name>.txt`.
struct golden {
    std::string_view name;
    testing::octet_buffer<64> octets;
    wire::features agreed;  ///< on the connection it belongs to
};

template <std::size_t N>
constexpr golden vector(std::string_view name, const char (&text)[N],
                        wire::features agreed = {}) noexcept {
    return {name, testing::octet_buffer<64>{testing::hex(text)}, agreed};
}

inline constexpr wire::features lan = wire::features::fin | wire::features::credit |
                                      wire::features::empty | wire::features::frag |
                                      wire::features::tag;
inline constexpr wire::features udp = lan | wire::features::wide | wire::features::crc32c;

/// V1 to V8: nothing is agreed but FIN in V8, which does not show in the header.
inline constexpr golden v1 = vector("v1_syn", "830a 1389 0400 0000 1000 0000 cf4f 0040 05dc 8000");
inline constexpr golden v2 =
    vector("v2_syn_ack", "c30a 0400 1389 0000 ffff 1000 7223 0020 2328 8000");
inline constexpr golden v3 = vector("v3_ack", "4307 1389 0400 0000 1001 ffff 956e");
inline constexpr golden v4 =
    vector("v4_data_odd", "4307 1389 0400 0005 1001 ffff 5197 6865 6c6c 6f");
inline constexpr golden v5 = vector("v5_data_wrapped", "4307 0400 1389 0002 0000 1001 946a 0102");
inline constexpr golden v6 = vector("v6_eack_two", "6309 0400 1389 0000 0001 1001 5564 1003 1004");
inline constexpr golden v7 = vector("v7_keepalive", "4b07 1389 0400 0000 1005 0000 8d6a");
inline constexpr golden v8 =
    vector("v8_fin", "4b08 1389 0400 0000 1006 0000 8d67 0001", wire::features::fin);

/// X1 to X9: the extension words. Computed by an encoder that shares nothing with this library.
inline constexpr golden x1 = vector("x1_syn_lan",
                                    "831c 1389 0400 0000 1000 0000 d84b 0040 05dc c000 0101 6700 "
                                    "0202 0001 0002 0302 b007 b007 0403 03e8 0002 03e8 0902 0001 "
                                    "0000 0a02 cafe 0001");
inline constexpr golden x2 = vector("x2_syn_ack_lan",
                                    "c31f 0400 1389 0000 ffff 1000 a918 0020 2328 c000 0101 6700 "
                                    "0202 0002 0001 0302 b007 b008 0403 03e8 0002 03e8 0702 cafe "
                                    "0001 0902 0001 0000 0a02 cafe 0002");
inline constexpr golden x3 =
    vector("x3_data_lan", "430a 1389 0400 0005 1001 ffff 8693 cafe 0002 0000 6865 6c6c 6f", lan);
inline constexpr golden x4 = vector("x4_data_udp",
                                    "430f 1389 0400 0005 1001 ffff 641b cafe 0002 0007 fffe 9a71 "
                                    "bb4c 0002 107f 6865 6c6c 6f",
                                    udp);
inline constexpr golden x5 = vector("x5_eack_udp",
                                    "6310 0400 1389 0000 0000 1001 7a16 cafe 0001 ffff 0007 0000 "
                                    "0000 1041 1003 1004",
                                    udp);
inline constexpr golden x6 =
    vector("x6_reset_connection", "530a 1389 0400 0000 1007 0003 ba5b cafe 0002 0006", lan);
inline constexpr golden x7 =
    vector("x7_reset_reflected", "530a 0400 1389 0000 0001 1001 3a68 cafe 0001 8002", lan);
inline constexpr golden x8 = vector("x8_reset_cookie",
                                    "530e 0400 1389 0000 0000 1000 9c36 cafe 0001 800c 0123 4567 "
                                    "89ab cdef");
inline constexpr golden x9 =
    vector("x9_empty_message", "4b0a 1389 0400 0000 1005 0000 c264 cafe 0002 0002", lan);

/// Every vector that is a segment.
inline constexpr std::array segments{v1, v2, v3, v4, v5, v6, v7, v8, x1,
                                     x2, x3, x4, x5, x6, x7, x8, x9};

/// N1: V4 with one bit of its data flipped. N2: no segment, because its version is 0.
inline constexpr golden n1 =
    vector("n1_bit_flip", "4307 1389 0400 0005 1001 ffff 5197 6965 6c6c 6f");
inline constexpr golden n2 = vector("n2_zeros", "0000 0000 0000 0000 0000 0000 0000");

/// N3: two words of the data exchanged. The sum of RFC 1071 does not see it; CRC32C does.
inline constexpr golden n3_before =
    vector("n3_before", "4307 1389 0400 0006 1001 ffff 5175 6865 6c6c 6f21");
inline constexpr golden n3 =
    vector("n3_exchanged", "4307 1389 0400 0006 1001 ffff 5175 6c6c 6865 6f21");

/// A HELLO of node 1 to everyone: no segment either.
inline constexpr golden nr_hello = vector("nr_hello",
                                          "0010 0100 5252 5244 0001 0000 b007 b007 0200 0000 0001 "
                                          "05dc 0008 f263 0000 0000");

}  // namespace rrdp::vectors
