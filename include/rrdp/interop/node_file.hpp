// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <rrdp/core/address.hpp>
#include <rrdp/interop/address_text.hpp>
#include <rrdp/wire/ethernet.hpp>

namespace rrdp {

/// What is wrong with a line of a node file.
enum class node_file_errc : std::uint8_t {
    bad_node,           ///< the first word is no number from 1 to 65534
    missing_address,    ///< there is no second word
    bad_address,        ///< the second word is not an address of the framing
    not_a_node,         ///< the address is a group's, or all zeros
    bad_mtu,            ///< no number from 64 to 65535 behind "mtu="
    unknown_word,       ///< a word behind the address that means nothing
    duplicate_node,     ///< an earlier line has the number
    duplicate_address,  ///< an earlier line has the address
};

/// The sentence for it: `nodes.txt:3: "zz" ` and then this.
[[nodiscard]] constexpr const char* describe(node_file_errc e) noexcept {
    constexpr std::array sentences{
        "is not a node number, 1 to 65534",
        "has no address behind it",
        "is not an address",
        "is not the address of one node",
        "is not an MTU, 64 to 65535 octets",
        "has no meaning here",
        "is a node that stands above already",
        "is an address that stands above already",
    };
    return sentences[static_cast<std::size_t>(e)];
}

/// Where and what, and the word it is about, which lies in the text that was read.
struct node_file_error {
    std::uint32_t line = 0;   ///< the first is 1
    node_file_errc what{};    ///< the kind of mistake
    std::string_view word{};  ///< the word that is wrong
};

/// A line of the file: arguments for `endpoint::add_node`.
template <class Address>
struct node_file_entry {
    node_id node{};          ///< its number
    Address address{};       ///< where it is
    std::uint16_t mtu = 0;   ///< header plus data; 0: not said
    std::uint32_t line = 0;  ///< the first is 1
};

/// Reads the text of a node table, an entry for each call of `next`:
///
///     # node  address             what its link carries, if that is known
///     1       02:00:00:00:00:01
///     2       02:00:00:00:00:02   mtu=9000
///
/// Words stand between blanks; `#` begins a comment; empty lines, CR LF and a last line without an
/// end are all right. Neither reads files nor allocates: the text must outlive the reader. To find
/// duplicates it reads the text above once more for each line, which is nothing for a cluster.
template <class Framing = wire::ethernet_framing>
class node_file {
public:
    using address = typename Framing::address;  ///< how a node is addressed on the link
    using entry = node_file_entry<address>;     ///< what a line says

    /// Reads `text`, which must outlive it.
    constexpr explicit node_file(std::string_view text) noexcept : text_{text}, rest_{text} {
        constexpr std::string_view mark = "\xef\xbb\xbf";  // some editors begin with one
        if (rest_.starts_with(mark)) rest_.remove_prefix(mark.size());
        text_ = rest_;
    }

    /// The next entry; nothing at the end of the text, and from the first error on.
    [[nodiscard]] constexpr std::optional<entry> next() noexcept {
        std::optional<entry> e = error_ ? std::nullopt : read();
        if (!e) return e;
        node_file above{text_, e->line};
        while (const auto earlier = above.read()) {
            if (earlier->node == e->node) return fail(node_file_errc::duplicate_node, e->line, 0);
            if (Framing::key(earlier->address) == Framing::key(e->address))
                return fail(node_file_errc::duplicate_address, e->line, 1);
        }
        return e;
    }

    /// What was wrong, if something was.
    [[nodiscard]] constexpr const std::optional<node_file_error>& error() const noexcept {
        return error_;
    }

private:
    /// Reads the lines before number `end`.
    constexpr node_file(std::string_view text, std::uint32_t end) noexcept
        : text_{text}, rest_{text}, end_{end} {}

    [[nodiscard]] constexpr std::optional<entry> read() noexcept {
        while (!rest_.empty() && line_ + 1 < end_) {
            ++line_;
            std::string_view line = detail::take_part(rest_, '\n');
            const std::string_view first = word(line);
            if (!first.empty()) return read_entry(first, line);
        }
        return std::nullopt;
    }

    [[nodiscard]] constexpr std::optional<entry> read_entry(std::string_view first,
                                                            std::string_view line) noexcept {
        entry e{.line = line_};
        const auto number = detail::decimal(first, 65'534);
        if (!number || *number == 0) return fail(node_file_errc::bad_node, first);
        e.node = static_cast<node_id>(*number);
        const std::string_view where = word(line);
        if (where.empty()) return fail(node_file_errc::missing_address, first);
        if (!read_address(where, e.address)) return fail(node_file_errc::bad_address, where);
        if (!Framing::is_unicast(e.address)) return fail(node_file_errc::not_a_node, where);
        constexpr std::string_view mtu = "mtu=";
        for (auto more = word(line); !more.empty(); more = word(line)) {
            if (!more.starts_with(mtu) || e.mtu != 0)
                return fail(node_file_errc::unknown_word, more);
            const auto size = detail::decimal(more.substr(mtu.size()), 65'535);
            if (!size || *size < 64) return fail(node_file_errc::bad_mtu, more);
            e.mtu = static_cast<std::uint16_t>(*size);
        }
        return e;
    }

    /// Takes the next word off `line`; empty at its end, or at a comment.
    [[nodiscard]] static constexpr std::string_view word(std::string_view& line) noexcept {
        constexpr std::string_view blanks = " \t\r";
        const std::size_t begin = line.find_first_not_of(blanks);
        if (begin == std::string_view::npos || line[begin] == '#') return line = {};
        line.remove_prefix(begin);
        const std::size_t end = line.find_first_of(" \t\r#");
        const std::string_view taken = line.substr(0, end);
        line.remove_prefix(taken.size());
        return taken;
    }

    [[nodiscard]] constexpr std::string_view line_at(std::uint32_t number) const noexcept {
        std::string_view rest = text_;
        std::string_view line;
        for (std::uint32_t n = 0; n < number; ++n) line = detail::take_part(rest, '\n');
        return line;
    }

    constexpr std::nullopt_t fail(node_file_errc what, std::string_view about) noexcept {
        error_ = node_file_error{line_, what, about};
        return std::nullopt;
    }
    /// About the word number `place` of the line `number`.
    constexpr std::nullopt_t fail(node_file_errc what, std::uint32_t number, int place) noexcept {
        std::string_view line = line_at(number);
        std::string_view about = word(line);
        if (place > 0) about = word(line);
        return fail(what, about);
    }

    std::string_view text_;
    std::string_view rest_;
    std::uint32_t line_ = 0;
    std::uint32_t end_ = 0xffff'ffff;
    std::optional<node_file_error> error_;
};

}  // namespace rrdp
