// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <rrdp/rrdp.hpp>

/// Where in the memory of this process a message lies after it went from one engine to another:
/// every place that it was written to, wherever that is.
namespace rrdp::copies {

/// Octets that are found nowhere else. They are computed, so that who looks for them has none.
class pattern {
public:
    static constexpr std::size_t size = 1'200;

    /// Another one each time.
    pattern() : seed_{mixed(++made())} {}

    void write(octets to) const noexcept {
        for (std::size_t i = 0; i < size; ++i) to[i] = at(i);
    }
    [[nodiscard]] bool is_at(octets_view in) const noexcept {
        std::size_t i = 0;
        while (i < size && in[i] == at(i)) ++i;
        return i == size;
    }
    [[nodiscard]] std::byte at(std::size_t i) const noexcept {
        return static_cast<std::byte>(mixed(seed_ + i / 8) >> (i % 8 * 8));
    }

private:
    static std::uint64_t& made() {
        static std::uint64_t count = 0;
        return count;
    }
    static constexpr std::uint64_t mixed(std::uint64_t x) noexcept {
        x = (x ^ (x >> 30)) * 0xbf58'476d'1ce4'e5b9ULL + 0x9e37'79b9'7f4a'7c15ULL;
        x = (x ^ (x >> 27)) * 0x94d0'49bb'1331'11ebULL;
        return x ^ (x >> 31);
    }

    std::uint64_t seed_;
};

/// A line of /proc/self/maps.
struct mapped {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    std::string rights;
    std::uint64_t offset = 0;
    std::string device;
    std::uint64_t inode = 0;
};

inline std::vector<mapped> mappings() {
    std::vector<mapped> all;
    std::ifstream lines{"/proc/self/maps"};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        mapped m;
        char dash = 0;
        words >> std::hex >> m.begin >> dash >> m.end >> m.rights >> m.offset >> m.device >>
            std::dec >> m.inode;
        all.push_back(m);
    }
    return all;
}

/// A place in memory, and the addresses at which this process sees it: two for memory that both
/// ends have mapped.
struct place {
    const mapped* file = nullptr;  ///< a mapping of what the place lies in, if that has a name
    std::uint64_t offset = 0;      ///< in the file
    std::vector<std::uintptr_t> seen_at;
};

/// Reads the memory of this process through the kernel, so that neither holes nor what a sanitizer
/// forbids to touch are in the way.
class scanner {
public:
    scanner() {
        void* const room =
            ::mmap(nullptr, window + 2 * guard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        window_ = static_cast<std::byte*>(room) + guard;  // a mapping of its own, to be left out
        good_ = room != MAP_FAILED && ::mprotect(window_, window, PROT_READ | PROT_WRITE) == 0;
    }
    scanner(const scanner&) = delete;
    scanner& operator=(const scanner&) = delete;
    ~scanner() {
        ::munmap(window_ - guard, window + 2 * guard);
        ::close(memory_);
    }

    /// Every place where the pattern stands, whole. `all` has to outlive the answer.
    [[nodiscard]] std::vector<place> find(const pattern& what, const std::vector<mapped>& all) {
        std::vector<place> found;
        for (const mapped& m : all) {
            // What is larger is the shadow of a sanitizer: none of these tests has that much.
            constexpr std::uintptr_t most = std::uintptr_t{1} << 30;
            const bool ours = m.begin == address_of(window_);
            if (m.rights[1] != 'w' || ours || m.end - m.begin > most) continue;
            for (auto at = m.begin; at < m.end; at += step) look(what, m, at, found);
        }
        return found;
    }

    [[nodiscard]] bool good() const { return good_ && memory_ >= 0; }
    /// Octets that were looked at.
    [[nodiscard]] std::uint64_t scanned() const { return scanned_; }

    static std::uintptr_t address_of(const void* at) noexcept {
        std::uintptr_t address = 0;
        std::memcpy(&address, &at, sizeof address);
        return address;
    }

private:
    static constexpr std::size_t guard = 1 << 16;
    static constexpr std::size_t step = 1 << 20;
    static constexpr std::size_t window = step + 4'096;  // no pattern is cut in two

    void look(const pattern& what, const mapped& m, std::uintptr_t from,
              std::vector<place>& found) {
        const std::size_t size = std::min<std::size_t>(window, m.end - from);
        const auto got = ::pread(memory_, window_, size, static_cast<off_t>(from));
        if (got <= 0) return;  // registers of a device
        scanned_ += std::min<std::size_t>(static_cast<std::size_t>(got), step);
        const octets_view view{window_, static_cast<std::size_t>(got)};
        std::array<std::byte, 16> head{};
        for (std::size_t i = 0; i < head.size(); ++i) head[i] = what.at(i);
        std::size_t at = 0;
        while (at + pattern::size <= view.size()) {
            const void* const hit =
                ::memmem(view.data() + at, view.size() - at, head.data(), head.size());
            if (hit == nullptr) return;
            at = address_of(hit) - address_of(window_);
            const bool whole = at + pattern::size <= view.size() && what.is_at(view.subspan(at));
            if (whole && at < step) note(m, from + at, found);
            ++at;
        }
    }

    /// Memory that is mapped twice is one place.
    static void note(const mapped& m, std::uintptr_t at, std::vector<place>& found) {
        const std::uint64_t offset = m.offset + (at - m.begin);
        const auto same = std::ranges::find_if(found, [&](const place& p) {
            return m.inode != 0 && p.file != nullptr && p.file->inode == m.inode &&
                   p.file->device == m.device && p.offset == offset;
        });
        if (same != found.end()) return same->seen_at.push_back(at);
        found.push_back({m.inode != 0 ? &m : nullptr, offset, {at}});
    }

    int memory_ = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    std::byte* window_ = nullptr;
    bool good_ = false;
    std::uint64_t scanned_ = 0;
};

/// Where something lay.
struct span_of_addresses {
    explicit span_of_addresses(octets_view octets)
        : begin{scanner::address_of(octets.data())}, end{begin + octets.size()} {}
    std::uintptr_t begin;
    std::uintptr_t end;
};

/// Whether the place is within one of these.
inline bool within(const place& p, const std::vector<span_of_addresses>& spans) {
    return std::ranges::any_of(p.seen_at, [&](std::uintptr_t at) {
        return std::ranges::any_of(spans,
                                   [&](const auto& s) { return s.begin <= at && at < s.end; });
    });
}

/// A link that remembers where the frames lay that it leased and received.
template <class Link>
class watched {
public:
    using rx_frame = typename Link::rx_frame;
    using tx_lease = typename Link::tx_lease;

    explicit watched(Link& below) : link_{&below} {}

    [[nodiscard]] link_properties properties() const noexcept { return link_->properties(); }
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        auto frame = link_->receive();
        if (frame) received.emplace_back(frame->bytes());
        return frame;
    }
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        auto room = link_->lease(size);
        if (room) leased.emplace_back(room->bytes());
        return room;
    }
    bool flush() noexcept {
        if constexpr (flushable_link<Link>) return link_->flush();
        return true;
    }

    std::vector<span_of_addresses> leased;
    std::vector<span_of_addresses> received;

private:
    Link* link_;
};

template <class Framing>
struct policy_of : default_policy {
    using framing = Framing;
};

/// What the column "Places" of docs/links/README.md says of a link; 0: nothing.
inline std::size_t documented(const std::string& link) {
    std::ifstream lines{RRDP_TEST_DATA "/../docs/links/README.md"};
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("| `" + link + "` |"))
            return std::stoul(line.substr(line.find('|', 1) + 1));
    return 0;
}

/// Two engines over two links, both in this process, and one connection.
template <class Framing, class Link>
class conversation {
    using address = typename Framing::address;
    using engine = endpoint<policy_of<Framing>>;

public:
    conversation(Link& a, const address& at_a, Link& b, const address& at_b)
        : a_{a},
          b_{b},
          near_memory_(engine::memory_required(small) + arena::alignment),
          far_memory_(near_memory_.size()),
          near_{near_memory_, small, node(1, at_a), entropy{1, 1}},
          far_{far_memory_, small, node(2, at_b), entropy{2, 2}} {
        const bool known = near_.add_node(node_id{2}, at_b) == errc::ok &&
                           far_.add_node(node_id{1}, at_a) == errc::ok;
        if (!known || far_.listen(7) != errc::ok) return;
        static_cast<void>(near_.connect(now(), {.node = node_id{2}, .port = 7}));
        const auto open = [&] {
            while (const auto told = near_.poll_event())
                if (told->kind == event_kind::connected) near_id_ = told->connection;
            while (const auto told = far_.poll_event())
                if (told->kind == event_kind::accepted) far_id_ = told->connection;
            return near_id_ && far_id_;
        };
        for (const instant limit = now() + patience; !open() && now() < limit;) {
            pump(near_, a_, now());
            pump(far_, b_, now());
        }
    }

    /// Sends one message, receives it, and looks where its octets are while it is held: what the
    /// places are, along the way; in alphabetical order. What was written in a slot that is free
    /// again counts, because nothing is sent between writing and looking.
    std::vector<std::string> places(bool composed) {
        if (!near_id_ || !far_id_) return {"no connection"};
        settle();
        const pattern what;
        std::vector<std::byte> own(composed ? 0 : pattern::size);
        a_.leased.clear();
        b_.received.clear();
        if (!send(what, own)) return {"not accepted"};
        std::optional<typename engine::message> message;
        pump(near_, a_, now());
        for (const instant limit = now() + patience; !message && now() < limit;) {
            pump(far_, b_, now());
            message = far_.receive(*far_id_);
        }
        if (!message || !what.is_at(message->bytes())) return {"not received"};
        return named(what, own);
    }

    [[nodiscard]] std::uint64_t scanned() const { return scanned_; }

private:
    static constexpr capacities small{
        .connections = 4, .rings = 4, .segments = 64, .nodes = 4, .listeners = 1, .governors = 4};
    static constexpr std::chrono::seconds patience{5};

    static instant now() { return to_instant(std::chrono::steady_clock::now()); }

    static node_options<Framing> node(std::uint16_t number, const address& where) {
        node_options<Framing> o;
        o.node = node_id{number};
        o.address = where;
        o.mtu = std::min<std::uint16_t>(Framing::base_mtu, 1'500);
        o.boot_id = 7;
        o.msl = std::chrono::milliseconds{1};  // an engine is silent for that long at first
        return o;
    }

    /// Waits until all is confirmed: nothing is sent again between writing and looking.
    void settle() {
        const auto confirmed = [&] {
            const send_ledger l = near_.ledger(*near_id_);
            return l.confirmed == l.accepted;
        };
        for (const instant limit = now() + patience; !confirmed() && now() < limit;) {
            pump(far_, b_, now());
            pump(near_, a_, now());
        }
    }

    bool send(const pattern& what, std::vector<std::byte>& own) {
        if (!own.empty()) {
            what.write(own);
            return near_.send(now(), *near_id_, octets_view{own}).has_value();
        }
        auto draft = near_.compose(*near_id_, pattern::size);
        if (!draft) return false;
        what.write(draft->bytes());
        return near_.send(now(), std::move(*draft)).has_value();
    }

    std::vector<std::string> named(const pattern& what, const std::vector<std::byte>& own) {
        scanner memory;
        if (!memory.good()) return {"the memory cannot be read"};
        const auto all = mappings();
        std::vector<std::string> names;
        for (const place& p : memory.find(what, all)) {
            std::string name;
            const auto add = [&](const char* role, const std::vector<span_of_addresses>& spans) {
                if (within(p, spans)) name += (name.empty() ? "" : ", ") + std::string{role};
            };
            add("caller", {span_of_addresses{octets_view{own}}});
            add("sender", {span_of_addresses{octets_view{near_memory_}}});
            add("frame sent", a_.leased);
            add("frame received", b_.received);
            add("receiver", {span_of_addresses{octets_view{far_memory_}}});
            names.push_back(name.empty() ? "elsewhere" : name);
        }
        scanned_ = memory.scanned();
        std::ranges::sort(names);
        return names;
    }

    watched<Link> a_;
    watched<Link> b_;
    std::vector<std::byte> near_memory_;
    std::vector<std::byte> far_memory_;
    engine near_;
    engine far_;
    std::optional<connection_id> near_id_;
    std::optional<connection_id> far_id_;
    std::uint64_t scanned_ = 0;
};

}  // namespace rrdp::copies
