// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <rrdp/framings/ip.hpp>
#include <rrdp/framings/udp.hpp>
#include <rrdp/interop/node_file.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using wire::mac_address;

/// "1=02:..:01/0@1", one for each entry, then "!3 bad_node 'zz'" if the reading ended with that.
template <class Framing = wire::ethernet_framing>
std::string read_all(std::string_view text) {
    node_file<Framing> file{text};
    std::string all;
    while (const auto e = file.next()) {
        const auto last = e->address;
        all += std::to_string(static_cast<unsigned>(e->node)) + "/" +
               std::to_string(Framing::key(last) & 0xff) + "/" + std::to_string(e->mtu) + "@" +
               std::to_string(e->line) + " ";
    }
    if (const auto& error = file.error())
        all += "!" + std::to_string(error->line) + " " + std::string{error->word} + " " +
               describe(error->what);
    CHECK_FALSE(file.next());  // it stays at its end
    return all;
}

TEST_CASE("node file: a line is a number, an address and perhaps an MTU", "[interop][R-15.3]") {
    CHECK(read_all("1 02:00:00:00:00:01\n2 02:00:00:00:00:02 mtu=9000\n") == "1/1/0@1 2/2/9000@2 ");
    CHECK(read_all("65534 2:0:0:0:0:a mtu=64") == "65534/10/64@1 ");
    CHECK(read_all("7\t02:00:00:00:00:0C\tmtu=65535\t") == "7/12/65535@1 ");
}

TEST_CASE("node file: comments, blank lines, CR LF and a missing last end are all right",
          "[interop][R-15.3]") {
    CHECK(read_all("").empty());
    CHECK(read_all("\n\n \t\n# nobody\n").empty());
    CHECK(read_all("# head\r\n\r\n  1 02:00:00:00:00:01 # one\r\n2 02:00:00:00:00:02#two\r\n") ==
          "1/1/0@3 2/2/0@4 ");
    CHECK(read_all("1 02:00:00:00:00:01\n\n2 02:00:00:00:00:02") == "1/1/0@1 2/2/0@3 ");
    CHECK(read_all("\xef\xbb\xbf"
                   "1 02:00:00:00:00:01") == "1/1/0@1 ");
}

TEST_CASE("node file: what is wrong is said with its line and its word", "[interop][R-15.3]") {
    const std::string good = "1 02:00:00:00:00:01\n";
    const auto complaint = [&](const std::string& line) {
        const std::string said = read_all(good + "\n" + line + "\n3 02:00:00:00:00:03\n");
        REQUIRE(said.starts_with("1/1/0@1 !3 "));  // nothing behind the error is read
        return said.substr(11);
    };
    for (const char* word : {"0", "65535", "-1", "x", "01", "0x1", "99999999999", "1.5"})
        CHECK(complaint(word + std::string{" 02:00:00:00:00:02"}) ==
              word + std::string{" is not a node number, 1 to 65534"});
    CHECK(complaint("2") == "2 has no address behind it");
    CHECK(complaint("2 # 02:00:00:00:00:02") == "2 has no address behind it");
    for (const char* word : {"02:00:00:00:00", "02:00:00:00:00:02:03", "02:00:00:00:00:0g",
                             "02-00-00-00-00-02", "002:00:00:00:00:02",
                             "02:00:00:00:00:", ":00:00:00:00:02", "02:00::00:00:02", "192.0.2.1"})
        CHECK(complaint(std::string{"2 "} + word) == word + std::string{" is not an address"});
    CHECK(complaint("2 ff:ff:ff:ff:ff:ff") == "ff:ff:ff:ff:ff:ff is not the address of one node");
    CHECK(complaint("2 0:0:0:0:0:0") == "0:0:0:0:0:0 is not the address of one node");
    for (const char* word : {"mtu=", "mtu=63", "mtu=65536", "mtu=9k", "mtu=-1"})
        CHECK(complaint(std::string{"2 02:00:00:00:00:02 "} + word) ==
              word + std::string{" is not an MTU, 64 to 65535 octets"});
    CHECK(complaint("2 02:00:00:00:00:02 MTU=9000") == "MTU=9000 has no meaning here");
    CHECK(complaint("2 02:00:00:00:00:02 mtu=900 mtu=900") == "mtu=900 has no meaning here");
    CHECK(complaint("2 02:00:00:00:00:02 9000") == "9000 has no meaning here");
}

TEST_CASE("node file: a number or an address that stands twice is an error", "[interop][R-15.3]") {
    CHECK(read_all("1 02:00:00:00:00:01\n# x\n1 02:00:00:00:00:02\n") ==
          "1/1/0@1 !3 1 is a node that stands above already");
    CHECK(read_all("1 02:00:00:00:00:01\n2 2:0:0:0:0:1\n") ==
          "1/1/0@1 !2 2:0:0:0:0:1 is an address that stands above already");
}

TEST_CASE("node file: many nodes are read in a moment", "[interop]") {
    std::string text;
    for (unsigned n = 1; n <= 1'000; ++n)
        text += std::to_string(n) + " 02:00:00:00:" + std::to_string(n / 100) + ":" +
                std::to_string(n % 100) + "\n";
    node_file file{text};
    unsigned count = 0;
    while (file.next()) ++count;
    CHECK(count == 1'000);
    CHECK_FALSE(file.error());
}

TEST_CASE("node file: it is read in a constant expression", "[interop]") {
    constexpr bool good = [] {
        node_file file{"1 02:00:00:00:00:01\n2 02:00:00:00:00:02 mtu=9000"};
        const auto one = file.next();
        const auto two = file.next();
        return one && two && two->mtu == 9'000 && !file.next() && !file.error();
    }();
    STATIC_REQUIRE(good);
}

TEST_CASE("node file: every framing has its own kind of address", "[interop][R-15.3]") {
    CHECK(read_all<framings::ipv4>("1 192.0.2.1\n2 198.51.100.7 mtu=1480") ==
          "1/1/0@1 2/7/1480@2 ");
    CHECK(read_all<framings::ipv4>("1 192.0.2.256") == "!1 192.0.2.256 is not an address");
    CHECK(read_all<framings::ipv4>("1 02:00:00:00:00:01") ==
          "!1 02:00:00:00:00:01 is not an address");
    node_file<framings::udp4> file{"1 192.0.2.1\n2 192.0.2.2:7\n3 192.0.2.1:9"};
    CHECK(file.next()->address == framings::udp4::address{{{192, 0, 2, 1}}, 50'027});
    CHECK(file.next()->address == framings::udp4::address{{{192, 0, 2, 2}}, 7});
    CHECK_FALSE(file.next());  // one node at an IP address
    CHECK(file.error()->what == node_file_errc::duplicate_address);
}

template <class Address>
std::string shown(std::string_view text) {
    Address a;
    if (!read_address(text, a)) return "no";
    std::string all;
    for (const unsigned octet : a.octets) all += std::to_string(octet) + ".";
    return all;
}

TEST_CASE("address text: IPv4 is four decimal numbers and nothing else", "[interop]") {
    CHECK(shown<framings::ipv4_address>("192.0.2.1") == "192.0.2.1.");
    CHECK(shown<framings::ipv4_address>("0.0.0.0") == "0.0.0.0.");
    for (const char* text : {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3",
                             "01.2.3.4", "1.2.3.256", "1.2.3.4 ", "0x1.2.3.4", "1.2.3.-4"})
        CHECK(shown<framings::ipv4_address>(text) == "no");
}

TEST_CASE("address text: IPv6 is eight groups, or less around one gap", "[interop]") {
    using v6 = framings::ipv6_address;
    CHECK(shown<v6>("1:2:3:4:5:6:7:89ab") == "0.1.0.2.0.3.0.4.0.5.0.6.0.7.137.171.");
    CHECK(shown<v6>("2001:db8::1") == "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1.");
    CHECK(shown<v6>("::") == "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.");
    CHECK(shown<v6>("::1") == "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.");
    CHECK(shown<v6>("1::") == "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.");
    CHECK(shown<v6>("1:2:3:4:5:6:7::") == "0.1.0.2.0.3.0.4.0.5.0.6.0.7.0.0.");
    for (const char* text : {"", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3",
                             "12345::", "g::", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7",
                             "::1:", "1:2:3:4::5:6:7:8", "::192.0.2.1", "fe80::1%eth0", "1::2 "})
        CHECK(shown<v6>(text) == "no");
}

TEST_CASE("address text: a UDP address is a host and perhaps a port", "[interop]") {
    const auto read4 = [](std::string_view text) {
        framings::udp4::address a;
        return read_address(text, a) ? std::to_string(a.port) : "no";
    };
    CHECK(read4("192.0.2.1") == "50027");
    CHECK(read4("192.0.2.1:1") == "1");
    CHECK(read4("192.0.2.1:65535") == "65535");
    for (const char* text : {"192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:x", ":7",
                             "[192.0.2.1]:7", "192.0.2.1:7:8"})
        CHECK(read4(text) == "no");
    const auto read6 = [](std::string_view text) {
        framings::udp6::address a;
        return read_address(text, a) ? std::to_string(a.port) : "no";
    };
    CHECK(read6("2001:db8::1") == "50027");
    CHECK(read6("[2001:db8::1]") == "50027");
    CHECK(read6("[2001:db8::1]:7") == "7");
    for (const char* text :
         {"[2001:db8::1]:", "[2001:db8::1]7", "[2001:db8::1", "2001:db8::1]:7", "[]:7", "[::1]:0"})
        CHECK(read6(text) == "no");
}

}  // namespace
}  // namespace rrdp
