// SPDX-License-Identifier: Apache-2.0
// Shows which nodes are on an Ethernet, and what they say of themselves.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>

#include "support/census.hpp"
#include "support/host.hpp"
#include "support/progress.hpp"
#include "support/questions.hpp"
#include "support/waiting.hpp"

namespace {

using namespace std::chrono_literals;

constexpr const char* usage_head =
    "rrdp-nodes shows who speaks RRDP on an Ethernet.\n\n"
    "  rrdp-nodes --link LINK [options]              asks, and lists who answers\n"
    "  rrdp-nodes --link LINK --watch [options]      goes on, and tells what changes\n"
    "  rrdp-nodes --link LINK --passive [options]    sends nothing\n\n"
    "Nodes that resolve numbers (--resolve of the other tools) answer for their own with address,\n"
    "MTU and boot id. It asks without a number of its own, so that nobody enters it into a table,\n"
    "and not for numbers that somebody is claiming. Nodes whose tables are made by hand are not\n"
    "seen.\n";

constexpr const char* usage_tail =
    "A number that two addresses have, with different boot ids, is shown as a conflict.\n"
    "Nodes greet all once a minute: who only listens has to wait that long for all of them.\n\n"
    "Examples:\n"
    "  rrdp-nodes --interface eth0\n"
    "  rrdp-nodes --interface eth0 --ask 1-64,1000 --json | jq -r '.nodes[].address'\n"
    "  rrdp-nodes --interface eth0 --watch --passive\n\n"
    "Raw Ethernet needs CAP_NET_RAW: run as root, or once\n"
    "  sudo setcap cap_net_raw+ep PATH-OF-rrdp-nodes\n\n"
    "Exit status: 0 somebody is there, or a signal ended --watch; 1 trouble on this host (the\n"
    "interface, a privilege); 2 wrong options; 3 nobody was heard of.\n";

struct nodes_options {
    tools::host_options host;
    std::string ask = "1-254";
    std::vector<std::uint16_t> numbers;
    std::uint32_t cluster = 0;
    rrdp::duration every = 2s;
    std::optional<rrdp::duration> listen_for;
    bool watch = false, passive = false, json = false;
};

void declare(tools::command_line& line, nodes_options& o) {
    line.section("Options:");
    line.text("--link", "LINK",
              "packet-ring:IF, packet:IF, xdp:IF:QUEUE, pcap:IF or\n"
              "dpdk:ARGUMENTS",
              o.host.link);
    line.text("--interface", "NAME", "the same as --link packet-ring:NAME", o.host.interface);
    line.text("--ask", "NUMBERS", "node numbers to ask for, such as 1-64,1000 (1-254)", o.ask);
    line.flag("--passive", "send nothing, only listen", o.passive);
    line.flag("--watch",
              "go on until a signal comes: tell who comes, leaves, moves,\n"
              "restarts, claims a number, or falls silent",
              o.watch);
    line.time("--every", "TIME", "with --watch: ask those who are there again after this (2s)",
              o.every, 10ms);
    line.time("--for", "TIME",
              "listen so long after the last question (500ms; --passive 65s;\n"
              "--watch: without end)",
              o.listen_for);
    line.number<std::uint32_t>("--cluster", "NUMBER", "ask nodes of this cluster (0)", o.cluster, 0,
                               0xffff'ffff);
    o.host.declare_ethertype(line, "hexadecimal; that of the nodes (0x88b6)");
    line.flag("--json", "one JSON object; with --watch one for each change", o.json);
}

std::string hex(std::uint32_t number) {
    char text[9];
    std::snprintf(text, sizeof text, "%08x", static_cast<unsigned>(number));
    return text;
}

/// "3": the versions of the protocol that a node speaks.
std::string versions_text(std::uint16_t bits) {
    std::string text;
    for (int v = 0; v < 16; ++v)
        if ((bits >> v & 1) != 0) text += (text.empty() ? "" : ",") + std::to_string(v);
    return text;
}

void add_fields(tools::json_writer& json, const tools::sighting& s, rrdp::instant now) {
    json.field("node", s.said.sender_node).field("address", tools::mac_text(s.said.sender_mac));
    json.field("mtu", s.said.sender_mtu).field("boot_id", hex(s.said.boot_id));
    json.field("cluster", s.said.cluster).key("versions").open_array();
    for (unsigned v = 0; v < 16; ++v)
        if ((s.said.versions >> v & 1) != 0) json.value(v);
    json.close_array().field("state", name(s.now)).field("conflict", s.doubled);
    if (s.answer) json.field("answered_us", tools::to_seconds(*s.answer) * 1e6, 1);
    json.field("heard_ago_seconds", tools::to_seconds(now - s.heard), 3);
    json.field("frames", s.frames);
}

/// What is found, for people and for programs.
class teller {
public:
    explicit teller(const nodes_options& o) : options_{o} {}

    void list(const tools::census& known, std::uint64_t asked, std::uint64_t wrong,
              rrdp::instant now) {
        options_.json ? list_json(known, asked, wrong, now) : list_text(known, wrong);
        flush();
    }

    void changed(const tools::change& c, rrdp::instant now) {
        if (options_.json) {
            json_.clear();
            json_.open_object().field("change", name(c.what));
            add_fields(json_, c.who, now);
            json_.close_object();
            std::printf("%s\n", json_.text().c_str());
            return flush();
        }
        using tools::news;
        const std::time_t clock = std::time(nullptr);
        char time[16];
        std::tm local{};
        std::strftime(time, sizeof time, "%H:%M:%S", ::localtime_r(&clock, &local));
        const tools::tone t = c.what == news::doubled ? tools::tone::bad
                              : c.what == news::up    ? tools::tone::good
                                                      : tools::tone::doubtful;
        std::printf("%s  node %-5u %s\n", time, static_cast<unsigned>(c.who.said.sender_node),
                    tools::painted(t, words(c)).c_str());
        flush();
    }

private:
    static std::string words(const tools::change& c) {
        using tools::news;
        const std::string at = tools::mac_text(c.who.said.sender_mac);
        const std::string what = at + ", MTU " + std::to_string(c.who.said.sender_mtu) +
                                 ", boot id " + hex(c.who.said.boot_id);
        switch (c.what) {
            case news::up: return "is here: " + what;
            case news::left: return "has left: " + at;
            case news::silent: return "does not answer: " + at;
            case news::moved: return "has moved: " + what;
            case news::restarted: return "has restarted: " + what;
            case news::doubled: return "CONFLICT, is here a second time: " + what;
            case news::claims: return "is being claimed: " + at;
        }
        return {};
    }

    static void flush() {
        if (std::fflush(stdout) != 0) throw tools::system_failure("standard output");
    }

    void list_json(const tools::census& known, std::uint64_t asked, std::uint64_t wrong,
                   rrdp::instant now) {
        json_.clear();
        json_.open_object().field("link", options_.host.text()).field("asked", asked);
        json_.field("malformed", wrong).field("crowded_out", known.crowded_out());
        json_.key("nodes").open_array();
        for (const tools::sighting& s : known.all()) {
            json_.open_object();
            add_fields(json_, s, now);
            json_.close_object();
        }
        json_.close_array().key("conflicts").open_array();
        for (const auto& [number, several] : known.doubles()) {
            json_.open_object().field("node", number).key("addresses").open_array();
            for (const auto& s : several) json_.value(tools::mac_text(s.said.sender_mac));
            json_.close_array().close_object();
        }
        json_.close_array().close_object();
        std::printf("%s\n", json_.text().c_str());
    }

    static void list_text(const tools::census& known, std::uint64_t wrong) {
        using tools::tone;
        const auto all = known.all();
        if (all.empty()) std::printf("nobody was heard of\n");
        if (!all.empty())
            std::printf("%s\n", tools::painted(tone::title,
                                               " NODE  ADDRESS              MTU  BOOT ID   CLUSTER"
                                               "  VERSIONS  STATE     ANSWERED")
                                    .c_str());
        for (const tools::sighting& s : all) {
            char line[160];
            std::snprintf(line, sizeof line, "%5u  %s  %5u  %s  %7lu  %-8s  %-8s  %s",
                          static_cast<unsigned>(s.said.sender_node),
                          tools::mac_text(s.said.sender_mac).c_str(),
                          static_cast<unsigned>(s.said.sender_mtu), hex(s.said.boot_id).c_str(),
                          static_cast<unsigned long>(s.said.cluster),
                          versions_text(s.said.versions).c_str(), name(s.now),
                          s.answer ? tools::human_time(*s.answer).c_str() : "");
            const bool here = s.now == tools::presence::here;
            std::printf("%s\n", tools::painted(s.doubled ? tone::bad
                                               : here    ? tone::plain
                                                         : tone::doubtful,
                                               line)
                                    .c_str());
        }
        for (const auto& [number, several] : known.doubles()) {
            std::string where;
            for (const auto& s : several)
                where += (where.empty() ? "" : " and ") + tools::mac_text(s.said.sender_mac);
            std::printf("%s node %u is at %s\n", tools::painted(tone::bad, "CONFLICT:").c_str(),
                        static_cast<unsigned>(number), where.c_str());
        }
        if (wrong != 0)
            std::printf(
                "%llu frames of node resolution were malformed, or not from whom they say\n",
                static_cast<unsigned long long>(wrong));
        if (known.crowded_out() != 0)
            std::printf("%llu frames were of more nodes than there is room for\n",
                        static_cast<unsigned long long>(known.crowded_out()));
    }

    const nodes_options& options_;
    tools::json_writer json_;
};

/// Listens, asks and tells.
class looker {
public:
    looker(const nodes_options& o, rrdp::any_link& link)
        : options_{o},
          link_{link},
          own_{link.properties().address},
          framing_{.ethertype = o.host.ethertype},
          questions_{framing_, own_, mtu(link), o.cluster},
          tell_{o} {}

    /// False: nobody was heard of.
    bool run() {
        begin_ = tools::clock_now();
        quiet_since_ = moved_ = well_ = begin_;
        for (rrdp::instant now = begin_; !sleep_.asked_to_end() && !over(now);
             now = tools::clock_now()) {
            link_.set_time(now);
            receive(now);
            ask(now);
            link_.flush();
            give_up(now);
            for (const tools::change& c : known_.changes())  // else they would gather
                if (options_.watch) tell_.changed(c, now);
            rest(now);
        }
        const rrdp::instant now = tools::clock_now();
        receive(now);  // what has come with the signal
        progress_.wipe();
        if (!options_.watch) tell_.list(known_, questions_.asked(), wrong_, now);
        return options_.watch || !known_.all().empty();
    }

private:
    static constexpr rrdp::duration listen_first = 300ms;  // who claims a number has asked by then
    static constexpr rrdp::duration pace = 2ms;            // between bursts of questions
    static constexpr rrdp::duration answer_time = 150ms;
    static constexpr rrdp::duration trouble_max = 5s;
    static constexpr std::size_t worth_a_word = 1'000;  // numbers: half a second

    static std::uint16_t mtu(rrdp::any_link& link) {
        constexpr std::size_t overhead = rrdp::wire::ethernet_framing::overhead;
        const std::size_t room = std::max(link.properties().max_frame, overhead) - overhead;
        return static_cast<std::uint16_t>(std::min<std::size_t>(room, 65'521));
    }

    void receive(rrdp::instant now) {
        for (int burst = 0; burst < 256; ++burst) {  // who floods us stops neither clock nor signal
            const auto frame = link_.receive();
            if (!frame) return;
            const auto parsed = framing_.parse(frame->bytes());
            if (!parsed || !rrdp::wire::is_resolution(parsed->payload)) continue;
            if (parsed->source == own_) continue;
            const rrdp::octets_view p = parsed->payload;
            const bool long_enough = p.size() >= rrdp::wire::resolution_octets;
            const std::uint32_t cluster = long_enough ? rrdp::load_be32(p, 4) : 0;
            const auto r = rrdp::wire::parse_resolution(p, cluster, parsed->source);
            if (r)
                known_.see(now, *r);
            else
                ++wrong_;
        }
    }

    /// Everybody twice, because frames may be lost; afterwards those who are there.
    void ask(rrdp::instant now) {
        if (options_.passive || now < begin_ + listen_first || now < next_) return;
        if (!questions_.done()) {
            const std::size_t left = questions_.left();
            questions_.ask(now, link_, known_);
            if (questions_.left() != left) moved_ = now;
            next_ = now + (questions_.done() ? answer_time : pace);
            if (options_.numbers.size() >= worth_a_word)
                progress_.say(std::to_string(questions_.left()) + " numbers left to ask for");
            quiet_since_ = now;
            return;
        }
        if (passes_ < 2) {
            std::vector<std::uint16_t> open;
            for (const std::uint16_t number : options_.numbers)
                if (!known_.is_here(number)) open.push_back(number);
            ++passes_;
            return questions_.add(open);
        }
        if (!options_.watch || now < again_) return;
        again_ = now + options_.every;
        std::vector<std::uint16_t> there;
        for (const tools::sighting& s : known_.all())
            if (s.now == tools::presence::here && (there.empty() || there.back() != number(s)))
                there.push_back(number(s));
        questions_.add(there);
    }
    static std::uint16_t number(const tools::sighting& s) { return s.said.sender_node; }
    /// Ends where the link is gone, or takes no questions. Who watches waits for it to come back.
    void give_up(rrdp::instant now) {
        const int error = link_.error_number();
        if (error == 0) well_ = now;
        if (questions_.done()) moved_ = now;
        if (options_.watch || now < std::min(well_, moved_) + trouble_max) return;
        throw tools::failure{tools::exit_status::failed, options_.host.text(),
                             error != 0 ? tools::system_text(error) : "it takes no frames"};
    }

    [[nodiscard]] bool over(rrdp::instant now) const {
        if (options_.watch) return options_.listen_for && now >= begin_ + *options_.listen_for;
        if (options_.passive) return now >= begin_ + options_.listen_for.value_or(65s);
        return passes_ == 2 && questions_.done() &&
               now >= quiet_since_ + options_.listen_for.value_or(500ms);
    }

    void rest(rrdp::instant now) {
        const bool woken = link_.native_handle() >= 0;
        const bool asking = !options_.passive && (passes_ < 2 || !questions_.done());
        rrdp::duration most = asking ? pace : woken ? rrdp::duration{50ms} : rrdp::duration{1ms};
        if (most > options_.every) most = options_.every;
        sleep_.watch(link_.native_handle(), POLLIN);
        sleep_.rest(now, now + most);
    }

    const nodes_options& options_;
    rrdp::any_link& link_;
    rrdp::wire::mac_address own_;
    rrdp::wire::ethernet_framing framing_;
    tools::census known_;
    tools::questions questions_;
    teller tell_;
    tools::progress progress_{std::nullopt};
    tools::sleeper sleep_{{}};
    rrdp::instant begin_{}, next_{}, again_{}, quiet_since_{};
    rrdp::instant moved_{}, well_{};  ///< when a question left last, and when the link was well
    int passes_ = 0;
    std::uint64_t wrong_ = 0;
};

void check(nodes_options& o) {
    using tools::exit_status;
    using tools::failure;
    if (!o.host.named_a_link())
        throw failure{exit_status::usage, "--link or --interface", "is missing"};
    const auto kind = o.host.description().kind();
    const bool ethernet = kind != rrdp::link_kind::udp && kind != rrdp::link_kind::shm &&
                          kind != rrdp::link_kind::unix_datagram &&
                          kind != rrdp::link_kind::loopback;
    if (!ethernet)
        throw failure{exit_status::usage, "--link", "nodes are resolved on an Ethernet only"};
    const auto numbers = tools::to_numbers(o.ask);
    if (!numbers)
        throw tools::command_line::bad_value("--ask", o.ask,
                                             "a list of node numbers from 1 to 65534");
    o.numbers = *numbers;
}

tools::exit_status run(int argc, char** argv) {
    nodes_options o;
    tools::command_line line{"rrdp-nodes", usage_head, usage_tail};
    declare(line, o);
    if (!line.parse(argc, argv)) return tools::exit_status::ok;
    check(o);
    const auto opened = tools::open_link(o.host, 0, false);
    looker look{o, opened->link()};
    return look.run() ? tools::exit_status::ok : tools::exit_status::not_connected;
}

}  // namespace

int main(int argc, char** argv) {
    return tools::run_tool("rrdp-nodes", [&] { return run(argc, argv); });
}
