// SPDX-License-Identifier: Apache-2.0
#include <rrdp/trace/status_file.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <rrdp/adapters/simulated.hpp>

#include "support/catch.hpp"

namespace {

using namespace std::chrono_literals;
using rrdp::trace::status_file;
using rrdp::trace::status_text;
using engine = rrdp::endpoint<>;

std::string read(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// A folder that goes with the test.
struct temporary_folder {
    temporary_folder() {
        std::string pattern = std::filesystem::temp_directory_path() / "rrdp-status-XXXXXX";
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path = pattern;
    }
    ~temporary_folder() { std::filesystem::remove_all(path); }
    [[nodiscard]] std::string file(const char* name) const { return path / name; }
    std::filesystem::path path;
};

/// Two engines, one of them connected to the other by a hundred and one connections.
struct two_ends {
    static constexpr rrdp::capacities room{
        .connections = 128, .rings = 128, .segments = 1'024, .nodes = 4};

    two_ends()
        : a{room, node(1, wire.a), rrdp::entropy{1, 2}},
          b{room, node(2, wire.b), rrdp::entropy{3, 4}} {
        REQUIRE(a.add_node(rrdp::node_id{2}, wire.b.properties().address) == rrdp::errc::ok);
        REQUIRE(b.add_node(rrdp::node_id{1}, wire.a.properties().address) == rrdp::errc::ok);
        REQUIRE(b.listen(7) == rrdp::errc::ok);
    }
    template <class Link>
    static rrdp::node_options<engine::framing> node(std::uint16_t number, Link& link) {
        rrdp::node_options<engine::framing> o;
        o.node = rrdp::node_id{number};
        o.address = link.properties().address;
        return o;
    }
    void connect(int times) {
        const std::uint64_t wanted =
            a.stats().connections_opened + static_cast<std::uint64_t>(times);
        for (int i = 0; i < times; ++i)
            REQUIRE(a.connect(wire.time(), {.node = rrdp::node_id{2}, .port = 7}));
        for (int turn = 0; turn < 10'000 && a.stats().connections_opened < wanted; ++turn) {
            rrdp::pump(a, wire.a, wire.time());
            rrdp::pump(b, wire.b, wire.time());
            while (b.poll_event()) {}
            if (a.wants_transmit(wire.time()) || b.wants_transmit(wire.time())) continue;
            if (!wire.advance(a.next_timeout(), b.next_timeout())) break;
            a.handle_timeout(wire.time());
            b.handle_timeout(wire.time());
        }
        REQUIRE(a.stats().connections_opened == wanted);
    }

    rrdp::adapters::simulated wire{1, {.delay = 100us}};
    engine a;
    engine b;
};

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
    return n;
}

}  // namespace

TEST_CASE("status: the text has every counter, and the connections that there are",
          "[adapters][trace][R-19.1][R-19.2]") {
    two_ends p;
    status_text text{"one"};
    text.add(p.a);
    CHECK(count(text.text(), "rrdp_connection_") == 0);
    p.connect(1);
    text.clear();
    text.add(p.a);
    const auto& s = p.a.stats();
    const auto has = [&](const std::string& line) {
        INFO(line);
        CHECK(count(text.text(), line + '\n') == 1);
    };
    for (const auto& c : rrdp::trace::counter_names)
        has("rrdp_" + std::string{c.name} + "_total{name=\"one\"} " + std::to_string(s.*c.value));
    for (std::size_t i = 0; i < rrdp::drop_reasons; ++i)
        has(std::string{"rrdp_drops_total{name=\"one\",reason=\""} +
            rrdp::name(static_cast<rrdp::drop_reason>(i)) + "\"} 0");
    has("rrdp_connections{name=\"one\"} 1");
    CHECK(count(text.text(), "rrdp_connection_srtt_seconds{name=\"one\",node=\"2\",port=\"7\",") ==
          1);
    CHECK(count(text.text(), ",state=\"open\"} ") == 8);
    CHECK(s.frames_out > 0);
}

TEST_CASE("status: every number of the statistics is in the table of names", "[adapters][trace]") {
    // What is not one number each: drops, resets (3), messages (2), zero_window_time.
    constexpr std::size_t others = sizeof(rrdp::statistics::drops) +
                                   3 * sizeof(rrdp::reset_counters) +
                                   2 * sizeof(rrdp::message_counters) + sizeof(rrdp::duration);
    STATIC_REQUIRE(sizeof(rrdp::statistics) ==
                   others + rrdp::trace::counter_names.size() * sizeof(std::uint64_t));
}

TEST_CASE("status: of very many connections a hundred are told", "[adapters][trace]") {
    two_ends p;
    p.connect(101);
    status_text text{"many"};
    text.add(p.a);
    CHECK(count(text.text(), "rrdp_connection_rto_seconds{") == status_text::connections_max);
    CHECK(count(text.text(), "rrdp_connections{name=\"many\"} 101\n") == 1);
}

TEST_CASE("status: an aborted connection is shown until its end is told", "[adapters][endpoint]") {
    two_ends p;
    p.connect(2);
    std::vector<rrdp::connection_id> seen;
    const auto look = [&] {
        seen.clear();
        p.a.for_each_connection([&](rrdp::connection_id id) { seen.push_back(id); });
    };
    look();
    REQUIRE(seen.size() == 2);
    REQUIRE(p.a.info(seen[0]));
    REQUIRE(p.a.abort(p.wire.time(), seen[0]) == rrdp::errc::ok);
    const rrdp::connection_id stays = seen[1];
    while (p.a.poll_event()) {}
    look();
    REQUIRE(seen.size() == 1);
    CHECK(seen[0] == stays);
}

TEST_CASE("status: two lines in a loop are all it takes", "[adapters][trace]") {
    const temporary_folder folder;
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path);
    two_ends p;
    auto& engine = p.a;
    const rrdp::instant now{1s};
    //-- begin snippet
    rrdp::trace::status_file status{"./web.prom"};  // or "web": /dev/shm/rrdp-web.prom
    //-- end snippet
    //-- begin snippet loop
    status.publish(engine, now);  // in the loop: does nothing until a second has passed
    //-- end snippet
    CHECK(count(read(status.path()), "rrdp_connections{name=\"web\"} 0\n") == 1);
    std::filesystem::current_path(before);
}

TEST_CASE("status: the file is replaced once a second, and goes with its object",
          "[adapters][trace]") {
    const temporary_folder folder;
    const std::string path = folder.file("web.prom");
    two_ends p;
    {
        status_file file{path};
        CHECK(file.path() == path);
        file.publish(p.a, rrdp::instant{5s});
        const std::string first = read(path);
        CHECK(count(first, "rrdp_running_seconds{name=\"web\"} 0\n") == 1);
        CHECK(file.due() == rrdp::instant{6s});
        p.connect(1);
        file.publish(p.a, rrdp::instant{5999ms});
        CHECK(read(path) == first);
        file.publish(p.a, rrdp::instant{6s});
        CHECK(count(read(path), "rrdp_running_seconds{name=\"web\"} 1\n") == 1);
        CHECK(count(read(path), "rrdp_connections_opened_total{name=\"web\"} 1\n") == 1);
        CHECK(file.error_number() == 0);
        CHECK(std::distance(std::filesystem::directory_iterator{folder.path}, {}) == 1);
    }
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("status: a name is taken while its process lives, and free afterwards",
          "[adapters][trace]") {
    const temporary_folder folder;
    const std::string path = folder.file("taken");
    const auto left_by = [&](const std::string& process) {
        std::ofstream{path} << "# TYPE rrdp_process_id gauge\nrrdp_process_id{name=\"taken\"} "
                            << process << "\n";
    };
    left_by("1");  // init lives
    CHECK_THROWS_AS(status_file{path}, std::system_error);
    left_by("99999999");  // no process has such a number
    CHECK_NOTHROW(status_file{path});
    left_by("1");
    const timespec long_ago[2] = {{.tv_sec = 1, .tv_nsec = 0}, {.tv_sec = 1, .tv_nsec = 0}};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), long_ago, 0) == 0);
    CHECK_NOTHROW(status_file{path});  // of another process 1, before this machine was started
    std::ofstream{path} << "something else";
    CHECK_NOTHROW(status_file{path});
}

TEST_CASE("status: a trap under the name of the draft is removed, not followed",
          "[adapters][trace]") {
    const temporary_folder folder;
    const std::string path = folder.file("web"), victim = folder.file("victim");
    std::ofstream{victim} << "precious";
    std::filesystem::create_symlink(victim, path + ".new");
    std::filesystem::create_symlink(victim, path);
    const status_file file{path};
    CHECK(read(victim) == "precious");
    CHECK(std::filesystem::is_regular_file(std::filesystem::symlink_status(path)));
}

TEST_CASE(
    "status: what is wrong with a name is told, and a lost folder is no trouble of the engine",
    "[adapters][trace]") {
    for (const char* bad : {"", "a b", "\"", "a\n"})
        CHECK_THROWS_AS(status_file{bad}, std::invalid_argument);
    CHECK(status_file::path_of("web") == "/dev/shm/rrdp-web.prom");
    CHECK(status_file::path_of("./web") == "./web");
    CHECK_THROWS_AS(status_file{"/nowhere/at/all"}, std::system_error);
    two_ends p;
    const temporary_folder folder;
    status_file file{folder.file("web")};
    std::filesystem::remove_all(folder.path);
    file.publish(p.a, rrdp::instant{1s});
    CHECK(file.error_number() == ENOENT);
}
