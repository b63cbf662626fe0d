// SPDX-License-Identifier: Apache-2.0
// rrdp-chaos: two processes talk over a veth pair, and everything is done to them and to it that a
// machine can suffer. Each message is held to account, and each end of a connection explained.
#include <rrdp/rrdp.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include <json.hpp>

#include "chaos/common_orders.hpp"
#include "chaos/strikes.hpp"

namespace rrdp::chaos {
namespace {

struct orders : common_orders {
    std::uint64_t count = 20;              ///< strikes of each kind
    std::map<strike, std::uint64_t> only;  ///< these kinds, and how many of each; empty: all
    std::string link = "packet";
};

/// The strikes of one kind, and what came of them.
struct tally {
    std::uint64_t count = 0;
    std::uint64_t failures = 0;
    std::uint64_t survived = 0;  ///< strikes that no connection ended by
    std::uint64_t broke = 0;     ///< strikes so short that none should have, but one did
    double seconds = 0;
    std::map<std::string, std::uint64_t> ends;  ///< opener's reason / acceptor's reason
};

/// Why a connection ended: the strike in whose time one of its ends was first told.
struct cause {
    strike what{};
    duration lasted{};  ///< from the strike until they talked again
    bool known = false;
};

bool is_time_out(end_reason r) {
    return r == end_reason::timed_out_connect || r == end_reason::timed_out_data ||
           r == end_reason::timed_out_keepalive || r == end_reason::timed_out_persist;
}

/// Whether an end may be told for this reason: section 19.3 of the specification.
bool explained(const cause& why, const judged_talk::end_record& end) {
    if (end.killed || end.process == 0) return why.known;
    if (!why.known) return end.reason == end_reason::clean;
    const bool silent = why.lasted >= judged_talk::give_up;
    if (silent && (is_time_out(end.reason) || end.reason == end_reason::reset)) return true;
    const bool restart = end.reason == end_reason::peer_restarted ||
                         end.reason == end_reason::reset || end.reason == end_reason::refused;
    return why.what == strike::kill && restart;
}

/// One run: all kinds of strikes that were asked for, over one kind of link.
template <class Link>
class run {
public:
    run(const orders& o, book& all) : orders_{o}, book_{all}, causes_(book::talks_max) {}

    void strike_all() {
        two_processes<Link> both{book_};
        where_ = both.where_frames_suffer();
        std::printf("%s: frames suffer in %s\n", orders_.link.c_str(), where_);
        striker<Link> hand{both};
        expect(both.progress(3), "they talk");
        bool go_on = true;
        for (std::size_t kind = 0; kind < strike_names.size() && go_on; ++kind) {
            const auto what = static_cast<strike>(kind);
            if (wanted(what) == 0) continue;
            if (hand.can(what))
                go_on = strike_often(both, hand, what);
            else
                std::printf("    %s: not here, the kernel cannot\n", strike_names[kind]);
        }
        expect(go_on && both.progress(3), "they talk to the end");
        expect(both.part(), "they part in peace");
    }

    /// To be called when all is over; answers how much was not as it should be.
    void judge() {
        const judged_talk::verdict v = judged_talk::judge(book_);
        for (const std::string& complaint : v.complaints) expect(false, complaint);
        for (std::uint32_t i = 1; i <= book_.talks; ++i) judge_talk(i);
        expect(v.confirmed > 100, "much was said: " + std::to_string(v.confirmed));
        for (const auto& [what, t] : tallies_) print(what, t);
        std::printf(
            "    %llu accepted = %llu confirmed + %llu in doubt + %llu not sent + %llu of "
            "the killed; %llu delivered, %llu wrong; connections: %u clean, %u broken\n",
            ull(v.accepted), ull(v.confirmed), ull(v.in_doubt), ull(v.not_sent), ull(v.untold),
            ull(v.delivered), ull(book_.wrong), v.clean, v.broken);
    }

    [[nodiscard]] std::uint64_t failures() const {
        std::uint64_t sum = failures_;
        for (const auto& [what, t] : tallies_) sum += t.failures;
        return sum;
    }

    /// All of it in one object, with an object for each kind of strike.
    [[nodiscard]] tools::json_writer as_json() const {
        std::uint64_t strikes = 0;
        for (const auto& [what, t] : tallies_) strikes += t.count;
        tools::json_writer json;
        json.open_object().field("tool", "rrdp-chaos").field("link", orders_.link);
        json.field("faults", where_).field("executions", strikes);
        json.field("messages", book_.delivered).field("failures", failures());
        json.field("seconds", seconds_, 3);
        json.key("runs").open_array();
        for (const auto& [what, t] : tallies_) {
            json.open_object().field("what", strike_names[static_cast<std::size_t>(what)]);
            json.field("count", t.count).field("failures", t.failures);
            json.field("seconds", t.seconds, 3).field("survived", t.survived);
            json.key("ended").open_object();
            for (const auto& [reasons, times] : t.ends) json.field(reasons, times);
            json.close_object().close_object();
        }
        json.close_array().close_object();
        return json;
    }

private:
    static unsigned long long ull(std::uint64_t number) { return number; }

    void expect(bool kept, const std::string& claim) {
        if (kept) return;
        ++failures_;
        std::printf("    BROKEN: %s\n", claim.c_str());
    }

    /// How many strikes of a kind were asked for.
    [[nodiscard]] std::uint64_t wanted(strike what) const {
        if (orders_.only.empty()) return orders_.count;
        const auto found = orders_.only.find(what);
        if (found == orders_.only.end()) return 0;
        return found->second == 0 ? orders_.count : found->second;
    }

    /// Whether to go on: there is nothing to be learned from two who do not talk any more.
    bool strike_often(two_processes<Link>& both, striker<Link>& hand, strike what) {
        tally& t = tallies_[what];
        const instant began = clock_now();
        bool they_talk = true;
        for (; t.count < wanted(what) && they_talk; ++t.count) {
            const std::uint32_t talk = book_.talks;
            const bool open = are_heard(talk);
            const instant struck = clock_now();
            const stricken done = hand(what, t.count);
            const bool brief = clock_now() - struck < judged_talk::give_up;
            hold(what, done.happened, "it happened");
            they_talk = both.progress(3);
            hold(what, they_talk, "they talk again");
            const bool ended = settle({what, clock_now() - struck, true}, talk);
            t.survived += !ended;
            t.broke += ended && brief && !done.must_end;
            hold(what, ended || !done.must_end || !open, "nothing can survive it");
        }
        // A process that gets no processor for so long is silent, too: seldom, and no fault of it.
        hold(what, t.broke <= 1 + t.count / 20, "it broke what should have survived too often");
        t.seconds = std::chrono::duration<double>(clock_now() - began).count();
        seconds_ += t.seconds;
        return they_talk;
    }

    /// Whether both ends of a connection have heard the other. One that is being opened, because
    /// the last has just ended, has more patience than they.
    [[nodiscard]] bool are_heard(std::uint32_t talk) const {
        const auto& [opener, acceptor] = book_.talk[talk].ends;
        return opener.delivered != 0 && acceptor.delivered != 0;
    }

    void hold(strike what, bool kept, const char* claim) {
        if (kept) return;
        tally& t = tallies_[what];
        ++t.failures;
        std::printf("    BROKEN: %s %llu: %s\n", strike_names[static_cast<std::size_t>(what)],
                    ull(t.count), claim);
        std::fflush(stdout);
    }

    /// Notes why what has ended since the last strike has; whether connection `talk` is among it.
    bool settle(const cause& why, std::uint32_t talk) {
        for (std::uint32_t i = settled_ + 1; i <= book_.talks; ++i) {
            const auto& [opener, acceptor] = book_.talk[i].ends;
            const bool over = opener.closed + acceptor.closed != 0 || opener.killed ||
                              acceptor.killed || i < book_.talks;
            if (over && !causes_[i].known) causes_[i] = why;
        }
        while (settled_ < book_.talks && causes_[settled_ + 1].known) ++settled_;
        return causes_[talk].known;
    }

    void judge_talk(std::uint32_t number) {
        const auto& [opener, acceptor] = book_.talk[number].ends;
        const auto said = [](const judged_talk::end_record& end) {
            return std::string{end.killed         ? "killed"
                               : end.process == 0 ? "absent"
                                                  : name(end.reason)};
        };
        const cause& why = causes_[number];
        const std::string both = said(opener) + "/" + said(acceptor);
        if (why.known) ++tallies_[why.what].ends[both];
        if (explained(why, opener) && explained(why, acceptor)) return;
        ++(why.known ? tallies_[why.what].failures : failures_);
        std::printf("    BROKEN: connection %u ended unexplained: %s after %s of %lld ms\n", number,
                    both.c_str(),
                    why.known ? strike_names[static_cast<std::size_t>(why.what)] : "nothing",
                    static_cast<long long>(why.lasted / std::chrono::milliseconds{1}));
    }

    static void print(strike what, const tally& t) {
        std::printf("    %-10s %5llu  failures %llu  survived %5llu  %6.1f s ",
                    strike_names[static_cast<std::size_t>(what)], ull(t.count), ull(t.failures),
                    ull(t.survived), t.seconds);
        for (const auto& [reasons, times] : t.ends)
            std::printf(" %s: %llu", reasons.c_str(), ull(times));
        std::printf("\n");
    }

    const orders& orders_;
    book& book_;
    std::map<strike, tally> tallies_;
    std::vector<cause> causes_;
    std::uint32_t settled_ = 0;
    std::uint64_t failures_ = 0;
    double seconds_ = 0;
    const char* where_ = "";
};

int open_descriptors() {
    int count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"})
        ++count;
    return count;
}

int interfaces() {
    std::ifstream lines{"/proc/self/net/dev"};
    int count = -2;  // the heading
    for (std::string line; std::getline(lines, line);) ++count;
    return count;
}

template <class Link>
void run_over(const orders& o) {
    const int descriptors = open_descriptors();
    book& all = shared<book>();
    all.pretend = o.pretend;
    run<Link> one{o, all};
    one.strike_all();
    one.judge();
    packet_kit::expect_equal(open_descriptors(), descriptors, "descriptors left open");
    packet_kit::expect_equal(interfaces(), 1, "interfaces left, and lo");
    packet_kit::expect(::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD,
                       "no process is left");
    packet_kit::failures += static_cast<int>(one.failures());
    if (!o.json.empty()) tools::save(one.as_json(), o.json);
}

void read_kinds(std::string_view text, orders& o) {
    while (!text.empty()) {
        const std::string_view item = text.substr(0, text.find(','));
        text.remove_prefix(std::min(item.size() + 1, text.size()));
        const std::string_view kind = item.substr(0, item.find('='));
        const auto at = std::find(strike_names.begin(), strike_names.end(), kind);
        const auto count = kind.size() == item.size() ? std::optional<std::uint64_t>{0}
                                                      : tools::to_number<std::uint64_t>(
                                                            item.substr(kind.size() + 1), 1, 4'000);
        if (at == strike_names.end() || !count)
            throw tools::command_line::bad_value("--only", item, "a kind, or as flaps=20");
        o.only[static_cast<strike>(at - strike_names.begin())] = *count;
    }
}

bool read(int argc, char** argv, orders& o) {
    tools::command_line line{
        "rrdp-chaos",
        "rrdp-chaos does to two processes and their network whatever a machine can suffer.\n\n"
        "  rrdp-chaos [options]\n\n"
        "They talk over a veth pair in a network of their own, while their interfaces fall, "
        "vanish\n"
        "and change, frames suffer, and processes are killed and stopped.\n",
        std::string{
            "Kinds: flaps, removals, mtus, kills, pauses, weather, blackholes, rates.\n\n"} +
            common_orders::exit_status_help};
    line.section("Options:");
    line.number("--count", "N", "strikes of each kind (20)", o.count, std::uint64_t{1},
                std::uint64_t{4'000});
    line.option("--only", "KINDS", "these kinds, as flaps=20,kills",
                [&o](std::string_view text) { read_kinds(text, o); });
    line.option("--link", "NAME", "packet or packet-ring (packet)", [&o](std::string_view text) {
        if (text != "packet" && text != "packet-ring")
            throw tools::command_line::bad_value("--link", text, "packet or packet-ring");
        o.link = text;
    });
    o.declare(line);
    return line.parse(argc, argv);
}

}  // namespace
}  // namespace rrdp::chaos

int main(int argc, char** argv) {
    using namespace rrdp::chaos;
    return tools::run_tool("rrdp-chaos", [&] {
        orders o;
        if (!read(argc, argv, o)) return 0;
        return rrdp::packet_kit::with_network([&] {
            if (o.link == "packet-ring")
                run_over<rrdp::adapters::packet_ring>(o);
            else
                run_over<rrdp::adapters::packet>(o);
        });
    });
}
