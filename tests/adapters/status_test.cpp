// SPDX-License-Identifier: Apache-2.0
#include <rrdp/trace/status_file.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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

/// Processes that begin in the same instant, and live until they are killed. Each says one letter.
class family {
public:
    template <class Life>
    family(int size, Life life) {
        int start[2], said[2];
        REQUIRE((::pipe(start) == 0 && ::pipe(said) == 0));
        for (int i = 0; i < size; ++i) {
            const pid_t child = ::fork();
            if (child == 0) {
                ::close(start[1]);
                char none = 0;
                static_cast<void>(::read(start[0], &none, 1));  // until all of them are there
                const auto [letter, what] = life(i);
                static_cast<void>(::write(said[1], &letter, 1));
                ::close(said[1]);
                for (;;) ::pause();
            }
            REQUIRE(child > 0);
            children_.push_back(child);
        }
        ::close(start[0]);
        ::close(start[1]);
        ::close(said[1]);
        char letter = 0;
        while (::read(said[0], &letter, 1) == 1) answers_ += letter;
        ::close(said[0]);
    }
    family(const family&) = delete;
    family& operator=(const family&) = delete;
    ~family() { killed(); }

    [[nodiscard]] const std::string& answers() const noexcept { return answers_; }
    /// How many died of it.
    int killed() const {
        int dead = 0;
        for (const pid_t child : std::exchange(children_, {})) {
            int status = 0;
            ::kill(child, SIGKILL);
            dead += ::waitpid(child, &status, 0) == child && WIFSIGNALED(status);
        }
        return dead;
    }

private:
    mutable std::vector<pid_t> children_;
    std::string answers_;
};

/// '+' and the file of a name, or '-': another has it.
std::pair<char, std::unique_ptr<status_file>> holds(const std::string& path) {
    try {
        return {'+', std::make_unique<status_file>(path)};
    } catch (const std::system_error& e) {
        return {e.code() == std::errc::device_or_resource_busy ? '-' : '!', nullptr};
    }
}

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

TEST_CASE("status: a name is one object's, and free when that or its process has gone",
          "[adapters][trace]") {
    const temporary_folder folder;
    const std::string path = folder.file("taken");
    std::optional<status_file> first{std::in_place, path};
    const std::string own = read(path);
    REQUIRE(own.find("rrdp_process_id{name=\"taken\"} ") != own.npos);
    std::string said;
    try {
        const status_file second{path};
    } catch (const std::system_error& e) {
        CHECK(e.code() == std::errc::device_or_resource_busy);
        said = e.what();
    }
    CHECK(said.find(path + ": process " + std::to_string(::getpid()) + " has it") == 0);
    CHECK(read(path) == own);
    first.reset();
    CHECK_NOTHROW(status_file{path});
    std::ofstream{path} << "something else";
    CHECK_NOTHROW(status_file{path});
    std::filesystem::create_directory(path);
    CHECK_THROWS_AS(status_file{path}, std::system_error);
    CHECK(std::filesystem::is_directory(path));
}

TEST_CASE("status: what a killed process has left is taken", "[adapters][trace]") {
    const temporary_folder folder;
    const std::string path = folder.file("left");
    const family children{1, [&](int) { return holds(path); }};
    REQUIRE(children.answers() == "+");
    CHECK_THROWS_AS(status_file{path}, std::system_error);
    REQUIRE(children.killed() == 1);
    REQUIRE(std::filesystem::exists(path));
    std::ofstream{path + ".new"} << "and what it was writing";
    {
        const status_file mine{path};
        CHECK(count(read(path), "} " + std::to_string(::getpid()) + "\n") == 1);
    }
    CHECK(std::filesystem::is_empty(folder.path));
}

TEST_CASE("status: of those who want a name in the same instant one gets it", "[adapters][trace]") {
    const temporary_folder folder;
    for (int round = 0; round < 6; ++round) {
        const std::string path = folder.file("wanted");
        if (round % 2 == 1) std::ofstream{path} << "a dead process's";
        const family children{4, [&](int) { return holds(path); }};
        INFO("round " << round);
        REQUIRE(count(children.answers(), "+") == 1);
        REQUIRE(children.killed() == 4);
        std::filesystem::remove(path);
    }
}

TEST_CASE("status: who has lost his file writes it again, but not over another's",
          "[adapters][trace]") {
    const temporary_folder folder;
    const std::string path = folder.file("lost");
    two_ends p;
    std::optional<status_file> mine{std::in_place, path};
    std::filesystem::remove(path);
    mine->publish(p.a, rrdp::instant{1s});
    CHECK(mine->error_number() == 0);
    CHECK(count(read(path), "rrdp_connections{name=\"lost\"} 0\n") == 1);
    std::filesystem::remove(path);
    const status_file other{path};
    const std::string text = read(path);
    mine->publish(p.a, rrdp::instant{2s});
    CHECK(mine->error_number() == EBUSY);
    CHECK(read(path) == text);
    mine.reset();
    CHECK(read(path) == text);
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
