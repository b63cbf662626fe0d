// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <string>
#include <vector>

#include <rrdp/adapters/simulated.hpp>
#include <rrdp/trace.hpp>

#include "support/catch.hpp"
#include "support/pcapng.hpp"

namespace {

using namespace std::chrono_literals;
using rrdp::adapters::capture_file;
using rrdp::adapters::qlog_fields;
using rrdp::adapters::qlog_file;
using rrdp::trace::event_counts;

using in_capture = rrdp::trace::capture_observer<capture_file>;

struct watched : rrdp::default_policy {
    using observer = rrdp::trace::observers<event_counts, rrdp::trace::qlog_observer, in_capture>;
};
using engine = rrdp::endpoint<watched>;

/// The texts between RS and LF; what stands elsewhere is a failure.
std::vector<std::string> records_of(const char* path) {
    const std::string all = pcapng::octets_of(path);
    std::vector<std::string> found;
    for (std::size_t at = 0; at < all.size();) {
        REQUIRE(all[at] == '\x1e');
        const std::size_t end = all.find('\n', at);
        REQUIRE(end != std::string::npos);
        found.push_back(all.substr(at + 1, end - at - 1));
        at = end + 1;
    }
    return found;
}

std::size_t count(const std::vector<std::string>& records, const std::string& part) {
    std::size_t n = 0;
    for (const std::string& r : records) n += r.find(part) != std::string::npos;
    return n;
}

/// Two engines over a lossy wire, observed in every way at once.
struct lossy_pair {
    static constexpr std::size_t messages = 300;

    lossy_pair()
        : a{{}, {.node = rrdp::node_id{1}, .address = address(0)}, rrdp::entropy{1, 2}},
          b{{}, {.node = rrdp::node_id{2}, .address = address(1)}, rrdp::entropy{3, 4}} {
        static_cast<rrdp::trace::qlog_observer&>(a.observer()).attach(log);
        static_cast<rrdp::trace::qlog_observer&>(b.observer()).attach(log);
        static_cast<in_capture&>(a.observer()).attach(capture, "a", address(0), address(1));
        wire.observe(&faults);
    }
    [[nodiscard]] rrdp::wire::mac_address address(std::size_t end) {
        return (end == 0 ? wire.a : wire.b).properties().address;
    }

    void run() {
        REQUIRE(a.add_node(rrdp::node_id{2}, address(1)) == rrdp::errc::ok);
        REQUIRE(b.add_node(rrdp::node_id{1}, address(0)) == rrdp::errc::ok);
        REQUIRE(b.listen(7) == rrdp::errc::ok);
        const auto id = a.connect(wire.time(), {.node = rrdp::node_id{2}, .port = 7});
        REQUIRE(id);
        const std::vector<std::byte> text(400);
        std::size_t sent = 0;
        for (int turn = 0; turn < 200'000 && received < messages; ++turn) {
            rrdp::pump(a, wire.a, wire.time());
            rrdp::pump(b, wire.b, wire.time());
            while (a.poll_event()) {}
            while (sent < messages && a.send(wire.time(), *id, text)) ++sent;
            while (const auto e = b.poll_event())
                while (b.receive(e->connection)) ++received;
            if (a.wants_transmit(wire.time()) || b.wants_transmit(wire.time())) continue;
            if (!wire.advance(a.next_timeout(), b.next_timeout())) break;
            a.handle_timeout(wire.time());
            b.handle_timeout(wire.time());
        }
        REQUIRE(received == messages);
        REQUIRE(log.flush());
        REQUIRE(capture.flush());
    }

    pcapng::temporary_path log_path, capture_path;
    qlog_file log{log_path.c_str(), {.title = "a \"lossy\" wire\n"}};
    capture_file capture{capture_path.c_str()};
    rrdp::adapters::captured_faults<qlog_file> faults{log, "wire"};
    rrdp::adapters::simulated wire{
        7, {.faults = {.loss = 0.1, .duplicate = 0.05}, .delay = 200us, .jitter = 100us}};
    engine a;
    engine b;
    std::size_t received = 0;
};

}  // namespace

TEST_CASE("trace: qlog, pcapng and counters say what the engine and the wire counted",
          "[adapters][trace][R-17.5]") {
    lossy_pair p;
    p.run();
    const auto& stats = p.a.stats();
    const auto& counts = static_cast<const event_counts&>(p.a.observer());
    const std::uint64_t again = stats.retransmissions_rto + stats.retransmissions_fast +
                                stats.retransmissions_rack + stats.retransmissions_tlp;
    REQUIRE(again > 10);
    const auto& far = p.b.stats();
    const auto& far_counts = static_cast<const event_counts&>(p.b.observer());
    REQUIRE(far.dropped(rrdp::drop_reason::duplicate) > 0);
    CHECK(counts.segments() == stats.frames_out);
    CHECK(counts.retransmissions() >= again);
    CHECK(far_counts.dropped(rrdp::drop_reason::duplicate) ==
          far.dropped(rrdp::drop_reason::duplicate));
    CHECK(counts.entered(rrdp::state::open) == 1);
    CHECK(counts.round_trips() > 20);
    CHECK(counts.rtt_per_mille(500) >= 400us);
    CHECK(counts.rtt_per_mille(500) <= counts.rtt_per_mille(990));

    const auto records = records_of(p.log_path.c_str());
    CHECK(count(records, R"("file_schema":"urn:ietf:params:qlog:file:sequential")") == 1);
    CHECK(records[0].find(R"("title":"a \"lossy\" wire\u000a")") != std::string::npos);
    CHECK(count(records, R"("name":"rrdp:segment_sent")") == stats.frames_out + far.frames_out);
    CHECK(count(records, R"("name":"rrdp:number_retransmitted")") ==
          counts.retransmissions() + far_counts.retransmissions());
    CHECK(count(records, R"("name":"rrdp:rtt_measured")") ==
          counts.round_trips() + far_counts.round_trips());
    CHECK(count(records, R"("name":"rrdp:segment_dropped")") == stats.dropped() + far.dropped());
    CHECK(count(records, R"("old":"syn_sent","new":"open")") == 1);
    using rrdp::adapters::direction;
    const auto& there = p.wire.statistics(direction::a_to_b);
    const auto& back = p.wire.statistics(direction::b_to_a);
    REQUIRE(there.lost > 10);
    CHECK(count(records, R"("comment":"dropped: loss")") == there.lost + back.lost);
    CHECK(count(records, R"("comment":"duplicated")") == there.duplicated + back.duplicated);

    const auto file = pcapng::read(p.capture_path.c_str());
    REQUIRE(file.records.size() == stats.frames_out);
    CHECK(file.interfaces[0].name == "a");
    for (const auto& r : file.records) {
        CHECK(r.way == 2);
        CHECK(r.frame.substr(12, 2) == "\x88\xb6");
    }
}

TEST_CASE("qlog_file: a segment is told by its fields, and its header as it stands",
          "[adapters][trace]") {
    const pcapng::temporary_path path;
    {
        qlog_file log{path.c_str()};
        const auto at = log.add_interface({.name = "x"});
        std::array<std::byte, 64> frame{};
        rrdp::store_be16(frame, 12, 0x88b6);
        const std::array<unsigned, 16> data{0x43, 7, 0,    9, 0, 7,    0,   2,
                                            1,    2, 0xff, 0, 0, 0x12, 'h', 'i'};
        for (std::size_t i = 0; i < data.size(); ++i)
            frame[14 + i] = static_cast<std::byte>(data[i]);
        log.write({.interface = at,
                   .time = rrdp::instant{1'234'567ns},
                   .frame = frame,
                   .way = rrdp::adapters::capture_way::received});
        log.write({.interface = at, .time = rrdp::instant{2s}, .frame = {}, .comment = "odd\xff"});
        CHECK(log.events() == 2);
    }
    const auto records = records_of(path.c_str());
    REQUIRE(records.size() == 3);
    CHECK(records[1] ==
          R"({"time":1.234567,"name":"rrdp:segment_received","data":{"interface":"x",)"
          R"("destination":"00:00:00:00:00:00","source":"00:00:00:00:00:00","flags":"ACK",)"
          R"("source_port":9,"destination_port":7,"data_length":2,"sequence":258,)"
          R"("acknowledgement":65280,"raw":{"length":64,"data":)"
          R"("43070009000700020102ff000012"}}})");
    CHECK(records[2].starts_with(R"({"time":2000.000000,"name":"rrdp:frame_fault","data":{)"
                                 R"("comment":"odd\u00ff","interface":"x","unreadable":)"));
}

TEST_CASE("qlog_file: what cannot be written is counted, and is no trouble", "[adapters][trace]") {
    CHECK_THROWS_AS(qlog_file{"/nowhere/at/all"}, std::system_error);
    qlog_file log{"/dev/full"};
    for (std::uint32_t i = 0; i < 2'000; ++i)
        log.event(rrdp::instant{}, "rrdp:test", [&](qlog_fields& f) { f.add("number", i); });
    CHECK_FALSE(log.flush());
    CHECK(log.error() == std::errc::no_space_on_device);
    CHECK(log.events() == 0);
    CHECK(log.missed() == 2'000);
}

TEST_CASE("event_counts: a share of round trips is told to an eighth", "[trace]") {
    event_counts counts;
    for (int i = 1; i <= 1'000; ++i) counts.on_rtt({}, 0, i * 1us);
    for (const std::uint64_t share : {1U, 10U, 100U, 500U, 900U, 999U, 1'000U}) {
        const rrdp::duration exact = static_cast<int>(share) * 1us;
        CHECK(counts.rtt_per_mille(share) >= exact);
        CHECK(counts.rtt_per_mille(share) <= exact * 9 / 8);
    }
    CHECK(counts.rtt_per_mille(1'000) == 1ms);
    CHECK(event_counts{}.rtt_per_mille(500) == rrdp::duration{});
}
