// SPDX-License-Identifier: Apache-2.0
// Pictures of connections, made of a capture or a qlog.
#include <cstdio>
#include <string>
#include <vector>

#include "support/command_line.hpp"
#include "support/qlog_reader.hpp"
#include "support/tcp_rewrite.hpp"
#include "support/trace_report.hpp"

namespace {

constexpr const char* usage_head =
    "rrdp-trace makes pictures of connections out of a capture or a qlog.\n\n"
    "  rrdp-trace report [options] FILE... -o REPORT.html    one connection, as a page of HTML\n"
    "  rrdp-trace as-tcp [options] FILE... OUT.pcap          all connections, as if TCP had done "
    "it\n"
    "  rrdp-trace list [options] FILE...                     which connections there are\n\n"
    "FILE is pcap or pcapng (\"-\": standard input), or a qlog; two qlogs are those of the two\n"
    "ends. The page needs no network. What as-tcp writes can be given to Wireshark and tcptrace:\n"
    "a message segment is so many octets of the stream, an EACK list is a SACK.\n";

constexpr const char* usage_tail =
    "Examples:\n"
    "  rrdp-trace report capture.pcapng -o report.html\n"
    "  rrdp-trace as-tcp capture.pcapng tcp.pcap && tcptrace -G tcp.pcap\n\n"
    "Exit status: 0 done; 1 a file could not be read or written, or has no connection of RRDP;\n"
    "2 wrong options.\n";

struct trace_options {
    std::vector<std::string> words;
    std::string output;
    std::optional<std::size_t> connection;
    std::optional<rrdp::wire::features> agreed;
    tools::carrier_marks marks;
    bool json = false;
};

/// What was read, and what is wanted of it.
struct opened_trace {
    opened_trace(const std::vector<std::string>& files, const trace_options& o)
        : input{tools::read_trace(files, o.marks)}, connections{input, o.agreed} {
        for (const std::string& note : input.notes)
            std::fprintf(stderr, "%s%s\n", tools::speaker("rrdp-trace").c_str(),
                         tools::printable(note).c_str());
        if (connections.all().empty())
            throw tools::failure{tools::exit_status::failed, input.name, "no connection of RRDP"};
        if (o.connection && *o.connection > connections.all().size())
            throw tools::failure{tools::exit_status::usage, "--connection",
                                 "how many there are: " + std::to_string(connections.all().size())};
        chosen = o.connection ? *o.connection - 1 : connections.largest();
    }

    tools::trace_input input;
    tools::trace_connections connections;
    std::size_t chosen = 0;
};

void write(const std::string& path, const std::string& text) {
    std::FILE* const file = path == "-" ? stdout : std::fopen(path.c_str(), "wb");
    if (file == nullptr) throw tools::system_failure(path);
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    const bool closed = (file == stdout ? std::fflush(file) : std::fclose(file)) == 0;
    if (!written || !closed) throw tools::system_failure(path);
}

void report(const trace_options& o, const std::vector<std::string>& files) {
    if (o.output.empty() && !o.json)
        throw tools::failure{tools::exit_status::usage, "report", "-o says into which file"};
    const opened_trace trace{files, o};
    tools::trace_story story{trace.connections.all()[trace.chosen]};
    tools::trace_report made{story, trace.input.name};
    made.say(trace.input.drops);
    if (!o.output.empty()) write(o.output, made.html());
    if (o.json) write("-", made.numbers());
}

void as_tcp(const trace_options& o, std::vector<std::string> files) {
    std::string output = o.output;
    if (output.empty() && files.size() > 1) {
        output = files.back();
        files.pop_back();
    }
    if (output.empty())
        throw tools::failure{tools::exit_status::usage, "as-tcp", "needs a file to write"};
    const opened_trace trace{files, o};
    tools::tcp_rewrite rewrite{output};
    std::vector<const tools::trace_connection*> wanted;
    for (const tools::trace_connection& c : trace.connections.all()) wanted.push_back(&c);
    if (o.connection) wanted = {wanted[trace.chosen]};
    rewrite.add(wanted);
    rewrite.close();
    std::FILE* const said = output == "-" ? stderr : stdout;
    if (o.json)
        std::fprintf(said, "{\"segments\":%llu,\"left_out\":%llu}\n",
                     static_cast<unsigned long long>(rewrite.segments()),
                     static_cast<unsigned long long>(rewrite.left_out()));
    else if (rewrite.left_out() != 0)
        std::fprintf(stderr, "rrdp-trace: %llu frames that cannot be read are left out\n",
                     static_cast<unsigned long long>(rewrite.left_out()));
}

void list(const trace_options& o, const std::vector<std::string>& files) {
    const opened_trace trace{files, o};
    std::size_t number = 0;
    for (const tools::trace_connection& c : trace.connections.all()) {
        ++number;
        const rrdp::duration lasted = c.events.back().time - c.events.front().time;
        if (!o.json) {
            std::printf("%3zu  %s -> %s  %zu frames, %s\n", number, c.name(0).c_str(),
                        c.name(1).c_str(), c.sent, tools::human_time(lasted).c_str());
            continue;
        }
        tools::json_writer json;
        json.open_object().field("connection", number).field("opener", c.name(0));
        json.field("listener", c.name(1)).field("frames", c.sent);
        json.field("seconds", tools::to_seconds(lasted), 9).close_object();
        std::printf("%s\n", json.text().c_str());
    }
}

tools::exit_status run(int argc, char** argv) {
    trace_options o;
    tools::command_line line{"rrdp-trace", usage_head, usage_tail};
    line.section("Options:");
    line.text("-o", "FILE", "where the page goes, or the capture (\"-\": standard output)",
              o.output);
    line.number("--connection", "NUMBER",
                "which one, as `list` counts them (report: the one with most frames;\n"
                "as-tcp: all)",
                o.connection, std::size_t{1}, std::size_t{1'000'000});
    line.flag("--json", "print the numbers of the page, or of the list, for programs", o.json);
    line.option("--features", "LIST",
                "what connections agreed on whose opening is missing:\n"
                "wide,credit,crc32c,empty,frag,tag,bundle or none",
                [&](std::string_view value) {
                    o.agreed = tools::to_features(value);
                    if (!o.agreed)
                        throw line.bad_value("--features", value, "a list of feature names");
                });
    line.option("--ethertype", "NUMBER", "of RRDP in a capture, hexadecimal (0x88b6)",
                [&](std::string_view value) {
                    const auto type = tools::to_hex_number(value);
                    if (!type) throw line.bad_value("--ethertype", value, "such as 0x88b6");
                    o.marks.ethertype = *type;
                });
    line.number("--udp-port", "NUMBER", "of RRDP over UDP in a capture (50027)", o.marks.udp_port,
                std::uint16_t{1}, std::uint16_t{65'535});
    line.arguments(o.words);
    if (!line.parse(argc, argv)) return tools::exit_status::ok;
    if (o.words.empty())
        throw tools::failure{tools::exit_status::usage, "report, as-tcp or list",
                             "one of them is needed"};
    const std::string& what = o.words[0];
    if (what != "report" && what != "as-tcp" && what != "list")
        throw tools::failure{tools::exit_status::usage, tools::quoted(what),
                             "neither report, as-tcp nor list"};
    const std::vector<std::string> files(o.words.begin() + 1, o.words.end());
    if (files.empty())
        throw tools::failure{tools::exit_status::usage, what, "needs a file to read"};
    if (what == "report") report(o, files);
    if (what == "as-tcp") as_tcp(o, files);
    if (what == "list") list(o, files);
    return tools::exit_status::ok;
}

}  // namespace

int main(int argc, char** argv) {
    return tools::run_tool("rrdp-trace", [&] { return run(argc, argv); });
}
