// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <rrdp/wire/checksum.hpp>

#include "trace_connections.hpp"

namespace tools {

/// Where each number of a direction stands in a stream of octets: data take their length, a SYN, a
/// FIN and a NUL take one. A number that the trace has not takes one, too.
class stream_places {
public:
    stream_places(const trace_connection& c, std::size_t side) {
        std::map<std::int64_t, std::uint32_t> lengths;  // what lies between them takes no memory
        for (const trace_event& e : c.events) {
            if (e.side != side || !e.consumes() || e.what == trace_event::deed::fault) continue;
            const std::uint32_t length =
                e.of == trace_event::kind::data ? e.base.data_length : std::uint32_t{1};
            lengths.emplace(e.number, length);
            longest_ = std::max(longest_, length);
        }
        if (lengths.empty()) return;
        first_ = lengths.begin()->first;
        begin_ = static_cast<std::uint32_t>(first_ & 0xffff);
        std::uint32_t at = begin_;
        std::int64_t next = first_;
        for (const auto& [number, length] : lengths) {
            at += static_cast<std::uint32_t>(number - next);
            known_.push_back({number, at, length});
            at += length;
            next = number + 1;
        }
    }

    /// Where `number` begins; modulo 2^32, as in TCP. Beyond what is known every number is long.
    [[nodiscard]] std::uint32_t start(std::int64_t number) const noexcept {
        if (known_.empty()) return static_cast<std::uint32_t>(number);
        if (number < first_) return begin_ - static_cast<std::uint32_t>(first_ - number);
        const auto after =
            std::upper_bound(known_.begin(), known_.end(), number,
                             [](std::int64_t n, const place& p) { return n < p.number; });
        const place& p = *std::prev(after);
        if (p.number == number) return p.start;
        const std::uint32_t each = after == known_.end() ? longest_ : 1;
        return p.start + p.length + static_cast<std::uint32_t>(number - p.number - 1) * each;
    }
    /// The length of the longest number.
    [[nodiscard]] std::uint32_t longest() const noexcept { return longest_; }

private:
    struct place {
        std::int64_t number;
        std::uint32_t start, length;
    };

    std::int64_t first_ = 0;
    std::uint32_t begin_ = 0;
    std::uint32_t longest_ = 1;
    std::vector<place> known_;
};

/// Writes connections of RRDP as connections of TCP over IPv4 into a pcap file with nanoseconds:
/// what left, in its order, so that programs that know TCP draw what happened.
class tcp_rewrite {
public:
    explicit tcp_rewrite(const std::string& path)
        : path_{path}, file_{path == "-" ? stdout : std::fopen(path.c_str(), "wb")} {
        if (!file_) throw system_failure(path);
        for (const std::uint32_t w : {0xa1b2'3c4dU, 4U << 16 | 2U, 0U, 0U, 65'535U, 1U}) host32(w);
        write_out();
    }
    tcp_rewrite(const tcp_rewrite&) = delete;
    tcp_rewrite& operator=(const tcp_rewrite&) = delete;

    /// All that left of the `connections`, in the order of time.
    void add(const std::vector<const trace_connection*>& connections) {
        std::vector<std::pair<const trace_event*, const trace_connection*>> all;
        for (const trace_connection* c : connections) {
            places_[c].emplace_back(*c, 0);
            places_[c].emplace_back(*c, 1);
            for (const trace_event& e : c->events)
                if (e.what == trace_event::deed::left) all.emplace_back(&e, c);
        }
        std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
            return a.first->time < b.first->time;
        });
        for (const auto& [e, c] : all) {
            if (e->of == trace_event::kind::broken)
                ++left_out_;
            else
                add(*e, *c);
        }
    }

    /// Segments written, and frames that could not be read.
    [[nodiscard]] std::uint64_t segments() const noexcept { return segments_; }
    [[nodiscard]] std::uint64_t left_out() const noexcept { return left_out_; }
    void close() {
        std::FILE* const file = file_.release();
        if ((file == stdout ? std::fflush(file) : std::fclose(file)) != 0)
            throw system_failure(path_);
    }

private:
    static constexpr unsigned scale = 8;         ///< of windows (RFC 7323)
    static constexpr std::size_t most = 60'000;  ///< octets of data in a packet
    enum : unsigned { fin = 1, syn = 2, rst = 4, push = 8, ack = 16 };

    struct segment {
        rrdp::duration time{};
        std::uint32_t sequence = 0, acknowledgement = 0;
        unsigned flags = 0;
        std::uint16_t window = 0;
        std::vector<std::uint32_t> sacked{};  ///< begin, end, begin, end, …
        std::uint16_t longest = 0;            ///< of a SYN
        rrdp::octets_view data{};
        std::size_t missing = 0;  ///< octets of data behind those that are not in the trace
    };

    void add(const trace_event& e, const trace_connection& c) {
        const stream_places& own = places_[&c][e.side];
        const stream_places& peer = places_[&c][1U - e.side];
        segment s{.time = e.time, .sequence = own.start(e.number)};
        const rrdp::wire::flags control = e.base.control;
        if (control.syn()) {
            s.flags |= syn;
            s.longest = static_cast<std::uint16_t>(std::min(own.longest(), 65'495U));
        }
        if (control.rst()) s.flags |= rst;
        if (e.confirms >= 0) {
            s.flags |= ack;
            s.acknowledgement = peer.start(e.confirms + 1);
            for (const auto& [begin, end] : runs(e.beyond)) {
                s.sacked.push_back(peer.start(begin));
                s.sacked.push_back(peer.start(end));
            }
        }
        s.window = window_of(e, c, peer);
        static constexpr std::array<std::byte, 1> nothing{};
        const bool ends = c.finishes(e);
        if (e.of == trace_event::kind::nul && !ends) s.data = nothing;
        if (ends) s.flags |= fin;
        if (e.of == trace_event::kind::data) {
            s.flags |= push;
            s.data = e.data;
            if (e.frame->cut) s.missing = e.base.data_length;
        }
        write(s, e, c);
    }

    /// Neighbours as one, the newest first as in the list; TCP has room for four.
    static std::vector<std::pair<std::int64_t, std::int64_t>> runs(
        const std::vector<std::int64_t>& list) {
        std::vector<std::pair<std::int64_t, std::int64_t>> found;
        std::vector<std::int64_t> sorted = list;
        std::sort(sorted.begin(), sorted.end());
        for (const std::int64_t n : sorted) {
            if (!found.empty() && found.back().second == n)
                ++found.back().second;
            else
                found.emplace_back(n, n + 1);
        }
        if (list.empty()) return found;
        const auto newest = std::find_if(found.begin(), found.end(), [&](const auto& run) {
            return run.first <= list.front() && list.front() < run.second;
        });
        if (newest != found.end()) std::rotate(found.begin(), newest, newest + 1);
        if (found.size() > 4) found.resize(4);
        return found;
    }

    /// What the receiver lets the sender send: its X, or less where credit says so.
    static std::uint16_t window_of(const trace_event& e, const trace_connection& c,
                                   const stream_places& peer) {
        if (e.of == trace_event::kind::reset || e.confirms < 0) return 65'535;
        const std::int64_t x = c.announced[e.side] == 0 ? 64 : c.announced[e.side];
        const std::int64_t room =
            e.edge < 0 ? x : std::clamp(e.edge - e.confirms, std::int64_t{}, x);
        const std::uint32_t octets = peer.start(e.confirms + 1 + room) - peer.start(e.confirms + 1);
        const std::uint32_t field =
            e.of == trace_event::kind::syn ? octets : (octets + (1U << scale) - 1) >> scale;
        return static_cast<std::uint16_t>(std::min(field, 65'535U));
    }

    /// One packet, or several where the data are longer than IP allows.
    void write(segment s, const trace_event& e, const trace_connection& c) {
        const unsigned last = s.flags & (fin | push);
        while (s.data.size() > most) {
            segment part = s;
            part.data = s.data.first(most);
            part.flags &= ~last;
            packet(part, e, c);
            s.data = s.data.subspan(most);
            s.sequence += most;
        }
        packet(s, e, c);
    }

    void packet(const segment& s, const trace_event& e, const trace_connection& c) {
        const std::vector<std::byte> options = options_of(s);
        const std::size_t missing = std::min(s.missing, most);
        const std::size_t header = 20 + options.size();
        const std::size_t whole = 14 + 20 + header + s.data.size() + missing;
        const auto stamp = s.time.count();
        host32(static_cast<std::uint32_t>(stamp / 1'000'000'000));
        host32(static_cast<std::uint32_t>(stamp % 1'000'000'000));
        host32(static_cast<std::uint32_t>(whole - missing));
        host32(static_cast<std::uint32_t>(whole));
        const std::uint32_t from = address_of(c.ends[e.side]), to = address_of(c.ends[1U - e.side]);
        ethernet(to, from);
        const std::size_t ip = out_.size();
        net16(0x4500);
        net16(static_cast<std::uint32_t>(whole - 14));
        net16(static_cast<std::uint32_t>(++segments_ & 0xffff));
        net16(0x4000);
        net16(64 << 8 | 6);
        net16(0);
        net32(from);
        net32(to);
        put_checksum(ip + 10, ip, 0);
        const std::size_t tcp = out_.size();
        net16(c.ports[e.side]);
        net16(c.ports[1U - e.side]);
        net32(s.sequence);
        net32(s.acknowledgement);
        net16(static_cast<std::uint32_t>(header / 4 << 12 | s.flags));
        net16(s.window);
        net32(0);
        out_.insert(out_.end(), options.begin(), options.end());
        out_.insert(out_.end(), s.data.begin(), s.data.end());
        if (missing == 0) {  // else nobody can check it
            rrdp::wire::ones_complement_sum pseudo;
            pseudo.add(rrdp::octets_view{out_}.subspan(ip + 12, 8));
            put_checksum(tcp + 16, tcp,
                         pseudo.value() + 6U + static_cast<unsigned>(out_.size() - tcp));
        }
        write_out();
    }

    void ethernet(std::uint32_t to, std::uint32_t from) {
        net16(0x0200);
        net32(to);
        net16(0x0200);
        net32(from);
        net16(0x0800);
    }

    static std::vector<std::byte> options_of(const segment& s) {
        std::vector<std::uint32_t> words;
        if ((s.flags & syn) != 0) {
            words = {0x0204'0000U | s.longest, 0x0402'0103U, 0x0300'0101U | scale << 16};
        } else if (!s.sacked.empty()) {
            words.push_back(0x0101'0502U + static_cast<std::uint32_t>(4 * s.sacked.size()));
            words.insert(words.end(), s.sacked.begin(), s.sacked.end());
        }
        std::vector<std::byte> octets(4 * words.size());
        for (std::size_t i = 0; i < words.size(); ++i) rrdp::store_be32(octets, 4 * i, words[i]);
        return octets;
    }

    /// Of a node without an address of IPv4: 10.27.0.1, and so on, in the order of their coming.
    std::uint32_t address_of(station s) {
        if (s.size == 4) return rrdp::load_be32(s.octets, 0);
        s.udp_port = 0;
        const auto [found, fresh] = addresses_.try_emplace(s, 0);
        if (fresh) found->second = 0x0a1b'0000U + static_cast<std::uint32_t>(addresses_.size());
        return found->second;
    }

    void put_checksum(std::size_t place, std::size_t from, std::uint32_t first) {
        rrdp::wire::ones_complement_sum sum;
        sum.add(first);
        sum.add(rrdp::octets_view{out_}.subspan(from));
        rrdp::store_be16(out_, place, static_cast<std::uint16_t>(~sum.value()));
    }
    void net16(std::uint32_t value) {
        out_.push_back(static_cast<std::byte>(value >> 8 & 0xff));
        out_.push_back(static_cast<std::byte>(value & 0xff));
    }
    void net32(std::uint32_t value) {
        net16(value >> 16);
        net16(value & 0xffff);
    }
    /// In the order of octets that the head of the file has: the smallest first.
    void host32(std::uint32_t value) {
        for (int i = 0; i < 4; ++i) out_.push_back(static_cast<std::byte>(value >> 8 * i & 0xff));
    }
    void write_out() {
        if (std::fwrite(out_.data(), 1, out_.size(), file_.get()) != out_.size())
            throw system_failure(path_);
        out_.clear();
    }

    struct closes {
        void operator()(std::FILE* f) const noexcept {
            if (f != stdout) std::fclose(f);
        }
    };

    std::string path_;
    std::unique_ptr<std::FILE, closes> file_;
    std::vector<std::byte> out_;
    std::map<const trace_connection*, std::vector<stream_places>> places_;
    std::map<station, std::uint32_t> addresses_;
    std::uint64_t segments_ = 0, left_out_ = 0;
};

}  // namespace tools
