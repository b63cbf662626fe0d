// SPDX-License-Identifier: Apache-2.0
#include "bench/engines/suite.hpp"

#include <cstring>

#include "bench/engines/crowd.hpp"
#include "bench/engines/rrdp_pair.hpp"

namespace rrdp::bench {
namespace {

/// Whether rows of engines were named and not parts only.
bool wants_engine(const plan& p, const engine& e) {
    if (p.only.empty() || p.wants("messages")) return true;
    return p.wants(e.name);
}

std::vector<message_row> rows_of(const plan& p, pattern how, std::size_t size) {
    std::vector<message_row> rows;
    for (const engine& e : engines()) {
        if (!wants_engine(p, e)) continue;
        rows.push_back({&e, {how, size, p.count}});
        if (e.run == nullptr) rows.back().not_run = e.missing;
    }
    return rows;
}

void run_round(message_row& row) {
    if (!row.not_run.empty()) return;
    try {
        row.last = row.whose->run(row.what);
        row.ns.push_back(row.last.ns / static_cast<double>(row.last.messages));
    } catch (const std::exception& why) {
        row.not_run = why.what();
    }
}

/// One connection of an engine that looks at each place for one, used or not, in every turn.
void add_places(const plan& p, const engine& e, std::vector<crowd_row>& rows) {
    if (e.run_beside == nullptr) return;
    const std::size_t first = rows.size();
    for (const std::uint32_t places : {1U, 100U, 4'000U}) rows.push_back({e.name, places, 1});
    for (std::uint64_t round = 0; round < p.rounds; ++round) {
        for (std::size_t i = first; i < rows.size(); ++i) {
            crowd_row& row = rows[i];
            const figures f = e.run_beside({pattern::ping_pong, 32, p.count}, row.connections);
            row.ns.push_back(f.ns / static_cast<double>(f.messages));
            row.frames = static_cast<double>(f.frames) / static_cast<double>(f.messages);
        }
    }
}

}  // namespace

bool plan::wants(const std::string& name) const {
    return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
}

bool results::trouble() const {
    for (const message_row& row : messages)
        if (!row.not_run.empty() && row.whose->run != nullptr) return true;
    return false;
}

std::vector<message_row> run_messages(const plan& p) {
    std::vector<message_row> all;
    for (const pattern how : p.patterns) {
        for (const std::size_t size : p.sizes) {
            auto rows = rows_of(p, how, size);
            for (std::uint64_t round = 0; round < p.rounds; ++round)
                for (message_row& row : rows) run_round(row);
            all.insert(all.end(), rows.begin(), rows.end());
        }
    }
    return all;
}

std::vector<crowd_row> run_crowds(const plan& p) {
    struct cell {
        crowd_row row;
        crowd* whose;
    };
    std::vector<std::unique_ptr<crowd>> crowds;
    std::vector<cell> cells;
    for (const std::uint32_t connections : {1U, 100U, 10'000U, 100'000U}) {
        crowds.push_back(std::make_unique<crowd>(connections));
        for (const std::uint64_t batch : {1U, 32U})
            cells.push_back({{"rrdp", connections, batch}, crowds.back().get()});
    }
    for (cell& c : cells) c.whose->exchange(warm_up, c.row.batch);
    for (std::uint64_t round = 0; round < p.rounds; ++round) {
        for (cell& c : cells) {
            // A batch is answered as a whole.
            const std::uint64_t unit = 2 * c.row.batch;
            const auto count = static_cast<double>((p.count + unit - 1) / unit * unit);
            const std::uint64_t frames = c.whose->frames();
            const stopwatch watch;
            c.whose->exchange(p.count, c.row.batch);
            c.row.ns.push_back(watch.ns() / count);
            c.row.frames = static_cast<double>(c.whose->frames() - frames) / count;
        }
    }
    std::vector<crowd_row> rows;
    for (cell& c : cells) rows.push_back(std::move(c.row));
    for (const engine& e : engines()) add_places(p, e, rows);
    return rows;
}

std::vector<idle_row> run_idle(const plan&) {
    std::vector<idle_row> rows{{"rrdp", octets_per_idle_connection()}};
    for (const engine& e : engines()) {
        if (e.run == nullptr || std::strncmp(e.name, "rrdp", 4) == 0 || std::strchr(e.name, '-'))
            continue;
        const figures f = e.run({pattern::ping_pong, 32, 1});
        rows.push_back({e.name, static_cast<double>(f.connect_octets) / 2 +
                                    static_cast<double>(e.place_octets)});
    }
    return rows;
}

std::vector<timer_row> run_timers(const plan& p) {
    // All rounds together end before the first keepalive; one tick of the timers each.
    constexpr duration step = default_policy::timer_tick;
    constexpr duration settling = std::chrono::milliseconds{200};
    constexpr duration most = std::chrono::milliseconds{500};
    const auto turns = static_cast<std::uint64_t>(most / step) / p.rounds;
    std::vector<timer_row> rows;
    for (const std::uint32_t connections : {1U, 100'000U}) {
        crowd idle{connections};
        // Timers of the opening that are not needed any more come up once and are dropped.
        for (duration past{}; past < settling; past += step)
            static_cast<void>(idle.idle_turn(step));
        timer_row row{connections};
        for (std::uint64_t round = 0; round < p.rounds && turns > 0; ++round) {
            const stopwatch watch;
            for (std::uint64_t i = 0; i < turns; ++i) row.due += idle.idle_turn(step);
            row.ns.push_back(watch.ns() / static_cast<double>(turns));
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

std::vector<copy_row> run_copies(const plan& p) {
    std::vector<std::byte> from(message_max, std::byte{1}), to(message_max);
    frame_queue ring{wire::base_octets + message_max + 100};
    std::vector<copy_row> rows{{"memcpy"},    {"memcpy into the wire's slots in turn"},
                               {"ping-pong"}, {"ping-pong, composed in place"},
                               {"stream"},    {"stream, composed in place"}};
    const auto add = [](copy_row& row, const figures& f) {
        row.ns.push_back(f.ns / static_cast<double>(f.messages));
    };
    for (std::uint64_t round = 0; round < p.rounds; ++round) {
        const stopwatch watch;
        for (std::uint64_t i = 0; i < p.count; ++i) {
            std::memcpy(to.data(), from.data(), message_max);
            asm volatile("" : : "r"(to.data()), "r"(from.data()) : "memory");
        }
        rows[0].ns.push_back(watch.ns() / static_cast<double>(p.count));
        const stopwatch cold;
        for (std::uint64_t i = 0; i < p.count; ++i) {
            ring.push(from.data(), message_max);
            ring.pop();
            asm volatile("" : : "r"(ring.room().data()), "r"(from.data()) : "memory");
        }
        rows[1].ns.push_back(cold.ns() / static_cast<double>(p.count));
        add(rows[2], measure<rrdp_pair>({pattern::ping_pong, message_max, p.count}));
        add(rows[3], measure<rrdp_in_place_pair>({pattern::ping_pong, message_max, p.count}));
        add(rows[4], measure<rrdp_pair>({pattern::stream, message_max, p.count}));
        add(rows[5], measure<rrdp_in_place_pair>({pattern::stream, message_max, p.count}));
    }
    return rows;
}

}  // namespace rrdp::bench
