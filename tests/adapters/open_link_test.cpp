// SPDX-License-Identifier: Apache-2.0
#include <rrdp/adapters/open_link.hpp>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "adapters/conforms.hpp"

namespace rrdp {
namespace {

using adapters::opened_link;

struct opened_pair {
    opened_pair(const std::string& first, const std::string& second)
        : one{std::make_unique<opened_link>(first)}, a{&one->link()} {
        if (!second.empty()) two = std::make_unique<opened_link>(second);
        b = two ? &two->link() : one->other_end();
    }
    std::unique_ptr<opened_link> one, two;
    any_link* a;
    any_link* b;
};

std::string why_not(const std::string& text) {
    try {
        const opened_link link{text};
        return "it opened";
    } catch (const std::exception& e) {
        return e.what();
    }
}

std::string cable() {
    return "unix:@rrdp-open-" + std::to_string(::getpid());
}

bool send(any_link& link, std::size_t size) {
    auto lease = link.lease(size);
    if (!lease) return false;
    clear_octets(lease->bytes());
    lease->commit(size);
    return link.flush();
}

}  // namespace

TEST_CASE("open_link: what a text opens is a link", "[adapters][open_link]") {
    const std::string file =
        (std::filesystem::temp_directory_path() / ("rrdp-" + std::to_string(::getpid()))).string();
    const auto text = GENERATE_COPY(values<std::string>({
        "loopback(mtu=9000)",
        "loopback+faulty(seed=7)",
        cable(),
        cable() + "+faulty(seed=7)+captured(" + file + ")",
    }));
    const std::string second = text.starts_with("loopback") ? "" : cable();
    require_conformance(testing::link_conformance([&] { return opened_pair{text, second}; }), 1);
    std::filesystem::remove(file);
}

TEST_CASE("open_link: options of the text arrive at the link", "[adapters][open_link]") {
    CHECK(opened_link{"loopback"}.link().properties().max_frame == 1'514);
    CHECK(opened_link{"loopback(mtu=3000)"}.link().properties().max_frame == 3'014);
    CHECK(opened_link{cable() + "(mtu=100)"}.link().properties().max_frame == 114);
    const opened_link udp{"udp:127.0.0.1:50027(mtu=1400,no-segmentation,no-coalescing)"};
    REQUIRE(udp.as_udp() != nullptr);
    CHECK_FALSE(udp.as_udp()->segments());
    CHECK_FALSE(udp.as_udp()->coalesces());
    CHECK(udp.as_udp()->properties().max_frame == 1'400);
    CHECK(udp.as_udp()->address().port == 50'027);
    CHECK(udp.as_udp6() == nullptr);
    CHECK(opened_link{"loopback", {.mtu = 200}}.link().properties().max_frame == 214);
}

TEST_CASE("open_link: faults are drawn from the seed, at both ends with other dice",
          "[adapters][open_link][faulty]") {
    opened_link link{"loopback+faulty(loss=0.5,seed=3)"};
    CHECK(link.faults()->lost == 0);
    std::size_t forth = 0, back = 0;
    for (int i = 0; i < 200; ++i) {
        REQUIRE(send(link.link(), 60));
        REQUIRE(send(*link.other_end(), 60));
        while (link.other_end()->receive()) ++forth;
        while (link.link().receive()) ++back;
    }
    CHECK(forth + back + link.faults()->lost == 400);  // each frame can be lost at either end
    CHECK(forth != back);
    CHECK(link.faults()->lost > 100);
    CHECK_FALSE(opened_link{"loopback"}.faults());
}

TEST_CASE("open_link: a capture has what passed", "[adapters][open_link][captured]") {
    const auto file =
        std::filesystem::temp_directory_path() / ("rrdp-open-" + std::to_string(::getpid()));
    {
        opened_link link{"loopback+captured(" + file.string() + ")"};
        for (int i = 0; i < 10; ++i) REQUIRE(send(link.link(), 600));
    }
    CHECK(std::filesystem::file_size(file) > 6'000);
    std::filesystem::remove(file);
}

TEST_CASE("open_link: trouble is told through faults and captures", "[adapters][open_link]") {
    const auto around = GENERATE(values<std::string>(
        {"", "+faulty(seed=7)", "+captured(/dev/null)", "+faulty(seed=7)+captured(/dev/null)"}));
    opened_link link{cable() + around};
    CHECK(link.link().error_number() == 0);
    CHECK(send(link.link(), 600));  // there is no other end
    CHECK(link.link().error_number() == ECONNREFUSED);
}

TEST_CASE("open_link: what cannot be opened is said in one line", "[adapters][open_link]") {
    CHECK(why_not("tin-can").find("\"tin-can\" is no link (") != std::string::npos);
    CHECK(why_not("packet:no-such-if").find("no-such-if: no such network interface") == 0);
    CHECK(why_not("packet-ring:no-such-if").find("no-such-if: ") == 0);
    CHECK(why_not("xdp:no-such-if:0").find("no-such-if: ") == 0);
    CHECK(why_not("unix:/none/x").find("unix /none/x: cannot open the folder") == 0);
    CHECK(why_not("udp:192.0.2.1:7").find("udp 192.0.2.1:7: no interface of this host") == 0);
    CHECK(why_not(std::string{"unix:@a\0b", 9}) == "a NUL is in the name of the link");
    CHECK(why_not("loopback+captured(/none/file)").find("/none/file: ") == 0);
#if !defined(RRDP_HAVE_DPDK)
    CHECK(why_not("dpdk:x") == "x: built without DPDK: Operation not supported");
#endif
#if !defined(RRDP_HAVE_PCAP)
    CHECK(why_not("pcap:x") == "x: built without libpcap: Operation not supported");
#endif
}

}  // namespace rrdp
