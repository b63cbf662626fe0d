// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include <rrdp/adapters/pcap_replay.hpp>

#include "../examples/tools/support/frame_lines.hpp"
#include "check.hpp"

/// Any octets, read as a capture by the replay and by rrdp-dump: both end, see the same frames, say
/// in one line what is wrong, and hand out no octet that the file does not have.
namespace rrdp {
namespace {

using adapters::pcap_replay;
using adapters::replay_options;
using fuzz::check;

/// The octets as a file that has no name in any folder.
class file_in_memory {
public:
    file_in_memory(const std::uint8_t* data, std::size_t size)
        : fd_{::memfd_create("capture", MFD_CLOEXEC)} {
        check(fd_ >= 0 && ::write(fd_, data, size) == static_cast<ssize_t>(size), "a file");
        path_ = "/proc/self/fd/" + std::to_string(fd_);
    }
    file_in_memory(const file_in_memory&) = delete;
    file_in_memory& operator=(const file_in_memory&) = delete;
    ~file_in_memory() { ::close(fd_); }

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    int fd_;
    std::string path_;
};

void is_one_line(const std::string& text) {
    check(!text.empty() && text.find('\n') == std::string::npos, "a complaint is one line");
}

struct seen {
    bool opened = false;
    std::uint64_t frames = 0;  ///< in the file
    std::uint64_t replayed = 0;
    bool broken = false;

    friend bool operator==(const seen&, const seen&) = default;
};

/// Sums octets, so that each is read.
unsigned sum(octets_view octets) {
    unsigned total = 0;
    for (const std::byte b : octets) total += std::to_integer<unsigned>(b);
    return total;
}

seen by_savefile(const std::string& path) {
    seen s;
    try {
        adapters::detail::savefile file{path};
        s.opened = true;
        while (const auto frame = file.next()) {
            check(frame->number == ++s.frames, "frames are numbered");
            check(frame->time >= duration{}, "no time is before 1970");
            static_cast<void>(sum(frame->octets));
        }
        check(!file.next(), "the end is the end");
        s.broken = file.failed();
        check(s.broken != file.complaint().empty(), "what failed is said");
        if (s.broken) is_one_line(file.complaint());
    } catch (const std::runtime_error& why) {
        is_one_line(why.what());
    }
    return s;
}

/// A frame is handed out: the link has no other until it is gone, and room all the same.
void use(pcap_replay& replay, const replay_options& options) {
    const std::uint64_t number = replay.frame_number();
    {
        const auto frame = replay.receive();
        check(frame.has_value(), "what is due arrives");
        const octets_view octets = frame->bytes();
        check(octets.size() >= 14 && octets.size() <= options.max_frame, "a frame has a size");
        check(!replay.receive(), "one frame at a time");
        auto lease = replay.lease(octets.size());
        check(lease && lease->bytes().size() == octets.size(), "there is room for it");
        copy_octets(octets, lease->bytes());
        lease->commit(octets.size());
    }
    check(replay.done() || replay.frame_number() > number, "frames follow each other");
}

seen by_replay(const std::string& path, const replay_options& options, instant begin) {
    seen s;
    try {
        pcap_replay replay{path, options};
        s.opened = true;
        check(options.in_time ? !replay.receive() : true, "nothing is due before there is a time");
        replay.set_time(begin);
        instant now = begin;
        while (const auto due = replay.next_due()) {
            check(*due >= now, "no frame is due before the one before");
            now = *due;
            replay.set_time(now);
            use(replay, options);
        }
        check(replay.done() && !replay.receive(), "the end is the end");
        const auto& c = replay.statistics();
        s.replayed = c.replayed;
        s.frames = c.replayed + c.others + c.cut + c.overlong;
        s.broken = static_cast<bool>(replay.error());
        check(s.broken != replay.complaint().empty(), "what failed is said");
        if (s.broken) is_one_line(replay.complaint());
    } catch (const std::system_error& why) {
        is_one_line(why.what());
    }
    return s;
}

/// As rrdp-dump does it. The reading of frames is asked of the fuzzer with `decode`, too.
void by_dump(const std::string& path, bool raw_ip) {
    try {
        tools::capture file{path};
        tools::frame_lines lines{{.data = true, .raw_ip = raw_ip}};
        while (const auto frame = file.next()) {
            const std::string* const line = lines.of(*frame);
            if (line == nullptr) continue;
            check(line->front() == '{' && line->back() == '}', "a line is an object");
            for (const char c : *line) check(c >= ' ' && c <= '~', "a line is one, and is text");
        }
    } catch (const tools::failure& why) {
        check(why.status() == tools::exit_status::failed, "it is the file's fault");
    }
}

void read(const file_in_memory& file) {
    const seen plain = by_savefile(file.path());
    replay_options options{.in_time = false, .max_frame = 1'514};
    const seen fast = by_replay(file.path(), options, instant{});
    options.in_time = true;
    const seen timed = by_replay(file.path(), options, instant{std::chrono::hours{1}});
    check(fast == timed, "how fast it is replayed changes nothing");
    check(plain.opened == fast.opened && plain.frames == fast.frames && plain.broken == fast.broken,
          "all readers see the same file");
    options.station = {{2, 0, 0, 0, 0, 2}};
    options.peer = {{2, 0, 0, 0, 0, 1}};
    const seen ours = by_replay(file.path(), options, instant::max() - std::chrono::seconds{1});
    check(ours.frames == plain.frames && ours.replayed <= fast.replayed, "fewer are for us");
    by_dump(file.path(), false);
    by_dump(file.path(), true);
}

}  // namespace
}  // namespace rrdp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 16'384) return 0;
    rrdp::read({data, size});
    return 0;
}
