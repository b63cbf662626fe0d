// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <map>
#include <tuple>

#include "conversations.hpp"
#include "trace_input.hpp"

namespace tools {

/// What a frame of a connection did, with numbers that do not wrap.
struct trace_event {
    enum class deed : std::uint8_t { left, came, fault };
    enum class kind : std::uint8_t { syn, data, nul, ack, reset, broken };

    rrdp::duration time{};
    deed what = deed::left;
    kind of = kind::broken;
    std::uint8_t side = 0;       ///< who sent it
    std::int64_t number = 0;     ///< its sequence number, where the opener's SYN has 65 536 or more
    std::int64_t confirms = -1;  ///< its acknowledgement number; -1: none
    std::vector<std::int64_t> beyond{};  ///< numbers of its EACK list
    std::int64_t edge = -1;              ///< up to where it gives credit; -1: not said
    const seen_frame* frame = nullptr;
    const char* verdict = "ok";
    rrdp::wire::header base{};
    std::uint16_t nul_code = 0;
    rrdp::octets_view data{};  ///< as far as the trace has them

    /// Whether it has a number of its own.
    [[nodiscard]] bool consumes() const noexcept {
        return of == kind::syn || of == kind::data || of == kind::nul;
    }
};

/// One connection out of a trace. Side 0 is who opened it, or who is seen first.
struct trace_connection {
    std::array<station, 2> ends;
    std::array<std::uint16_t, 2> ports{};
    std::optional<rrdp::wire::features> agreed;
    std::array<std::optional<std::int64_t>, 2> first{};  ///< numbers of the SYNs
    std::array<std::uint16_t, 2> announced{};            ///< Max Outstanding; 0: not seen
    std::array<std::uint16_t, 2> ack_delay_us{};
    std::array<std::uint16_t, 2> nodes{};  ///< their numbers, where a SYN tells; else 0
    std::array<bool, 2> left{}, came{};    ///< whether its frames are seen where they leave, arrive
    std::vector<trace_event> events;
    std::size_t sent = 0;  ///< frames seen where they leave, or where only that is known, arrive

    /// Whether an event is the end of a side's messages: it is where FIN was agreed (3.3).
    [[nodiscard]] bool finishes(const trace_event& e) const noexcept {
        constexpr auto fin = static_cast<std::uint16_t>(rrdp::wire::nul_code::fin);
        return e.of == trace_event::kind::nul && e.nul_code == fin && agreed &&
               agreed->has(rrdp::wire::features::fin);
    }
    /// "02:00:00:00:00:01 port 7"
    [[nodiscard]] std::string name(std::size_t side) const {
        return text(ends[side]) + " port " + std::to_string(ports[side]);
    }
};

/// Sorts the frames of a trace by connection and reads them. A connection that opens anew between
/// the same ends is another one.
class trace_connections {
public:
    /// `agreed` counts where the opening was not seen. The input must stay.
    trace_connections(const trace_input& input, std::optional<rrdp::wire::features> agreed)
        : agreed_{agreed} {
        for (const seen_frame& f : input.frames) see(f);
        others_ += std::erase_if(all_, [](const trace_connection& c) {  // damaged beyond knowing
            return std::all_of(c.events.begin(), c.events.end(), [](const trace_event& e) {
                return e.of == trace_event::kind::broken;
            });
        });
        for (trace_connection& c : all_) settle(c);
    }

    [[nodiscard]] const std::vector<trace_connection>& all() const noexcept { return all_; }
    /// Frames that are no segments: of node resolution, or shorter than a header.
    [[nodiscard]] std::uint64_t others() const noexcept { return others_; }
    /// Which has the most frames; 0 where there is none.
    [[nodiscard]] std::size_t largest() const noexcept {
        std::size_t best = 0;
        for (std::size_t i = 0; i < all_.size(); ++i)
            if (all_[i].events.size() > all_[best].events.size()) best = i;
        return best;
    }

private:
    using end = std::tuple<station, std::uint16_t>;
    struct place {
        std::size_t connection = 0;
        std::array<std::optional<std::uint16_t>, 2> syns;
        std::array<std::optional<std::int64_t>, 2> newest;  ///< numbers, to unwrap others by
        bool busy = false;                                  ///< data were seen
    };

    static end end_of(station s, std::uint16_t port) {
        s.udp_port = 0;
        return {s, port};
    }

    void see(const seen_frame& f) {
        const rrdp::octets_view payload = whole(f);
        if (payload.size() < rrdp::wire::base_octets || rrdp::wire::is_resolution(payload)) {
            ++others_;
            return;
        }
        envelope e = f.carried;
        e.payload = payload;
        frame_context context;
        context.agreed = agreed_;
        context.pseudo_header = e.pseudo_header;
        known_.recall(e, context);
        const reading r = f.cut ? read_header(payload, context) : read_frame(payload, context);
        known_.learn(e, r);
        known_.recall(e, context);

        const end from = end_of(e.source, rrdp::load_be16(payload, 2));
        const end to = end_of(e.destination, rrdp::load_be16(payload, 4));
        const bool swapped = to < from;
        place& p = places_[swapped ? std::tuple{to, from} : std::tuple{from, to}];
        const std::size_t half = swapped ? 1 : 0;
        if (begins(p, r, f, half)) open(p, from, to);
        trace_connection& c = all_[p.connection - 1];
        const auto side = static_cast<std::uint8_t>(end_of(c.ends[0], c.ports[0]) == from ? 0 : 1);
        if (context.agreed && r.ok() && !r.segment.reset) c.agreed = context.agreed;
        trace_event event{.time = f.time, .side = side, .frame = &f, .verdict = r.verdict};
        event.base = r.segment.base;
        event.nul_code = r.segment.words.nul_code;
        if (!f.cut) event.data = r.segment.payload;
        event.what = !f.fault.empty() && f.way == seen_way::unknown ? trace_event::deed::fault
                     : f.way == seen_way::came                      ? trace_event::deed::came
                                                                    : trace_event::deed::left;
        fill(p, c, r, event);
        c.events.push_back(std::move(event));
    }

    /// The frame with zeros for what was not written down, until the next one: a million of frames
    /// of which a trace has the headers take no more memory than those.
    rrdp::octets_view whole(const seen_frame& f) {
        if (f.missing == 0) return f.octets;
        whole_.assign(f.octets.begin(), f.octets.end());
        whole_.resize(f.octets.size() + f.missing);
        return whole_;
    }

    /// A capture or a qlog has only the header: what its checksum covers is not known.
    static reading read_header(rrdp::octets_view payload, const frame_context& context) {
        reading r;
        const auto view = rrdp::wire::parse(payload);
        if (!view) {
            r.verdict = name(view.error());
            return r;
        }
        r.segment.base = view->base;
        r.segment.payload = view->payload();
        r.variable = view->variable();
        if (view->base.control.syn())
            r.segment.syn = *rrdp::wire::parse_syn(*view);
        else if (const auto wrong = detail::read_words(*view, context, r))
            r.verdict = name(*wrong);
        return r;
    }

    /// Whether the frame is the first of a connection.
    static bool begins(place& p, const reading& r, const seen_frame& f, std::size_t half) {
        const bool opens = r.ok() && r.segment.syn && !r.segment.base.control.ack();
        const bool other = opens && p.syns[half] != r.segment.base.sequence.value();
        if (opens && f.fault.empty()) p.syns[half] = r.segment.base.sequence.value();
        if (p.connection != 0 && !(other && p.busy && f.fault.empty())) return false;
        if (p.connection != 0) p.syns[1 - half] = {};
        return true;
    }

    void open(place& p, const end& from, const end& to) {
        all_.emplace_back();
        p.connection = all_.size();
        p.newest = {};
        p.busy = false;
        all_.back().ends = {std::get<0>(from), std::get<0>(to)};
        all_.back().ports = {std::get<1>(from), std::get<1>(to)};
    }

    static void fill(place& p, trace_connection& c, const reading& r, trace_event& e) {
        using kind = trace_event::kind;
        if (!r.ok()) return;
        const rrdp::wire::flags control = r.segment.base.control;
        e.of = control.syn()                     ? kind::syn
               : control.rst()                   ? kind::reset
               : control.nul()                   ? kind::nul
               : r.segment.base.data_length != 0 ? kind::data
                                                 : kind::ack;
        if (e.of == kind::data) p.busy = true;
        if (e.of == kind::reset) p.busy = true;
        const std::size_t own = e.side, peer = 1 - own;
        e.number = unwrapped(p.newest[own], r.segment.base.sequence.value());
        if (e.consumes() && p.newest[own] < e.number) p.newest[own] = e.number;
        if (control.ack()) {
            e.confirms = unwrapped(p.newest[peer], r.segment.base.acknowledgement.value());
            for (const rrdp::wire::seq16 n : r.segment.words.eacks)
                e.beyond.push_back(unwrapped(e.confirms, n.value()));
            if (r.segment.words.credit) e.edge = unwrapped(e.confirms, *r.segment.words.credit);
        }
        if (e.of != kind::syn) return;
        if (!c.first[own]) c.first[own] = e.number;
        c.announced[own] = r.segment.syn->max_outstanding;
        if (r.segment.syn->node) c.nodes[own] = r.segment.syn->node->source;
        if (r.segment.syn->timing) c.ack_delay_us[own] = r.segment.syn->timing->ack_delay_us;
    }

    /// The number nearest to `near` that ends so; the first one that is seen decides.
    static std::int64_t unwrapped(std::optional<std::int64_t>& near, std::uint16_t low) {
        if (!near) near = 65'536 + low;
        return unwrapped(*near, low);
    }
    static std::int64_t unwrapped(std::int64_t near, std::uint16_t low) {
        return near + static_cast<std::int16_t>(low - static_cast<std::uint16_t>(near));
    }

    /// A side whose frames are seen only where they arrive is shown as if they left then.
    static void settle(trace_connection& c) {
        for (const trace_event& e : c.events) {
            if (e.what == trace_event::deed::left) c.left[e.side] = true;
            if (e.what == trace_event::deed::came) c.came[e.side] = true;
        }
        for (trace_event& e : c.events)
            if (e.what == trace_event::deed::came && !c.left[e.side])
                e.what = trace_event::deed::left;
        for (std::size_t side : {0U, 1U})
            if (!c.left[side]) c.came[side] = false;
        for (const trace_event& e : c.events) c.sent += e.what == trace_event::deed::left;
    }

    std::optional<rrdp::wire::features> agreed_;
    std::vector<std::byte> whole_;
    conversations known_{std::numeric_limits<std::size_t>::max()};  // all frames are here anyway
    std::map<std::tuple<end, end>, place> places_;
    std::vector<trace_connection> all_;
    std::uint64_t others_ = 0;
};

}  // namespace tools
