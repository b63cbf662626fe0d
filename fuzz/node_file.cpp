// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string>

#include <rrdp/framings/ip.hpp>
#include <rrdp/framings/udp.hpp>
#include <rrdp/interop/node_file.hpp>

#include "check.hpp"
#include "input.hpp"

/// Any text, read as a node table of the framing that the first octet names: the reader ends, what
/// it gives is in range and stands there once, and what it says of an error lies in the text.
namespace rrdp {
namespace {

using fuzz::check;

template <class Framing>
void read(std::string_view text) {
    node_file<Framing> file{text};
    std::set<std::uint16_t> nodes;
    std::set<std::uint64_t> addresses;
    std::uint32_t line = 0;
    while (const auto e = file.next()) {
        const auto number = static_cast<std::uint16_t>(e->node);
        check(number != 0 && number != 0xffff, "a node number is from 1 to 65534");
        check(Framing::is_unicast(e->address), "an address is one node's");
        check(e->mtu == 0 || e->mtu >= 64, "an MTU is 64 at least");
        check(e->line > line, "lines go forward");
        line = e->line;
        check(nodes.insert(number).second, "a number stands once");
        check(addresses.insert(Framing::key(e->address)).second, "an address stands once");
    }
    if (const auto& error = file.error()) {
        check(error->line > line, "the error is behind what was read");
        check(!error->word.empty(), "an error is about a word");
        check(error->word.data() >= text.data() &&
                  error->word.data() + error->word.size() <= text.data() + text.size(),
              "the word stands in the text");
        check(describe(error->what) != nullptr, "every error has a sentence");
    }
    check(!file.next(), "the end stays the end");
}

}  // namespace
}  // namespace rrdp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 20'000) return 0;
    std::string text;
    for (std::size_t i = 1; i < size; ++i) text += static_cast<char>(data[i]);
    switch (data[0] % 4) {
        case 0: rrdp::read<rrdp::wire::ethernet_framing>(text); break;
        case 1: rrdp::read<rrdp::framings::ipv4>(text); break;
        case 2: rrdp::read<rrdp::framings::ipv6>(text); break;
        case 3: rrdp::read<rrdp::framings::udp6>(text); break;
    }
    return 0;
}
