// SPDX-License-Identifier: Apache-2.0
#include <rrdp/adapters/unix_datagram.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "adapters/conforms.hpp"

namespace rrdp {
namespace {

using adapters::unix_datagram;
using adapters::unix_options;

/// A folder of this test alone, which vanishes with it.
struct own_folder {
    own_folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "rrdp-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path = pattern;
    }
    own_folder(const own_folder&) = delete;
    own_folder& operator=(const own_folder&) = delete;
    ~own_folder() { std::filesystem::remove_all(path); }

    [[nodiscard]] std::string name() const { return (path / "cable").string(); }
    [[nodiscard]] std::size_t files() const {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator{path}) ++count;
        return count;
    }
    std::filesystem::path path;
};

/// A name that is no file, and that nobody else has.
std::string abstract_name() {
    static int number = 0;
    return "@rrdp-test-" + std::to_string(::getpid()) + '-' + std::to_string(number++);
}

struct cable {
    explicit cable(const std::string& name, const unix_options& o = {})
        : a{std::make_unique<unix_datagram>(name, o)},
          b{std::make_unique<unix_datagram>(name, o)} {}
    std::unique_ptr<unix_datagram> a, b;
};

bool send(unix_datagram& link, std::byte mark) {
    auto lease = link.lease(3);
    if (!lease) return false;
    for (std::byte& octet : lease->bytes()) octet = mark;
    lease->commit(3);
    return link.flush();
}

/// The mark of the next frame, 0 if there is none.
std::byte received(unix_datagram& link) {
    for (int looks = 0; looks < 3; ++looks)
        if (const auto frame = link.receive()) return frame->bytes()[0];
    return {};
}

std::string why_not(const std::string& name, const unix_options& o = {}) {
    try {
        const unix_datagram link{name, o};
        return "it opened";
    } catch (const std::system_error& e) {
        return e.what();
    }
}

/// A process that opens the name, says so, sends what it receives back, and lives until it is
/// killed, or, without `for_ever`, until a frame of zeros.
class other_process {
public:
    explicit other_process(const std::string& name) {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) live(name, ends[1]);
        ::close(ends[1]);
        char word = 0;
        REQUIRE(::read(ends[0], &word, 1) == 1);
        ::close(ends[0]);
        CHECK(word == 'o');
    }
    other_process(const other_process&) = delete;
    other_process& operator=(const other_process&) = delete;
    ~other_process() { kill(); }

    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        wait();
    }
    void wait() { ::waitpid(std::exchange(pid_, 0), nullptr, 0); }

private:
    [[noreturn]] static void live(const std::string& name, int told) {
        // A copy of the test's own socket would keep its place for ever.
        for (int fd = 3; fd < 256; ++fd)
            if (fd != told) ::close(fd);
        {
            ::alarm(20);
            std::optional<unix_datagram> link;
            try {
                link.emplace(name);
            } catch (const std::system_error&) {
                ::_exit(::write(told, "x", 1) == 1 ? 1 : 2);
            }
            if (::write(told, "o", 1) != 1) ::_exit(2);
            for (std::byte mark{1}; mark != std::byte{9};) {
                mark = received(*link);
                if (mark != std::byte{}) static_cast<void>(send(*link, mark));
                if (mark == std::byte{}) ::usleep(200);
            }
        }
        ::_exit(0);
    }

    pid_t pid_ = 0;
};

/// Whether the other process answers a frame within two seconds.
bool answers(unix_datagram& link, std::byte mark) {
    static_cast<void>(send(link, mark));
    for (int looks = 0; looks < 2'000; ++looks) {
        if (received(link) == mark) return true;
        ::usleep(1'000);
    }
    return false;
}

}  // namespace

TEST_CASE("unix_datagram: is a link, by a path and by an abstract name", "[adapters][unix]") {
    const own_folder folder;
    const std::string name = GENERATE(true, false) ? folder.name() : abstract_name();
    const auto max_frame = GENERATE(as<std::size_t>{}, 60, 9'014, 65'535);
    require_conformance(testing::link_conformance([&] {
                            return cable{name, {.max_frame = max_frame}};
                        }),
                        0);
}

TEST_CASE("unix_datagram: leaves no file behind", "[adapters][unix]") {
    const own_folder folder;
    const std::string name = folder.name();
    {
        //-- begin snippet open
        unix_datagram first{name};   // one end, at NAME.a
        unix_datagram second{name};  // the other, at NAME.b; as a rule in another process
        //-- end snippet
        CHECK(folder.files() == 2);
    }
    CHECK(folder.files() == 0);
}

TEST_CASE("unix_datagram: an end that is missing is silence, and an error until it comes",
          "[adapters][unix][R-16.4]") {
    const own_folder folder;
    const bool abstract = GENERATE(true, false);
    const std::string name = abstract ? abstract_name() : folder.name();
    unix_datagram first{name};
    CHECK(send(first, std::byte{1}));  // lost, and not in the way of what follows
    CHECK(first.statistics().refused == 1);
    CHECK(first.error().value() == (abstract ? ECONNREFUSED : ENOENT));
    std::optional<unix_datagram> second{std::in_place, name};
    CHECK(send(first, std::byte{2}));
    CHECK_FALSE(first.error());
    CHECK(received(*second) == std::byte{2});
    second.reset();
    CHECK(send(first, std::byte{3}));
    CHECK(first.statistics().refused == 2);
    second.emplace(name);
    CHECK(send(*second, std::byte{4}));
    CHECK(received(first) == std::byte{4});
}

TEST_CASE("unix_datagram: a third end is refused with a reason", "[adapters][unix]") {
    const own_folder folder;
    const std::string name = GENERATE(true, false) ? folder.name() : abstract_name();
    const cable ends{name};
    CHECK(why_not(name) == "unix " + name +
                               ": both ends are taken by other processes: "
                               "Address already in use");
}

TEST_CASE("unix_datagram: what cannot be opened is said in one line", "[adapters][unix]") {
    const own_folder folder;
    CHECK(why_not("") == "unix : a path is missing, or a name behind @: Invalid argument");
    CHECK(why_not("@") == "unix @: a path is missing, or a name behind @: Invalid argument");
    const std::string nowhere = (folder.path / "none" / "x").string();
    CHECK(why_not(nowhere) == "unix " + nowhere +
                                  ": cannot open the folder of the path: "
                                  "No such file or directory");
    const std::string far(120, 'x');
    CHECK(why_not(far) ==
          "unix " + far + ": the path is too long for a socket: File name too long");
    CHECK(why_not(folder.name(), {.batch = 0}).find("a batch has to hold") != std::string::npos);
    CHECK(why_not(folder.name(), {.max_frame = 0}).find("a frame has to") != std::string::npos);
    CHECK(why_not(folder.name(), {.batch = 1'025}).find("at most") != std::string::npos);
    CHECK(why_not(folder.name(), {.max_frame = std::size_t{1} << 32}).find("send buffer") !=
          std::string::npos);
    CHECK(why_not(folder.name() + '\0' + "x").find("a NUL ends the path") != std::string::npos);
    CHECK(folder.files() == 0);
}

TEST_CASE("unix_datagram: a stranger whose name begins like the peer's is a stranger",
          "[adapters][unix][R-16.2]") {
    const own_folder folder;
    const std::string name = GENERATE(false, true) ? abstract_name() : folder.name();
    unix_datagram link{name};
    sockaddr_un own{}, to{};
    own.sun_family = to.sun_family = AF_UNIX;
    (name + ".bee").copy(own.sun_path, sizeof own.sun_path - 1);
    (name + ".a").copy(to.sun_path, sizeof to.sun_path - 1);
    const auto head = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path));
    const auto length = head + static_cast<socklen_t>(name.size());
    const socklen_t end = name[0] == '@' ? 0 : 1;
    if (name[0] == '@') own.sun_path[0] = to.sun_path[0] = '\0';
    const void* const from = &own;
    const void* const at = &to;
    const int stranger = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(::bind(stranger, static_cast<const sockaddr*>(from), length + 4 + end) == 0);
    CHECK(::sendto(stranger, "hello", 5, 0, static_cast<const sockaddr*>(at), length + 2 + end) ==
          5);
    ::close(stranger);
    CHECK_FALSE(link.receive());
    CHECK(link.statistics().foreign == 1);
}

TEST_CASE("unix_datagram: a file that is no socket is left alone", "[adapters][unix]") {
    const own_folder folder;
    for (const char* place : {".a", ".b"}) std::ofstream{folder.name() + place} << "precious";
    CHECK(why_not(folder.name()).find("both ends are taken") != std::string::npos);
    CHECK(folder.files() == 2);
    CHECK(std::filesystem::file_size(folder.name() + ".a") == 8);
}

TEST_CASE("unix_datagram: frames of strangers and frames too long are dropped and counted",
          "[adapters][unix][R-16.2]") {
    const own_folder folder;
    cable ends{folder.name(), {.max_frame = 100}};
    const int stranger = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    (folder.name() + ".a").copy(to.sun_path, sizeof to.sun_path - 1);
    const void* const at = &to;
    CHECK(::sendto(stranger, "hello", 5, 0, static_cast<const sockaddr*>(at), sizeof to) == 5);
    const std::vector<std::byte> longer(101, std::byte{7});
    CHECK(::sendto(ends.b->native_handle(), longer.data(), longer.size(), 0,
                   static_cast<const sockaddr*>(at), sizeof to) == 101);
    ::close(stranger);
    CHECK(send(*ends.b, std::byte{8}));
    CHECK(received(*ends.a) == std::byte{8});
    CHECK(ends.a->statistics().foreign == 1);
    CHECK(ends.a->statistics().truncated == 1);
    CHECK(ends.a->statistics().received == 1);
}

TEST_CASE("unix_datagram: a full queue refuses and loses nothing", "[adapters][unix]") {
    cable ends{abstract_name()};
    int sent = 0;
    while (sent < 100'000 && send(*ends.a, std::byte{1})) ++sent;
    CHECK(sent < 100'000);
    int got = 0;
    for (int turns = 0; turns < 100'000 && got <= sent; ++turns) {
        got += received(*ends.b) != std::byte{};
        ends.a->flush();
    }
    CHECK(got == sent + 1);  // the last was kept back
    CHECK(ends.a->statistics().refused == 0);
}

TEST_CASE("unix_datagram: survives that either process is killed, in both orders of coming",
          "[adapters][unix]") {
    const own_folder folder;
    const std::string name = GENERATE(true, false) ? folder.name() : abstract_name();
    const bool we_come_first = GENERATE(true, false);
    std::optional<unix_datagram> here;
    if (we_come_first) here.emplace(name);
    std::optional<other_process> there{std::in_place, name};
    if (!we_come_first) here.emplace(name);
    CHECK(answers(*here, std::byte{1}));

    for (int restart = 0; restart < 3; ++restart) {
        there->kill();
        CHECK(send(*here, std::byte{2}));  // to nobody: silence
        CHECK(here->error().value() == ECONNREFUSED);
        there.emplace(name);
        CHECK(answers(*here, std::byte{3}));
        CHECK_FALSE(here->error());
    }
    here.reset();
    here.emplace(name);  // the same for our end, which ends normally
    CHECK(answers(*here, std::byte{4}));
    CHECK(answers(*here, std::byte{9}));  // it ends normally, too
    there->wait();
    here.reset();
    CHECK(folder.files() == 0);
}

TEST_CASE("unix_datagram: what a killed pair left behind is taken over", "[adapters][unix]") {
    const own_folder folder;
    {
        other_process one{folder.name()};
        other_process two{folder.name()};
    }
    CHECK(folder.files() == 2);  // they were killed
    {
        cable ends{folder.name()};
        CHECK(send(*ends.a, std::byte{5}));
        CHECK(received(*ends.b) == std::byte{5});
    }
    CHECK(folder.files() == 0);
}

}  // namespace rrdp
