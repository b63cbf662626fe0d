// SPDX-License-Identifier: Apache-2.0
// A lossy transfer in virtual time, written down in every way: traced_transfer FOLDER. What was
// done to its frames, and what the engines counted, is printed as JSON.
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include <rrdp/adapters/simulated.hpp>
#include <rrdp/trace.hpp>

namespace {

using namespace std::chrono_literals;
namespace adapters = rrdp::adapters;
namespace trace = rrdp::trace;

//-- begin snippet observed
struct watched : rrdp::default_policy {
    using observer = trace::observers<trace::event_counts, trace::qlog_observer>;
};
using engine = rrdp::endpoint<watched>;
using logged = adapters::captured<adapters::simulated::end, adapters::qlog_file>;

/// What the link sees and what the engine says, in one file.
void watch(engine& e, adapters::qlog_file& log) {
    const bool segments = false;  // the link writes them, and those that arrive
    static_cast<trace::qlog_observer&>(e.observer()).attach(log, segments);
}
//-- end snippet observed

constexpr adapters::wire_conditions weather{
    .faults = {.loss = 0.02, .duplicate = 0.005, .reorder = 0.005, .corrupt = 0.004},
    .delay = 400us,
    .jitter = 30us,
    .rate = 12'500'000,
    .queue = 60'000};
constexpr std::size_t messages = 900, every = 20;

/// Two ends that talk: `a` sends, `b` answers every so many messages, and rests once.
class transfer {
public:
    explicit transfer(const std::string& folder)
        : file_{(folder + "/transfer.pcapng").c_str()},
          log_a_{(folder + "/a.sqlog").c_str(), {.title = "a", .vantage_point = "client"}},
          log_b_{(folder + "/b.sqlog").c_str(), {.title = "b", .vantage_point = "server"}},
          a_{{}, {.node = rrdp::node_id{1}, .address = at(0)}, rrdp::entropy{1, 2}},
          b_{{}, {.node = rrdp::node_id{2}, .address = at(1)}, rrdp::entropy{3, 4}} {
        watch(a_, log_a_);
        watch(b_, log_b_);
        wire_.observe(&faults_);
    }

    bool run() {
        if (a_.add_node(rrdp::node_id{2}, at(1)) != rrdp::errc::ok ||
            b_.add_node(rrdp::node_id{1}, at(0)) != rrdp::errc::ok ||
            b_.listen(7) != rrdp::errc::ok)
            return false;
        const auto id = a_.connect(wire_.time(), {.node = rrdp::node_id{2}, .port = 7});
        if (!id) return false;
        for (std::size_t turn = 0; turn < 500'000 && !over_; ++turn) {
            const rrdp::instant now = wire_.time();
            const bool cut = now > rrdp::instant{20ms} && now < rrdp::instant{24ms};
            wire_.partition(adapters::direction::a_to_b, cut);
            rrdp::pump(a_, link_a_, now);
            rrdp::pump(b_, link_b_, now);
            speak(*id);
            answer();
            if (a_.wants_transmit(now) || b_.wants_transmit(now)) continue;
            wire_.advance(a_.next_timeout(), b_.next_timeout(), std::optional{now + 1ms});
        }
        return over_ && taken_ == messages && file_.flush() && log_a_.flush() && log_b_.flush();
    }

    void print() {
        std::printf("{\"directions\":[");
        print(adapters::direction::a_to_b, a_);
        std::printf(",");
        print(adapters::direction::b_to_a, b_);
        std::printf("]}\n");
    }

private:
    using both = adapters::captured<logged, adapters::capture_file>;

    [[nodiscard]] rrdp::wire::mac_address at(std::size_t end) const {
        return (end == 0 ? wire_.a : wire_.b).properties().address;
    }
    void speak(rrdp::connection_id id) {
        while (const auto e = a_.poll_event()) {
            while (a_.receive(e->connection)) ++answers_;
            over_ = over_ || e->kind == rrdp::event_kind::closed;
        }
        const std::size_t size = 200 + sent_ * 37 % 1'200;
        while (sent_ < messages && a_.send(wire_.time(), id, rrdp::octets_view{text_}.first(size)))
            ++sent_;
        if (sent_ == messages && a_.ledger(id).confirmed == messages) {
            sent_ = messages + 1;
            over_ = a_.close(wire_.time(), id) != rrdp::errc::ok;
        }
    }
    void answer() {
        const rrdp::instant now = wire_.time();
        while (const auto e = b_.poll_event())
            if (e->kind == rrdp::event_kind::accepted) peer_ = e->connection;
        const bool rests = now > rrdp::instant{38ms} && now < rrdp::instant{44ms};
        if (!peer_ || rests) return;
        while (b_.receive(*peer_))
            if (++taken_ % every == 0)
                static_cast<void>(b_.send(now, *peer_, rrdp::octets_view{text_}.first(80)));
    }

    void print(adapters::direction way, engine& from) {
        const auto number = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
        const adapters::wire_statistics& w = wire_.statistics(way);
        const auto& stats = from.stats();
        const auto& counts = static_cast<trace::event_counts&>(from.observer());
        std::printf(
            "{\"sent\":%llu,\"delivered\":%llu,\"lost\":%llu,\"queue_full\":%llu,"
            "\"partitioned\":%llu,\"duplicated\":%llu,\"delayed\":%llu,\"corrupted\":%llu,"
            "\"retransmissions\":%llu,\"opening\":%llu,\"bad_checksum\":%llu,\"dropped\":%llu}",
            number(w.sent), number(w.delivered), number(w.lost), number(w.queue_full),
            number(w.partitioned), number(w.duplicated), number(w.reordered), number(w.corrupted),
            number(counts.retransmissions()), number(stats.retransmissions_open),
            number(stats.dropped(rrdp::drop_reason::bad_checksum)), number(stats.dropped()));
    }

    std::vector<std::byte> text_ = std::vector<std::byte>(1'400, std::byte{'.'});
    adapters::simulated wire_{2, weather};
    adapters::capture_file file_;
    adapters::qlog_file log_a_, log_b_;
    logged logged_a_{wire_.a, log_a_, "a"}, logged_b_{wire_.b, log_b_, "b"};
    both link_a_{logged_a_, file_, "a"}, link_b_{logged_b_, file_, "b"};
    adapters::captured_faults<adapters::capture_file> faults_{file_, "wire"};
    engine a_, b_;
    std::optional<rrdp::connection_id> peer_;
    std::size_t sent_ = 0, taken_ = 0, answers_ = 0;
    bool over_ = false;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    transfer t{argv[1]};
    if (!t.run()) return 1;
    t.print();
    return 0;
}
