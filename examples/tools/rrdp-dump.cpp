// SPDX-License-Identifier: Apache-2.0
// Shows RRDP frames as JSON, one object a line: from a capture file, from a link while they arrive,
// or from hexadecimal text.
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "support/command_line.hpp"
#include "support/frame_lines.hpp"
#include "support/listening.hpp"

namespace {

constexpr const char* usage_head =
    "rrdp-dump shows RRDP frames as JSON, one object a line.\n\n"
    "  rrdp-dump [options] FILE     frames of a pcap or pcapng file (\"-\": standard input)\n"
    "  rrdp-dump [options] --link LINK    what arrives on a link, as it comes; sends nothing\n"
    "  rrdp-dump [options] < HEX    one frame a line, as hexadecimal digits: what follows the\n"
    "                               Ethernet header; blanks between digits are skipped\n\n"
    "A segment is {\"ok\":true,\"flags\":[\"ACK\"],...} with the fields of its header; anything\n"
    "else is {\"ok\":false,\"reason\":\"bad_checksum\"}, with the first check that failed.\n"
    "What a connection of a capture agreed on is learned from its SYNs. Where they are missing,\n"
    "and on lines of hexadecimal text, --features says it. Of more than 65536 pairs of ends the\n"
    "one that was silent longest is forgotten, and read from then on as if they were missing.\n";

constexpr const char* usage_tail =
    "Examples:\n"
    "  rrdp-dump --link packet:eth0 --count 100\n"
    "  tcpdump -i eth0 -U -w - ether proto 0x88b6 | rrdp-dump -\n"
    "  echo 4307 1389 0400 0005 1001 ffff 5197 6865 6c6c 6f | rrdp-dump --data\n\n"
    "A link shows what arrives for this host, and not what this host sends: for both ways, as\n"
    "above with tcpdump. At shm and unix it takes the place of one of the two ends.\n\n"
    "Exit status: 0 done, whatever the frames were; 1 the file or link could not be read, or a\n"
    "line was not hexadecimal; 2 wrong options.\n";

struct dump_options {
    std::vector<std::string> files;
    tools::host_options host;
    tools::listening_limits limits;
    bool limited = false;
    tools::frame_lines_options lines;
};

class dumper {
public:
    explicit dumper(const dump_options& options) : options_{options} {}

    /// Every line of standard input is a frame, the empty one too.
    tools::exit_status dump_hex_lines() {
        std::vector<std::byte> frame;
        bool malformed = false;
        for (auto line = read_line(frame); line != line_kind::none; line = read_line(frame)) {
            json_.clear();
            json_.open_object();
            if (line == line_kind::hex)
                add_line(frame);
            else
                add_reason("bad_hex");
            json_.close_object();
            print(json_.text());
            malformed |= line == line_kind::malformed;
        }
        if (!malformed) return tools::exit_status::ok;
        throw tools::failure{tools::exit_status::failed, "standard input",
                             "lines that are not hexadecimal are marked bad_hex"};
    }

    tools::exit_status dump_capture(const std::string& path) {
        tools::capture file{path};
        tools::frame_lines lines{options_.lines};
        unsigned long long skipped = 0;
        while (const auto frame = file.next()) {
            const std::string* const line = lines.of(*frame);
            if (line != nullptr)
                print(*line);
            else
                ++skipped;
        }
        if (skipped != 0)
            std::fprintf(stderr, "rrdp-dump: %s: %llu frames of other protocols skipped\n",
                         path.c_str(), skipped);
        return tools::exit_status::ok;
    }

    /// Until the limits are reached, or a signal comes: that is how listening ends.
    tools::exit_status dump_link() {
        if (options_.host.loopback())
            throw tools::failure{tools::exit_status::usage, "--link", "nobody else is on it"};
        const auto opened = tools::open_link(options_.host, 0, false);
        tools::frame_lines lines{tools::suited(options_.lines, *opened)};
        std::uint64_t shown = 0;
        tools::listen(opened->link(), options_.limits, [&](const tools::captured_frame& frame) {
            const std::string* const line = lines.of(frame);
            if (line != nullptr) print(*line);
            shown += line != nullptr;
            return shown < options_.limits.count;
        });
        return tools::exit_status::ok;
    }

private:
    enum class line_kind { none, hex, malformed };

    /// Reads the octets that the next line spells.
    static line_kind read_line(std::vector<std::byte>& frame) {
        constexpr std::size_t longest = 70'000;  // more than any segment has
        frame.clear();
        bool malformed = false, half = false;
        unsigned value = 0;
        int c = std::getchar();
        if (c == EOF) return line_kind::none;
        for (; c != EOF && c != '\n'; c = std::getchar()) {
            if (c == ' ' || c == '\t' || c == '\r') continue;
            const int digit = hex_digit(c);
            malformed |= digit < 0 || frame.size() == longest;
            if (malformed) continue;
            value = value << 4 | static_cast<unsigned>(digit);
            if (half) frame.push_back(static_cast<std::byte>(value));
            half = !half;
        }
        return malformed || half ? line_kind::malformed : line_kind::hex;
    }

    static int hex_digit(int c) noexcept {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    }

    void add_reason(const char* reason) { json_.field("ok", false).field("reason", reason); }

    /// A line knows nothing of other lines.
    void add_line(rrdp::octets_view payload) {
        tools::frame_context context;
        context.agreed = options_.lines.agreed.value_or(rrdp::wire::features{});
        tools::add_reading(json_, tools::read_frame(payload, context), context.agreed,
                           options_.lines.data);
    }

    static void print(const std::string& line) {
        const bool written = std::printf("%s\n", line.c_str()) >= 0;
        if (!written || std::fflush(stdout) != 0) throw tools::system_failure("standard output");
    }

    dump_options options_;
    tools::json_writer json_;
};

tools::exit_status run(int argc, char** argv) {
    dump_options options;
    tools::command_line line{"rrdp-dump", usage_head, usage_tail};
    line.section("Options:");
    line.text("--link", "LINK",
              "listen to packet:IF, packet-ring:IF, xdp:IF:QUEUE, pcap:IF,\n"
              "udp:OWN-ADDRESS:PORT, shm:NAME, unix:PATH or dpdk:ARGUMENTS",
              options.host.link);
    const auto limit = [&](const char* name, const char* help, auto& target) {
        line.option(name, "NUMBER", help, [&, name](std::string_view value) {
            const auto number = tools::to_number<std::uint32_t>(value, 1, 0xffff'ffff);
            if (!number) throw line.bad_value(name, value, "a number from 1 to 4294967295");
            target = *number;
            options.limited = true;
        });
    };
    limit("--count", "stop after so many frames of RRDP on the link", options.limits.count);
    limit("--seconds", "stop listening after so long", options.limits.seconds);
    line.option("--features", "LIST",
                "what connections agreed on whose opening is missing:\n"
                "wide,credit,crc32c,empty,frag,tag,bundle or none",
                [&](std::string_view value) {
                    const auto agreed = tools::to_features(value);
                    if (!agreed)
                        throw line.bad_value("--features", value, "a list of feature names");
                    options.lines.agreed = *agreed;
                });
    options.host.declare_ethertype(line, "of RRDP in a capture, hexadecimal (0x88b6)");
    line.option("--udp-port", "NUMBER", "of RRDP over UDP in a capture (50027)",
                [&](std::string_view value) {
                    const auto port = tools::to_number<std::uint16_t>(value, 1, 65'535);
                    if (!port) throw line.bad_value("--udp-port", value, "1 to 65535");
                    options.lines.marks.udp_port = *port;
                });
    line.flag("--data", "show the data too, as hexadecimal digits", options.lines.data);
    line.arguments(options.files);
    if (!line.parse(argc, argv)) return tools::exit_status::ok;
    if (options.files.size() > 1)
        throw tools::failure{tools::exit_status::usage, options.files[1], "one file at a time"};
    options.lines.marks.ethertype = options.host.ethertype;
    const bool live = options.host.named_a_link();
    if (live && !options.files.empty())
        throw tools::failure{tools::exit_status::usage, options.files[0], "a file, and --link too"};
    if (options.limited && !live)
        throw tools::failure{tools::exit_status::usage, "--count and --seconds", "go with --link"};

    dumper dump{options};
    if (live) return dump.dump_link();
    return options.files.empty() ? dump.dump_hex_lines() : dump.dump_capture(options.files[0]);
}

}  // namespace

int main(int argc, char** argv) {
    return tools::run_tool("rrdp-dump", [&] { return run(argc, argv); });
}
