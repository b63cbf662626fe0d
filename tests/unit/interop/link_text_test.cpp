// SPDX-License-Identifier: Apache-2.0
#include <rrdp/interop/link_text.hpp>

#include <rrdp/interop/link_complaint.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

/// "kind where name=text/... + ...", so that a table shows what was understood.
std::string shown(const link_word& word, const link_rule& rule) {
    std::string text{rule.name};
    text += '[' + std::string{word.where} + ']';
    for (const link_setting& s : word.settings)
        text += ' ' + std::string{s.name} + '=' + std::string{s.text};
    return text;
}

std::string understood(std::string_view text) {
    const auto d = link_text::read(text);
    if (!d) return complaint(text, d.error());
    std::string all = shown(d->base, link_rules[d->base.index]);
    for (const link_word& word : d->around)
        all += " + " + shown(word, link_decoration_rules[word.index]);
    return all;
}

struct reading {
    const char* text;
    const char* means;
};

}  // namespace

TEST_CASE("link text: every kind of link has a name", "[interop][link_text]") {
    const auto r = GENERATE(values<reading>({
        {"packet:eth0", "packet[eth0]"},
        {"packet-ring:eth0", "packet-ring[eth0]"},
        {"xdp:eth0:0", "xdp[eth0:0]"},
        {"shm:name", "shm[name]"},
        {"pcap:eth0", "pcap[eth0]"},
        {"udp:192.0.2.1:5000", "udp[192.0.2.1:5000]"},
        {"udp:[2001:db8::1]:5000", "udp[[2001:db8::1]:5000]"},
        {"udp:192.0.2.1", "udp[192.0.2.1]"},
        {"unix:/tmp/a b.c=d,e:f", "unix[/tmp/a b.c=d,e:f]"},
        {"unix:@name", "unix[@name]"},
        {"dpdk:--no-huge --vdev=net_tap0,iface=t0", "dpdk[--no-huge --vdev=net_tap0,iface=t0]"},
        {"loopback", "loopback[]"},
    }));
    CHECK(understood(r.text) == r.means);
}

TEST_CASE("link text: options and decorations", "[interop][link_text]") {
    const auto r = GENERATE(values<reading>({
        {"packet:eth0(bypass)", "packet[eth0] bypass="},
        {"packet:eth0(ethertype=0x88b5,port=7,last-port=9,batch=64)",
         "packet[eth0] ethertype=0x88b5 port=7 last-port=9 batch=64"},
        {"loopback(mtu=9000)", "loopback[] mtu=9000"},
        {"loopback+faulty", "loopback[] + faulty[]"},
        {"loopback+faulty(loss=0.01)+captured(a.pcapng)+faulty",
         "loopback[] + faulty[] loss=0.01 + captured[] =a.pcapng + faulty[]"},
        {"loopback+captured(a=b(c+d.pcapng)", "loopback[] + captured[] =a=b(c+d.pcapng"},
        {"udp:[::1]:5+faulty(loss=1,duplicate=0,reorder=.5,corrupt=0.,seed=18446744073709551615)",
         "udp[[::1]:5] + faulty[] loss=1 duplicate=0 reorder=.5 corrupt=0. "
         "seed=18446744073709551615"},
    }));
    CHECK(understood(r.text) == r.means);
}

TEST_CASE("link text: what is wrong is said once, with its place", "[interop][link_text]") {
    struct mistake {
        const char* text;
        std::size_t place;
        const char* said;
    };
    const auto m = GENERATE(values<mistake>({
        {"", 1,
         "\"\" is no link (packet, packet-ring, xdp, shm, pcap, udp, "
         "unix, dpdk, loopback)"},
        {"packt:eth0", 1,
         "\"packt\" is no link (packet, packet-ring, xdp, shm, pcap, "
         "udp, unix, dpdk, loopback)"},
        {"packet", 7, "packet needs an interface, as in packet:..."},
        {"packet:", 8, "packet needs an interface, as in packet:..."},
        {"shm:(frames=1)", 5, "shm needs a name, as in shm:..."},
        {"loopback:x", 9, "loopback takes nothing behind a colon"},
        {"udp:localhost:5", 5,
         "\"localhost:5\" is no own address with a port, such as "
         "192.0.2.1:50027"},
        {"udp:0.0.0.0:5", 5,
         "\"0.0.0.0:5\" is no own address with a port, such as "
         "192.0.2.1:50027"},
        {"udp:[::1:5", 5,
         "\"[::1:5\" is no own address with a port, such as "
         "192.0.2.1:50027"},
        {"packet:e0(bypas)", 11,
         "\"bypas\" is no option of packet (ethertype, port, last-port, "
         "batch, bypass)"},
        {"packet:e0()", 11,
         "\"\" is no option of packet (ethertype, port, last-port, "
         "batch, bypass)"},
        {"packet:e0(port)", 11, "\"port\" needs a value, as in port=1"},
        {"packet:e0(port=)", 11, "\"port=\" needs a value, as in port=1"},
        {"packet:e0(port=0)", 16, "\"0\" is no number from 1 to 65535"},
        {"packet:e0(port=x)", 16, "\"x\" is no number from 1 to 65535"},
        {"packet:e0(ethertype=0x5ff)", 21, "\"0x5ff\" is no number from 0x600 to 0xffff"},
        {"packet:e0(bypass=1)", 11, "\"bypass=1\" takes no value"},
        {"packet:e0(port=7,port=8)", 18, "\"port\" is said twice"},
        {"packet:e0(port=7", 17, "the parenthesis is not closed"},
        {"packet:e0(port=7)x", 18, "\"x\" has no meaning here: \"+\" or the end should follow"},
        {"loopback+", 10, "\"\" cannot be put around a link (faulty, captured)"},
        {"loopback+captured", 10, "\"captured\" needs a file, as in captured(file)"},
        {"loopback+captured()", 19, "\"\" needs a file, as in captured(file)"},
        {"loopback+captured(a,foo)", 21,
         "\"foo\" is one thing too many: captured takes one file, whose name has no comma in it"},
        {"loopback+faulty(loss=2)", 22, "\"2\" is no chance from 0 to 1"},
        {"loopback+faulty(loss=-0.1)", 22, "\"-0.1\" is no chance from 0 to 1"},
        {"loopback+faulty(seed=18446744073709551616)", 22,
         "\"18446744073709551616\" is not a number"},
        {"loopback+faulty:x", 16, "faulty takes nothing behind a colon"},
        {"loopback+faulty+faulty+faulty+faulty+faulty", 38,
         "\"faulty\" is one thing too many around a link"},
    }));
    const auto d = link_text::read(m.text);
    REQUIRE_FALSE(d);
    CHECK(describe(d.error()) == m.said);
    CHECK(d.error().at + 1 == m.place);
}

TEST_CASE("link text: the whole complaint is one line", "[interop][link_text]") {
    CHECK(understood("udp:x") ==
          "\"udp:x\", character 5: \"x\" is no own address with a port, such as 192.0.2.1:50027");
}

TEST_CASE("link text: numbers, chances and addresses have limits", "[interop][link_text]") {
    using enum link_text_errc;
    const auto wrong = [](std::string_view text) { return link_text::read(text).error().what; };
    CHECK(link_text::read("packet:e0(port=65535)"));
    CHECK(wrong("packet:e0(port=65536)") == bad_number);
    CHECK(wrong("packet:e0(port=0x)") == bad_number);
    CHECK(wrong("loopback+faulty(loss=.)") == bad_chance);
    CHECK(wrong("loopback+faulty(loss=0:5)") == bad_chance);
    CHECK(wrong("udp:[::]:5") == bad_address);
}

TEST_CASE("link text: numbers and chances are read whole", "[interop][link_text]") {
    const auto d = link_text::read("loopback+faulty(loss=0.25,seed=0x1f,corrupt=1)");
    REQUIRE(d);
    const link_word& faulty = d->around[0];
    CHECK(link_description::decoration(faulty) == link_decoration::faulty);
    CHECK(faulty.chance("loss") == 0.25);
    CHECK(faulty.chance("corrupt") == 1);
    CHECK(faulty.chance("reorder") == 0);
    CHECK(faulty.number<std::uint64_t>("seed", 1) == 31);
    CHECK(d->base.number<int>("mtu", 1'500) == 1'500);
    const std::string zeros(400, '0');  // more than a double can tell apart
    CHECK(link_text::read("loopback+faulty(loss=0." + zeros + "1)")->around[0].chance("loss") == 0);
    CHECK_FALSE(link_text::read("loopback+faulty(loss=0." + zeros + ".1)"));
    CHECK_FALSE(link_text::read("loopback+faulty(loss=1" + zeros + ")"));
    CHECK(link_text::read("xdp:eth0:2(port=7,last-port=9)"));
    CHECK(link_text::read("pcap:eth0(port=7,last-port=9)"));
    CHECK_FALSE(d->ipv6());
    CHECK(link_text::read("udp:[::1]:7")->ipv6());
}

TEST_CASE("link text: is read also when the program is compiled", "[interop][link_text]") {
    STATIC_REQUIRE(link_text::read("packet:eth0(port=7)")->kind() == link_kind::packet);
    STATIC_REQUIRE(link_text::read("packet:eth0(port=7)")->base.number("port", 0) == 7);
    STATIC_REQUIRE(link_text::read("tin-can").error().what == link_text_errc::unknown_link);
}

}  // namespace rrdp
