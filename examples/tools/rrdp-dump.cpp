// SPDX-License-Identifier: Apache-2.0
// Shows RRDP frames as JSON, one object a line: from a capture file, or from hexadecimal text.
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <rrdp/wire/ethernet.hpp>

#include "support/capture.hpp"
#include "support/command_line.hpp"
#include "support/node_table.hpp"
#include "support/segment_json.hpp"

namespace {

constexpr const char* usage_head =
    "rrdp-dump shows RRDP frames as JSON, one object a line.\n\n"
    "  rrdp-dump [options] FILE     frames of a pcap or pcapng file (\"-\": standard input)\n"
    "  rrdp-dump [options] < HEX    one frame a line, as hexadecimal digits: what follows the\n"
    "                               Ethernet header; blanks between digits are skipped\n\n"
    "A segment is {\"ok\":true,\"flags\":[\"ACK\"],...} with the fields of its header; anything\n"
    "else is {\"ok\":false,\"reason\":\"bad_checksum\"}, with the first check that failed.\n";

constexpr const char* usage_tail =
    "Examples:\n"
    "  tcpdump -i eth0 -U -w - ether proto 0x88b6 | rrdp-dump -\n"
    "  echo 4307 1389 0400 0005 1001 ffff 5197 6865 6c6c 6f | rrdp-dump --data\n\n"
    "Exit status: 0 done, whatever the frames were; 1 the file could not be read, or a line was\n"
    "not hexadecimal; 2 wrong options.\n";

struct dump_options {
    std::vector<std::string> files;
    rrdp::wire::features agreed;
    std::uint16_t ethertype = rrdp::wire::default_ethertype;
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
                add_frame(frame, std::nullopt);
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
            if (frame->ethertype != options_.ethertype) {
                ++skipped;
                continue;
            }
            json_.clear();
            json_.open_object();
            if (frame->cut)
                add_reason("cut_by_capture");
            else
                add_frame(frame->payload, frame->source);
            add_envelope(*frame);
            print_line();
        }
        if (skipped != 0)
            std::fprintf(stderr, "rrdp-dump: %s: %llu frames of other EtherTypes skipped\n",
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

    /// `source` is where the frame came from, if that is known.
    void add_frame(rrdp::octets_view payload, std::optional<rrdp::wire::mac_address> source) {
        if (tools::add_resolution(json_, payload, source)) return;
        const auto segment = rrdp::wire::decode(payload, options_.agreed);
        if (!segment) return add_reason(name(segment.error()));
        json_.field("ok", true);
        tools::add_segment(json_, *segment, options_.agreed, options_.data);
    }

    /// What a capture knows of a frame besides its payload.
    void add_envelope(const tools::captured_frame& frame) {
        char time[48];
        std::snprintf(time, sizeof time, "%lld.%09lld", static_cast<long long>(frame.seconds),
                      static_cast<long long>(frame.nanoseconds));
        json_.field("frame", frame.number).field("time", time);
        json_.field("source_address", tools::mac_text(frame.source));
        json_.field("destination_address", tools::mac_text(frame.destination));
        if (frame.vlan) json_.field("vlan", *frame.vlan);
    }

    void print_line() {
        json_.close_object();
        const bool written = std::printf("%s\n", json_.text().c_str()) >= 0;
        if (!written || std::fflush(stdout) != 0) throw tools::system_failure("standard output");
    }

    dump_options options_;
    tools::json_writer json_;
};

tools::exit_status run(int argc, char** argv) {
    dump_options options;
    tools::command_line line{"rrdp-dump", usage_head, usage_tail};
    line.section("Options:");
    line.option("--features", "LIST",
                "what the connection agreed on, for example\n"
                "wide,credit,crc32c,empty,frag,tag; without it: nothing",
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
                    options.ethertype = *type;
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
