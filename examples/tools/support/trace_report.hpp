// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "json.hpp"
#include "segment_json.hpp"
#include "text.hpp"
#include "trace_page.hpp"
#include "trace_story.hpp"

namespace tools {

/// A report of one connection as one file of HTML, which needs nothing else: the numbers as text,
/// and what the pictures are drawn from.
class trace_report {
public:
    /// Points of a kind that a picture keeps; of more, every so many-th. Counts are of all.
    static constexpr std::size_t points_max = 8'000;
    static constexpr std::size_t ladder_frames = 36;

    trace_report(trace_story& story, std::string source)
        : story_{&story}, source_{std::move(source)} {}

    /// The numbers of the report, for programs.
    [[nodiscard]] std::string numbers() {
        json_writer json;
        json.open_object().field("source", source_).key("ends").open_array();
        json.value(name(0)).value(name(1)).close_array();
        json.field("seconds", to_seconds(story_->end() - story_->begin()), 9);
        json.key("directions").open_array();
        for (const std::size_t side : {0U, 1U}) add_numbers(json, side);
        json.close_array().close_object();
        return json.text() + "\n";
    }

    [[nodiscard]] std::string html() {
        page_.clear();
        head();
        tiles();
        charts();
        line("<section><h2>The first frames</h2><p>" + std::to_string(ladder_count()) +
             " frames in the order in which they left and arrived; not to scale." +
             (story_->of().came[0] || story_->of().came[1]
                  ? std::string{}
                  : std::string{" The trace does not say when they arrived."}) +
             "</p><svg id=\"ladder\" role=\"img\" aria-label=\"Ladder of the first frames\"></svg>"
             "</section>");
        percentiles();
        line("<div class=\"pair\">");
        drops();
        both_ways();
        line("</div>");
        foot();
        return page_;
    }

private:
    /// "node 2 port 7", or the address where the opening does not say the node.
    [[nodiscard]] std::string name(std::size_t side) const {
        const trace_connection& c = story_->of();
        if (c.nodes[side] == 0) return c.name(side);
        return "node " + std::to_string(c.nodes[side]) + " port " + std::to_string(c.ports[side]);
    }
    void line(std::string_view text) {
        page_ += text;
        page_ += '\n';
    }
    static std::string escaped(std::string_view text) {
        std::string safe;
        for (const char c : text) {
            if (c == '<')
                safe += "&lt;";
            else if (c == '&')
                safe += "&amp;";
            else if (c == '"')
                safe += "&quot;";
            else
                safe += c;
        }
        return safe;
    }
    /// 1 234 567, with thin spaces.
    static std::string grouped(std::uint64_t number) {
        std::string digits = std::to_string(number);
        for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, "\u2009");
        return digits;
    }
    static std::string span(rrdp::duration d) {
        const double ns = static_cast<double>(d.count());
        const auto three = [](double value) {
            return fixed(value, value < 10 ? 2 : value < 100 ? 1 : 0);
        };
        if (ns < 1e3) return three(ns) + " ns";
        if (ns < 1e6) return three(ns / 1e3) + " \u00b5s";
        if (ns < 1e9) return three(ns / 1e6) + " ms";
        return three(ns / 1e9) + " s";
    }
    static std::string share(std::uint64_t part, std::uint64_t of) {
        if (of == 0) return "0 %";
        return fixed(100.0 * static_cast<double>(part) / static_cast<double>(of), 1) + " %";
    }
    /// The way that carries more is shown first.
    [[nodiscard]] std::size_t main_side() const {
        return story_->at(1).data > story_->at(0).data ? 1 : 0;
    }
    /// A cell that a test or a program can find.
    static std::string cell(std::string_view id, std::size_t side, const std::string& text) {
        return "<td data-number=\"" + std::string{id} + '.' + std::to_string(side) + "\">" + text +
               "</td>";
    }

    void head() {
        const trace_connection& c = story_->of();
        line("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">");
        line(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
            "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">");
        line("<meta name=\"viewport\" content=\"width=device-width\">");
        line("<title>" + escaped(name(0)) + " \u2013 " + escaped(name(1)) + "</title>");
        page_ += "<style>";
        page_ += trace_style;
        line("</style>\n</head>\n<body>\n<header><div>");
        line("<h1>" + escaped(name(0)) + " \u2192 " + escaped(name(1)) + "</h1>");
        line("<p class=\"where\">" + escaped(source_) + " \u00b7 " + text(c.ends[0]) + " to " +
             text(c.ends[1]) + "</p>\n<p class=\"tags\">");
        if (!c.agreed) line("<span>opening not seen</span>");
        for (const named_feature& f : named_features)
            if (c.agreed && c.agreed->has(f.bit)) line("<span>" + std::string{f.name} + "</span>");
        for (const std::size_t side : {0U, 1U})
            if (c.announced[side] != 0)
                line("<span>X " + std::to_string(c.announced[side]) +
                     (side == 0 ? " opener" : " listener") + "</span>");
        line("</p></div><button id=\"theme\" type=\"button\">Theme</button></header>\n<main>");
    }

    void tile(std::string_view id, std::string_view kind, const std::string& value,
              const std::string& what) {
        line("<div class=\"" + std::string{kind} + "\"><b data-number=\"" + std::string{id} +
             "\">" + value + "</b><span>" + what + "</span></div>");
    }
    void tiles() {
        direction_story &a = story_->at(0), &b = story_->at(1);
        const rrdp::duration whole = story_->end() - story_->begin();
        const std::uint64_t frames = a.frames + b.frames, lost = a.dropped() + b.dropped();
        const std::uint64_t again = a.retransmissions + b.retransmissions;
        direction_story& main = story_->at(main_side());
        const double rate = whole.count() > 0
                                ? 8.0 * static_cast<double>(main.data) / to_seconds(whole) / 1e6
                                : 0.0;
        line("<div class=\"tiles\">");
        tile("seconds", "", span(whole), "from the first frame to the last");
        tile("frames", "", grouped(frames), "frames sent");
        tile("rate", "", rate < 1 ? fixed(1e3 * rate, 0) + " kbit/s" : fixed(rate, 0) + " Mbit/s",
             "of data, one way");
        tile("dropped", lost != 0 ? "alarm" : "", grouped(lost), "dropped, " + share(lost, frames));
        tile("retransmissions", again != 0 ? "warn" : "", grouped(again),
             "sent again, " + share(again, a.numbers + b.numbers));
        tile("rtt", "",
             main.round_trips.size() != 0 ? span(main.round_trips.per_mille(500)) : "\u2013",
             "median round trip");
        line("</div>");
    }

    static std::string sign(std::string_view path) {
        return "<svg viewBox=\"0 0 22 12\" aria-hidden=\"true\"><path " + std::string{path} +
               "/></svg>";
    }
    static std::string dot(std::string_view color) {
        return sign("d=\"M8 6a3 3 0 1 0 6 0a3 3 0 1 0-6 0\" fill=\"var(--" + std::string{color} +
                    ")\"");
    }
    static std::string stroke(std::string_view color, std::string_view d, bool dashed = false) {
        return sign("d=\"" + std::string{d} +
                    "\" fill=\"none\" stroke-width=\"2\" stroke=\"var(--" + std::string{color} +
                    ")\"" + (dashed ? " stroke-dasharray=\"5 3\"" : ""));
    }

    void chart(std::string_view id, std::string_view title, std::string_view text) {
        line("<section><h2>" + std::string{title} + "</h2><p>" + std::string{text} +
             "</p><svg id=\"" + std::string{id} +
             "\" class=\"chart\" role=\"img\" tabindex=\"0\" aria-label=\"" + std::string{title} +
             "; arrow keys read out\"></svg>");
    }
    void charts() {
        line("<div class=\"bar\">");
        for (const std::size_t side : {0U, 1U})
            line("<button type=\"button\" data-side=\"" + std::to_string(side) + "\">" +
                 (side == 0 ? "opener" : "listener") + " sends</button>");
        line(
            "<button type=\"button\" id=\"whole\">Whole time</button>"
            "<span class=\"hint\">drag over a picture to look closer, double-click to go back"
            "</span></div>");
        const std::string flat = "M1 6h20";
        chart("sequence", "Numbers over time",
              "Each message segment, FIN and probe has a number. It leaves, is confirmed, and goes "
              "again where it was lost.");
        for (const std::size_t side : {0U, 1U}) sequence_legend(side);
        line("</section>\n<div class=\"pair\">");
        chart("times", "Round trips and time-out",
              "Of what was sent once. The time-out follows from these round trips by R-9.1 with "
              "the default options.");
        line("<div class=\"legend\"><span>" + dot("sent") + "round trip</span><span>" +
             stroke("again", flat, true) + "retransmission time-out</span></div></section>");
        chart("window", "In flight and allowed",
              "Numbers sent and not yet confirmed, and how many may be: what the peer announced, "
              "or less by its credit.");
        line("<div class=\"legend\"><span>" + stroke("sent", flat) + "in flight</span><span>" +
             stroke("edge", flat, true) + "window</span></div></section></div>");
    }
    void sequence_legend(std::size_t side) {
        const direction_story& d = story_->at(side);
        std::uint64_t lost = 0;
        for (const sent_number& s : d.sent) lost += s.lost;
        const auto entry = [&](const std::string& shape, const std::string& what,
                               std::uint64_t count) {
            line("<span>" + shape + what + " <b>" + grouped(count) + "</b></span>");
        };
        line("<div class=\"legend\" data-counts=\"" + std::to_string(side) + "\">");
        entry(dot("sent"), "sent", d.numbers);
        entry(stroke("again", "M11 1l5 5l-5 5l-5-5z"), "sent again", d.retransmissions);
        line("<span>" + stroke("lost", "M7 2l8 8m0-8l-8 8") +
             "lost, with a number <b data-number=\"lost_numbers." + std::to_string(side) + "\">" +
             grouped(lost) + "</b></span>");
        line("<span>" + stroke("ack", "M1 9h10v-6h10") + "confirmed up to</span>");
        entry(stroke("beyond", "M11 1v10"), "confirmed out of order", d.beyond.size());
        line("<span>" + stroke("edge", "M1 6h20", true) + "allowed up to</span>");
        const sent_kinds kinds{d};
        for (std::size_t kind = 0; kind < kinds.steps.size(); ++kind)
            if (kinds.steps[kind] > 1)
                line("<span data-thinned=\"" + std::to_string(kind) + "\">of " +
                     grouped(kinds.counts[kind]) + ' ' + sent_kinds::names[kind] +
                     " the picture has one in " + grouped(kinds.steps[kind]) + "</span>");
        line("</div>");
    }

    void percentiles() {
        line(
            "<section><h2>How long it took</h2><div class=\"scroll\"><table><thead><tr><th></th>"
            "<th>count</th><th>50 %</th><th>90 %</th><th>99 %</th><th>longest</th></tr></thead>"
            "<tbody>");
        for (const std::size_t side : {0U, 1U}) {
            direction_story& d = story_->at(side);
            const std::string who = side == 0 ? "opener" : "listener";
            shares("round_trips", side, who + ": round trip, sent once", d.round_trips);
            shares("confirmed", side, who + ": message segment to confirmation", d.confirmed);
            shares("one_way", side, who + ": message segment to arrival", d.one_way);
        }
        line("</tbody></table></div></section>");
    }
    void shares(std::string_view id, std::size_t side, const std::string& what, samples& s) {
        if (s.size() == 0) return;
        std::string row =
            "<tr><th>" + what + "</th>" + cell(std::string{id} + ".count", side, grouped(s.size()));
        for (const std::size_t share : {500U, 900U, 990U, 1'000U})
            row +=
                cell(std::string{id} + '.' + std::to_string(share), side, span(s.per_mille(share)));
        line(row + "</tr>");
    }

    void drops() {
        const direction_story &a = story_->at(0), &b = story_->at(1);
        std::set<std::string> reasons, mishaps;
        for (const std::size_t side : {0U, 1U}) {
            for (const auto& [why, count] : story_->at(side).drops) reasons.insert(why);
            for (const auto& [what, count] : story_->at(side).mishaps) mishaps.insert(what);
        }
        line(
            "<section><h2>What was dropped</h2><div class=\"scroll\"><table id=\"drops\"><thead>"
            "<tr><th>where and why</th><th>of the opener</th><th>of the listener</th></tr></thead>"
            "<tbody>");
        const auto row = [&](const std::string& what, const std::string& id, const auto& of_a,
                             const auto& of_b) {
            const auto in = [&](const auto& map) {
                const auto found = map.find(what);
                return found == map.end() ? std::uint64_t{0} : found->second;
            };
            line("<tr><th>" + escaped(what) + "</th>" + cell(id, 0, grouped(in(of_a))) +
                 cell(id, 1, grouped(in(of_b))) + "</tr>");
        };
        for (const std::string& why : reasons) row(why, "drop: " + escaped(why), a.drops, b.drops);
        if (reasons.empty())
            line("<tr><th>nothing that the trace tells of</th><td></td><td></td></tr>");
        for (const std::string& what : mishaps)
            row(what, "mishap: " + escaped(what), a.mishaps, b.mishaps);
        line("</tbody></table></div>");
        if (!said_.empty()) {
            line("<p>Engines counted, for all their connections:</p><table><tbody>");
            for (const auto& [why, count] : said_)
                line("<tr><th>" + escaped(why) + "</th><td data-number=\"engine: " + escaped(why) +
                     "\">" + grouped(count) + "</td></tr>");
            line("</tbody></table>");
        }
        line("</section>");
    }

    void both_ways() {
        line(
            "<section><h2>Both ways</h2><div class=\"scroll\"><table><thead><tr><th></th>"
            "<th>opener sends</th><th>listener sends</th></tr></thead><tbody>");
        const auto row = [&](std::string_view id, std::string_view what, auto of) {
            line("<tr><th>" + std::string{what} + "</th>" + cell(id, 0, of(story_->at(0))) +
                 cell(id, 1, of(story_->at(1))) + "</tr>");
        };
        const auto number = [&](std::string_view id, std::string_view what,
                                std::uint64_t direction_story::*member) {
            row(id, what, [member](const direction_story& d) { return grouped(d.*member); });
        };
        number("frames", "frames sent", &direction_story::frames);
        if (story_->of().came[0] || story_->of().came[1])
            number("arrived", "frames that arrived", &direction_story::arrived);
        row("dropped", "frames dropped",
            [](const direction_story& d) { return grouped(d.dropped()); });
        number("octets", "octets on the wire", &direction_story::octets);
        number("numbers", "numbers used", &direction_story::numbers);
        number("retransmissions", "numbers sent again", &direction_story::retransmissions);
        number("probes", "probes of old numbers", &direction_story::probes);
        number("data", "octets of messages", &direction_story::data);
        line("</tbody></table></div></section>");
    }

    void foot() {
        line("</main>\n<footer>Made by <code>rrdp-trace report</code>" + thinned_note() +
             "</footer>\n<div id=\"tip\" role=\"status\"></div>");
        page_ += "<script type=\"application/json\" id=\"trace\">";
        page_ += drawing();
        line("</script>");
        page_ += "<script>";
        page_ += trace_script;
        line("</script>\n</body>\n</html>");
    }
    [[nodiscard]] std::string thinned_note() const {
        for (const std::size_t side : {0U, 1U}) {
            const direction_story& d = story_->at(side);
            std::size_t most = 0;
            for (const std::size_t kind : sent_kinds{d}.counts) most = std::max(most, kind);
            for (const auto* line :
                 {&d.acks, &d.beyond, &d.edges, &d.flight, &d.window, &d.rtt, &d.rto})
                most = std::max(most, line->size());
            if (most > points_max)
                return "; pictures show a part of all points, numbers and tables count them all";
        }
        return {};
    }

    /// What was sent, by what became of it: each kind is thinned by itself, the rare ones not.
    struct sent_kinds {
        static constexpr std::array names{"sent", "sent again", "lost"};

        explicit sent_kinds(const direction_story& d) {
            for (const sent_number& s : d.sent) ++counts[of(s)];
            for (std::size_t i = 0; i < steps.size(); ++i) steps[i] = counts[i] / points_max + 1;
        }
        [[nodiscard]] static std::size_t of(const sent_number& s) noexcept {
            return s.lost ? 2 : s.again ? 1 : 0;
        }
        std::array<std::size_t, 3> counts{}, steps{};
    };

    // ---- what the pictures are drawn from

    [[nodiscard]] double ms(rrdp::duration t) const {
        return static_cast<double>((t - story_->begin()).count()) / 1e6;
    }
    [[nodiscard]] std::string drawing() {
        json_writer json;
        json.open_object().field("main", main_side());
        json.field("end", ms(story_->end()), 6).key("names").open_array();
        json.value(escaped(name(0))).value(escaped(name(1))).close_array();
        json.key("ways").open_array();
        for (const std::size_t side : {0U, 1U}) add_way(json, side);
        json.close_array().key("ladder").open_array();
        add_ladder(json);
        return json.close_array().close_object().text();
    }
    void add_way(json_writer& json, std::size_t side) {
        const direction_story& d = story_->at(side);
        json.open_object().key("sent").open_array();
        const sent_kinds kinds{d};
        std::array<std::size_t, 3> at{};
        for (const sent_number& s : d.sent) {
            const std::size_t of = sent_kinds::of(s);
            if (at[of]++ % kinds.steps[of] != 0) continue;
            using kind = trace_event::kind;
            json.open_array().value(ms(s.time), 6).value(story_->shown(side, s.number));
            json.value((s.again ? 1U : 0U) | (s.lost ? 2U : 0U));
            json.value(s.event->base.data_length);
            json.value(s.event->of == kind::data ? "d" : s.event->of == kind::nul ? "n" : "s");
            json.close_array();
        }
        json.close_array();
        add_values(json, "acks", d.acks);
        add_values(json, "beyond", d.beyond);
        add_values(json, "edges", d.edges);
        add_values(json, "flight", d.flight);
        add_values(json, "window", d.window);
        add_values(json, "rtt", d.rtt, 6);
        add_values(json, "rto", d.rto, 6);
        json.close_object();
    }
    void add_values(json_writer& json, std::string_view key, const std::vector<timed_value>& all,
                    int decimals = 0) const {
        json.key(key).open_array();
        const std::size_t step = all.size() / points_max + 1;
        for (std::size_t i = 0; i < all.size(); i += step)
            json.open_array().value(ms(all[i].time), 6).value(all[i].value, decimals).close_array();
        json.close_array();
    }

    [[nodiscard]] std::size_t ladder_count() const {
        return std::min(story_->of().sent, ladder_frames);
    }
    void add_ladder(json_writer& json) const {
        std::size_t left = ladder_frames;
        std::array<std::set<std::int64_t>, 2> seen;
        for (const trace_event& e : story_->of().events) {
            if (e.what != trace_event::deed::left || left == 0) continue;
            --left;
            const bool again = e.consumes() && !seen[e.side].insert(e.number).second;
            json.open_array().value(ms(e.time), 6).value(e.side).value(label(e));
            const auto arrival = story_->arrival(e);
            if (arrival)
                json.value(ms(*arrival), 6);
            else
                json.null();
            std::string_view fate = story_->fate(e);
            if (fate.empty() && !arrival && story_->of().came[e.side])
                fate = "did not arrive intact";
            json.value(escaped(fate)).value(again).close_array();
        }
    }
    /// "data 3 · 400 octets · ACK 17 · EACK 19 20"
    [[nodiscard]] std::string label(const trace_event& e) const {
        using kind = trace_event::kind;
        if (e.of == kind::broken) return std::string{"unreadable: "} + e.verdict;
        const auto number = [&](std::size_t side, std::int64_t n) {
            return std::to_string(story_->shown(side, n));
        };
        const bool ends = story_->of().finishes(e);
        std::string text = e.of == kind::syn     ? "SYN "
                           : e.of == kind::data  ? "data "
                           : e.of == kind::reset ? "RST "
                           : ends                ? "FIN "
                           : e.of == kind::nul   ? "NUL "
                                                 : "";
        if (e.consumes()) text += number(e.side, e.number);
        if (e.of == kind::data) text += " \u00b7 " + std::to_string(e.base.data_length) + " octets";
        if (e.confirms < 0) return text;
        if (!text.empty()) text += text.back() == ' ' ? "" : " \u00b7 ";
        text += "ACK " + number(1U - e.side, e.confirms);
        for (std::size_t i = 0; i < e.beyond.size() && i < 4; ++i)
            text += (i == 0 ? " \u00b7 EACK " : " ") + number(1U - e.side, e.beyond[i]);
        if (e.beyond.size() > 4) text += " \u2026";
        return text;
    }

    void add_numbers(json_writer& json, std::size_t side) {
        direction_story& d = story_->at(side);
        json.open_object().field("frames", d.frames).field("arrived", d.arrived);
        json.field("octets", d.octets).field("numbers", d.numbers).field("data", d.data);
        json.field("retransmissions", d.retransmissions).field("probes", d.probes);
        json.field("dropped", d.dropped()).key("drops").open_object();
        for (const auto& [why, count] : d.drops) json.field(why, count);
        json.close_object().key("mishaps").open_object();
        for (const auto& [what, count] : d.mishaps) json.field(what, count);
        json.close_object();
        for (const auto& [key, what] : {std::pair{"round_trips", &d.round_trips},
                                        {"confirmed", &d.confirmed},
                                        {"one_way", &d.one_way}}) {
            json.key(key).open_object().field("count", what->size());
            for (const auto& [name, share] : {std::pair{"p50_us", 500U},
                                              {"p90_us", 900U},
                                              {"p99_us", 990U},
                                              {"max_us", 1'000U}})
                json.field(name, static_cast<double>(what->per_mille(share).count()) / 1e3, 3);
            json.close_object();
        }
        json.close_object();
    }

public:
    /// What engines said that they dropped, by reason, for all connections of theirs.
    void say(const std::vector<said_drop>& drops) {
        for (const said_drop& d : drops) ++said_[d.reason];
    }

private:
    trace_story* story_;
    std::string source_;
    std::string page_;
    std::map<std::string, std::uint64_t> said_;
};

}  // namespace tools
