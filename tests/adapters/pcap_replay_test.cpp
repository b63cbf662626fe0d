// SPDX-License-Identifier: Apache-2.0
#include <rrdp/adapters/capture_file.hpp>
#include <rrdp/adapters/captured.hpp>
#include <rrdp/adapters/loopback.hpp>
#include <rrdp/adapters/pcap_replay.hpp>
#include <rrdp/link/pump.hpp>
#include <rrdp/testing/test_frame.hpp>

#include "support/catch.hpp"
#include "support/pcapng.hpp"

namespace rrdp {

using namespace std::chrono_literals;
using adapters::capture_file;
using adapters::loopback;
using adapters::pcap_replay;

namespace {

constexpr wire::mac_address at_a{{2, 0, 0, 0, 0, 0xa}};
constexpr wire::mac_address at_b{{2, 0, 0, 0, 0, 0xb}};
constexpr wire::mac_address everybody{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

std::vector<std::byte> test_frame(const wire::mac_address& from, const wire::mac_address& to,
                                  std::size_t size, std::size_t number) {
    std::vector<std::byte> frame(size);
    testing::write_test_frame(frame, {from, to}, number);
    return frame;
}

void write_octets(const char* path, const std::string& octets) {
    std::ofstream{path, std::ios::binary} << octets;
}

std::string little(std::uint64_t number, int octets) {
    std::string text;
    for (int i = 0; i < octets; ++i) text += static_cast<char>(number >> 8 * i & 0xff);
    return text;
}

/// A classic pcap file, with microseconds or nanoseconds.
std::string classic(std::uint32_t magic, std::uint32_t link_type, std::size_t frames,
                    std::uint32_t missing = 0) {
    std::string text = little(magic, 4) + little(2, 2) + little(4, 2) + little(0, 8) +
                       little(65'535, 4) + little(link_type, 4);
    for (std::size_t i = 0; i < frames; ++i)
        text += little(i, 4) + little(7, 4) + little(60 - missing, 4) + little(60, 4) +
                std::string(60 - missing, 'x');
    return text;
}
constexpr std::uint32_t with_nanoseconds = 0xa1b23c4d;
constexpr std::uint32_t with_microseconds = 0xa1b2c3d4;

std::string complaint(const char* path) {
    try {
        pcap_replay{path};
        return {};
    } catch (const std::system_error& why) {
        return why.what();
    }
}

/// Three frames to b and one from it, at 5 s, 5 s + 1 ns, 4 s and 7 s.
void write_conversation(const char* path) {
    capture_file file{path};
    const auto a = file.add_interface({"a", at_a});
    const auto b = file.add_interface({"b", at_b});
    file.write({.interface = a, .time = instant{5s}, .frame = test_frame(at_a, at_b, 60, 1)});
    file.write(
        {.interface = b, .time = instant{5s + 1ns}, .frame = test_frame(at_a, everybody, 61, 2)});
    file.write({.interface = b, .time = instant{4s}, .frame = test_frame(at_b, at_a, 62, 3)});
    file.write({.interface = a, .time = instant{7s}, .frame = test_frame(at_a, at_b, 9'014, 4)});
}

/// The lengths of the frames that come until `end`, with the moments at which they came.
std::vector<std::pair<std::size_t, instant>> replayed(pcap_replay& replay, instant begin) {
    std::vector<std::pair<std::size_t, instant>> seen;
    for (instant now = begin; !replay.done() && seen.size() < 100;) {
        replay.set_time(now);
        while (const auto frame = replay.receive()) seen.emplace_back(frame->bytes().size(), now);
        if (const auto due = replay.next_due()) now = *due;
    }
    return seen;
}

}  // namespace

TEST_CASE("pcap_replay: what was captured arrives again, octet for octet",
          "[adapters][pcap_replay]") {
    const pcapng::temporary_path path;
    {
        loopback wire{{.max_frame = 9'014}};
        capture_file file{path.c_str()};
        adapters::captured a{wire.a, file, "a"};
        for (std::size_t size = 14; size <= 9'014; size += 25) {
            a.set_time(instant{1us * size});
            auto lease = a.lease(size);
            REQUIRE(lease);
            testing::write_test_frame(lease->bytes().first(size), {at_a, at_b}, size);
            lease->commit(size);
            while (wire.b.receive()) {}
        }
    }
    pcap_replay replay{path.c_str()};
    std::size_t size = 14;
    for (; size <= 9'014; size += 25) {
        replay.set_time(instant{1us * size});
        const auto frame = replay.receive();
        REQUIRE(frame);
        REQUIRE(testing::is_test_frame(frame->bytes(), size, {at_a, at_b}, size));
        REQUIRE(!replay.receive());  // one at a time, and the next is not due
    }
    CHECK(replay.done());
    CHECK(!replay.error());
    CHECK(!replay.next_due());
    CHECK(replay.statistics().replayed == 361);
}

TEST_CASE("pcap_replay: frames come at the distances at which they were captured",
          "[adapters][pcap_replay]") {
    const pcapng::temporary_path path;
    write_conversation(path.c_str());
    pcap_replay replay{path.c_str()};
    CHECK(!replay.receive());  // before it is told what time it is
    const instant begin{1h};
    const auto seen = replayed(replay, begin);
    // one that was captured before its predecessor comes together with it
    const std::vector<std::pair<std::size_t, instant>> expected{
        {60, begin}, {61, begin + 1ns}, {62, begin + 1ns}, {9'014, begin + 2s}};
    CHECK(seen == expected);

    pcap_replay at_once{path.c_str(), {.in_time = false}};
    CHECK(replayed(at_once, begin).back() == std::pair{std::size_t{9'014}, begin});
    pcap_replay late{path.c_str()};
    late.set_time(begin);
    late.set_time(begin + 1h);
    late.set_time(begin);  // does not go back
    for (int i = 0; i < 4; ++i) CHECK(late.receive());
}

TEST_CASE("pcap_replay: one side of a conversation is replayed", "[adapters][pcap_replay]") {
    const pcapng::temporary_path path;
    write_conversation(path.c_str());
    pcap_replay to_b{path.c_str(), {.station = at_b, .in_time = false}};
    CHECK(to_b.properties().address == at_b);
    CHECK(replayed(to_b, {}).size() == 3);
    CHECK(to_b.statistics().others == 1);
    pcap_replay to_a{path.c_str(), {.station = at_a, .in_time = false}};
    CHECK(replayed(to_a, {}).size() == 1);
    pcap_replay from_b{path.c_str(), {.peer = at_b, .in_time = false}};
    CHECK(replayed(from_b, {}).size() == 1);
    pcap_replay none{path.c_str(), {.station = at_b, .peer = at_b}};
    CHECK(none.done());
    CHECK(none.statistics().others == 4);
    pcap_replay shorter{path.c_str(), {.in_time = false, .max_frame = 1'514}};
    CHECK(replayed(shorter, {}).size() == 3);
    CHECK(shorter.statistics().overlong == 1);
}

TEST_CASE("pcap_replay: what is sent goes nowhere and is counted", "[adapters][pcap_replay]") {
    const pcapng::temporary_path path;
    write_conversation(path.c_str());
    pcap_replay replay{path.c_str()};
    {
        auto lease = replay.lease(100);
        REQUIRE(lease);
        CHECK(lease->bytes().size() == 100);
        CHECK(!replay.lease(1));
        auto moved = std::move(*lease);
        moved.commit(60);
    }
    replay.lease(60)->commit(0);
    static_cast<void>(replay.lease(60));
    CHECK(replay.lease(9'018));
    CHECK(!replay.lease(9'019));
    CHECK(!replay.lease(~std::size_t{0}));
    CHECK(replay.statistics().swallowed == 1);
}

TEST_CASE("pcap_replay: microseconds are read too, and their frames are not later",
          "[adapters][pcap_replay]") {
    const pcapng::temporary_path path;
    const auto magic = GENERATE(with_nanoseconds, with_microseconds);
    write_octets(path.c_str(), classic(magic, 1, 3));
    pcap_replay replay{path.c_str()};
    CHECK(replayed(replay, {}).back() == std::pair{std::size_t{60}, instant{2s}});
    CHECK(!replay.error());
}

TEST_CASE("pcap_replay: what is no capture of Ethernet is refused in one line",
          "[adapters][pcap_replay]") {
    struct file {
        std::string octets;
        const char* says;
    };
    const std::string section = little(0x0a0d0d0a, 4);
    const std::string order = little(0x1a2b3c4d, 4);
    const auto f = GENERATE_COPY(values<file>({
        {"", "truncated dump file"},
        {"\xd4\xc3", "truncated dump file"},
        {"Dear reader, this is not a capture at all.", "unknown file format"},
        {classic(with_nanoseconds, 1, 1).substr(0, 20), "truncated dump file"},
        {classic(with_nanoseconds, 113, 1), "not a capture of Ethernet frames, but of LINUX_SLL"},
        {classic(with_nanoseconds, 147, 1),
         "not a capture of Ethernet frames, but of something unknown"},
        {section, "unknown file format"},
        {section + little(28, 4) + order, "truncated"},
        {section + little(0xffff'fff0, 4) + order + std::string(100, '\0'), ""},
    }));
    const pcapng::temporary_path path;
    write_octets(path.c_str(), f.octets);
    const std::string said = complaint(path.c_str());
    CAPTURE(said, f.says);
    CHECK(said.starts_with(std::string{path.c_str()} + ": "));
    CHECK(said.find(f.says) != std::string::npos);
    CHECK(said.find('\n') == std::string::npos);
    CHECK(said.find(path.c_str(), 1) == std::string::npos);  // the name is said once
    CHECK(complaint("/nowhere/x.pcap") ==
          "/nowhere/x.pcap: cannot be read: No such file or directory");
}

TEST_CASE("pcap_replay: where a capture breaks off there is an error and silence",
          "[adapters][pcap_replay]") {
    const pcapng::temporary_path path;
    const bool classical = GENERATE(true, false);
    if (classical) {
        write_octets(path.c_str(), classic(with_nanoseconds, 1, 3).substr(0, 24 + 2 * 76 + 40));
    } else {
        write_conversation(path.c_str());
        const std::string whole = pcapng::octets_of(path.c_str());
        write_octets(path.c_str(), whole.substr(0, whole.size() - 9'000));
    }
    const std::size_t before = classical ? 2 : 3;
    pcap_replay replay{path.c_str(), {.in_time = false}};
    CHECK(!replay.error());
    CHECK(replay.complaint().empty());
    CHECK(replayed(replay, {}).size() == before);
    CHECK(replay.error() == std::errc::bad_message);
    CHECK(replay.complaint().starts_with("after " + std::to_string(before) + " frames: truncated"));
    CHECK(!replay.receive());
    CHECK(replay.done());
    CHECK(replay.lease(100));
}

TEST_CASE("pcap_replay: frames that the capture has not all of are skipped",
          "[adapters][pcap_replay]") {
    const pcapng::temporary_path path;
    write_octets(path.c_str(),
                 classic(with_nanoseconds, 1, 3, 1) + classic(with_nanoseconds, 1, 2).substr(24));
    pcap_replay replay{path.c_str()};
    CHECK(replay.frame_number() == 4);
    CHECK(replayed(replay, {}).size() == 2);
    CHECK(replay.statistics().cut == 3);
}

TEST_CASE("pcap_replay: pump replays into an engine in virtual time", "[adapters][pcap_replay]") {
    struct hearer {
        void handle_frame(instant now, octets_view) { heard.push_back(now); }
        void handle_timeout(instant) {}
        bool wants_transmit(instant) const { return answers != 0; }
        std::optional<std::size_t> poll_transmit(instant, octets) {
            --answers;
            return 60;
        }
        std::optional<instant> next_timeout() const { return std::nullopt; }
        std::vector<instant> heard;
        int answers = 2;
    } engine;
    const pcapng::temporary_path path;
    write_conversation(path.c_str());
    pcap_replay replay{path.c_str(), {.station = at_b}};
    instant now{1s};
    while (!replay.done()) {
        pump(engine, replay, now);
        now = replay.next_due().value_or(now);
    }
    CHECK(engine.heard == std::vector{instant{1s}, instant{1s + 1ns}, instant{3s}});
    CHECK(replay.statistics().swallowed == 2);
}

}  // namespace rrdp
