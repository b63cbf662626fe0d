// SPDX-License-Identifier: Apache-2.0
// Shows RRDP frames as JSON, one object a line: from a capture file, or from hexadecimal text.
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "support/capture.hpp"
#include "support/command_line.hpp"
#include "support/conversations.hpp"
#include "support/segment_json.hpp"

namespace {

using namespace std::chrono_literals;

constexpr const char* usage_head =
    "rrdp-dump shows RRDP frames as JSON, one object a line.\n\n"
    "  rrdp-dump [options] FILE     frames of a pcap or pcapng file (\"-\": standard input)\n"
    "  rrdp-dump [options] < HEX    one frame a line, as hexadecimal digits: what follows the\n"
    "                               Ethernet header; blanks between digits are skipped\n\n"
    "A segment is {\"ok\":true,\"flags\":[\"ACK\"],...} with the fields of its header; anything\n"
    "else is {\"ok\":false,\"reason\":\"bad_checksum\"}, with the first check that failed.\n"
    "What a connection of a capture agreed on is learned from its SYNs. Where they are missing,\n"
    "and on lines of hexadecimal text, --features says it.\n";

constexpr const char* usage_tail =
    "Examples:\n"
    "  tcpdump -i eth0 -U -w - ether proto 0x88b6 | rrdp-dump -\n"
    "  echo 4307 1389 0400 0005 1001 ffff 5197 6865 6c6c 6f | rrdp-dump --data\n\n"
    "Exit status: 0 done, whatever the frames were; 1 the file could not be read, or a line was\n"
    "not hexadecimal; 2 wrong options.\n";

struct dump_options {
    std::vector<std::string> files;
    std::optional<rrdp::wire::features> agreed;  ///< where it is not seen
    tools::carrier_marks marks;
    bool data = false;
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
            print_line();
            malformed |= line == line_kind::malformed;
        }
        if (!malformed) return tools::exit_status::ok;
        throw tools::failure{tools::exit_status::failed, "standard input",
                             "lines that are not hexadecimal are marked bad_hex"};
    }

    tools::exit_status dump_capture(const std::string& path) {
        tools::capture file{path};
        unsigned long long skipped = 0;
        while (const auto frame = file.next()) {
            const auto envelope = tools::open_envelope(frame->octets, options_.marks);
            if (!envelope) {
                ++skipped;
                continue;
            }
            json_.clear();
            json_.open_object();
            if (frame->cut)
                add_reason("cut_by_capture");
            else
                add_captured(*envelope);
            add_envelope(*frame, *envelope);
            print_line();
        }
        if (skipped != 0)
            std::fprintf(stderr, "rrdp-dump: %s: %llu frames of other protocols skipped\n",
                         path.c_str(), skipped);
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
        context.agreed = options_.agreed.value_or(rrdp::wire::features{});
        tools::add_reading(json_, tools::read_frame(payload, context), context.agreed,
                           options_.data);
    }

    void add_captured(const tools::envelope& e) {
        tools::frame_context context;
        context.agreed = options_.agreed;
        context.pseudo_header = e.pseudo_header;
        context.may_resolve = e.kind == tools::carrier::ethernet;
        if (context.may_resolve) {
            context.source = e.source.mac();
            context.destination = e.destination.mac();
        }
        conversations_.recall(e, context);
        const tools::reading r = tools::read_frame(e.payload, context);
        tools::add_reading(json_, r, context.agreed, options_.data);
        conversations_.learn(e, r);
    }

    /// What a capture knows of a frame besides its payload.
    void add_envelope(const tools::captured_frame& frame, const tools::envelope& e) {
        char time[48];
        std::snprintf(time, sizeof time, "%lld.%09lld", static_cast<long long>(frame.time / 1s),
                      static_cast<long long>(frame.time % 1s / 1ns));
        json_.field("frame", frame.number).field("time", time);
        json_.field("carrier", tools::name(e.kind));
        json_.field("source_address", tools::text(e.source));
        json_.field("destination_address", tools::text(e.destination));
        if (e.vlan) json_.field("vlan", *e.vlan);
    }

    void print_line() {
        json_.close_object();
        const bool written = std::printf("%s\n", json_.text().c_str()) >= 0;
        if (!written || std::fflush(stdout) != 0) throw tools::system_failure("standard output");
    }

    dump_options options_;
    tools::conversations conversations_;
    tools::json_writer json_;
};

tools::exit_status run(int argc, char** argv) {
    dump_options options;
    tools::command_line line{"rrdp-dump", usage_head, usage_tail};
    line.section("Options:");
    line.option("--features", "LIST",
                "what connections agreed on whose opening is missing:\n"
                "wide,credit,crc32c,empty,frag,tag or none",
                [&](std::string_view value) {
                    const auto agreed = tools::to_features(value);
                    if (!agreed)
                        throw line.bad_value("--features", value, "a list of feature names");
                    options.agreed = *agreed;
                });
    line.option("--ethertype", "NUMBER", "of RRDP in a capture, hexadecimal (0x88b6)",
                [&](std::string_view value) {
                    const auto type = tools::to_hex_number(value);
                    if (!type) throw line.bad_value("--ethertype", value, "such as 0x88b6");
                    options.marks.ethertype = *type;
                });
    line.option("--udp-port", "NUMBER", "of RRDP over UDP in a capture (50027)",
                [&](std::string_view value) {
                    const auto port = tools::to_number<std::uint16_t>(value, 1, 65'535);
                    if (!port) throw line.bad_value("--udp-port", value, "1 to 65535");
                    options.marks.udp_port = *port;
                });
    line.flag("--data", "show the data too, as hexadecimal digits", options.data);
    line.arguments(options.files);
    if (!line.parse(argc, argv)) return tools::exit_status::ok;
    if (options.files.size() > 1)
        throw tools::failure{tools::exit_status::usage, options.files[1], "one file at a time"};

    dumper dump{options};
    return options.files.empty() ? dump.dump_hex_lines() : dump.dump_capture(options.files[0]);
}

}  // namespace

int main(int argc, char** argv) {
    return tools::run_tool("rrdp-dump", [&] { return run(argc, argv); });
}
