// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include <rrdp/base/octets.hpp>
#include <rrdp/base/siphash.hpp>

namespace rrdp::chaos {

/// How long the messages of a chain are: mostly `small`, one in `seldom` up to `large` octets.
struct message_sizes {
    std::uint64_t small = 64;
    std::uint64_t large = 5'000;
    std::uint64_t seldom = 1'024;
};

/// Messages of which each carries a hash of all before it. Both ends make the same chain from one
/// seed, so that the receiver needs nothing but its own to see a message that is changed, lost,
/// doubled or out of order, and two numbers tell at the end whether all were equal.
class chain {
public:
    static constexpr std::size_t shortest = 16;
    static constexpr std::size_t longest = 5'000;

    explicit chain(std::uint64_t seed = 0, const message_sizes& sizes = {}) noexcept
        : seed_{seed}, sizes_{sizes} {}

    /// The next message: the hash so far, its number, and octets by chance. Valid until `took`.
    [[nodiscard]] octets_view next() noexcept {
        if (size_ == 0) build();
        return std::as_bytes(std::span{words_}).first(size_);
    }

    /// The next message was accepted, or arrived: on to the one after it.
    void took() noexcept {
        const std::size_t words = (next().size() + 7) / 8;
        hash_ = siphash{seed_, words}(std::span{words_}.first(words));
        ++count_;
        size_ = 0;
    }

    /// Message `index` is to have one bit wrong, so that it can be seen that somebody looks.
    void lie_at(std::uint64_t index) noexcept { lie_ = index; }

    /// Messages so far, and the hash of all of them.
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }

private:
    /// SplitMix64: the octets need not be secret, but cheap.
    static constexpr std::uint64_t mixed(std::uint64_t z) noexcept {
        z = (z ^ z >> 30) * 0xbf58'476d'1ce4'e5b9;
        z = (z ^ z >> 27) * 0x94d0'49bb'1331'11eb;
        return z ^ z >> 31;
    }

    void build() noexcept {
        std::uint64_t state = mixed(seed_ ^ mixed(count_ + 1));
        const bool is_large = state % sizes_.seldom == 0;
        const std::uint64_t most = is_large ? sizes_.large : sizes_.small;
        size_ = shortest + (state >> 32) % (most - shortest + 1);
        words_[0] = hash_;
        words_[1] = count_;
        for (std::size_t word = 2; word < (size_ + 7) / 8; ++word)
            words_[word] = mixed(state += 0x9e37'79b9'7f4a'7c15);
        const octets all = std::as_writable_bytes(std::span{words_});
        if (count_ == lie_) all[size_ - 1] ^= std::byte{1};
        clear_octets(all.subspan(size_, -size_ % 8));  // the hash is one of whole words
    }

    std::uint64_t seed_;
    message_sizes sizes_;
    std::uint64_t lie_ = ~std::uint64_t{0};
    std::uint64_t count_ = 0;
    std::uint64_t hash_ = 0;
    std::size_t size_ = 0;  ///< of the message that is built; 0: none is
    std::array<std::uint64_t, (longest + 15) / 8> words_{};
};

/// Whether a received message, in however many pieces, is `should`.
template <class Message>
bool equal(const Message& message, octets_view should) noexcept {
    if (message.size() != should.size()) return false;
    for (const octets_view part : message.parts()) {
        if (!std::equal(part.begin(), part.end(), should.begin())) return false;
        should = should.subspan(part.size());
    }
    return true;
}

}  // namespace rrdp::chaos
