// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <memory>

#include "adapters/conforms.hpp"

namespace rrdp {
namespace {

/// What is wrong with a link, for the kit to find.
enum class vice {
    none,
    changes_its_mind,
    talks_to_itself,
    cuts_long_frames,
    damages_a_bit,
    swaps_two,
    sends_the_cancelled,
    keeps_the_cancelled,
    sends_the_moved_twice,
    sends_what_was_leased,
    sends_the_assigned_over,
    loses_the_assigned,
    leases_one_buffer,
    loses_one_of_two,
    leases_anything,
    counts_past_the_end,
    sends_the_empty,
    keeps_the_empty,
    chokes_on_the_short,
    flushes_twice,
    is_never_done,
    changes_its_handle,
    refuses_while_a_frame_is_held,
    overwrites_the_held,
    drops_behind_the_held,
    keeps_the_released,
    loses_when_full,
    shouts_when_alone,
    changes_when_alone,
    holds_no_frame,
    is_a_group,
    has_no_room,
    leases_too_little,
    sends_one_only,
    is_mute,
    talks_one_way,
    talks_to_itself_at_b,
    loses_the_second,
    damages_the_second,
    pads_with_dirt,
    mistakes_the_receiver,
    mistakes_the_sender,
    mistakes_the_type,
    keeps_something_in_the_end,
};

/// What links may do and need not.
struct habits {
    bool addressed = false;  ///< frames have an Ethernet header
    bool pads = false;       ///< to the 60 octets of the shortest Ethernet frame
    bool fifo = true;
};

/// A link of vectors and queues with one vice.
class bad_link {
    using frame = std::vector<std::byte>;
    using queue = std::deque<frame>;

public:
    static constexpr std::size_t room = 32;

    class rx_frame {
    public:
        rx_frame(bad_link& owner, std::shared_ptr<frame> content) noexcept
            : owner_{&owner}, content_{std::move(content)} {
            ++owner_->held_;
        }
        rx_frame(rx_frame&& other) noexcept
            : owner_{std::exchange(other.owner_, nullptr)}, content_{std::move(other.content_)} {}
        rx_frame& operator=(rx_frame&& other) noexcept {
            std::swap(owner_, other.owner_);
            std::swap(content_, other.content_);
            return *this;
        }
        ~rx_frame() {
            if (owner_ == nullptr) return;
            --owner_->held_;
            if (owner_->is(vice::keeps_the_released)) ++owner_->peer->leaked_;
        }
        octets_view bytes() const noexcept { return *content_; }

    private:
        bad_link* owner_;
        std::shared_ptr<frame> content_;
    };

    class tx_lease {
    public:
        tx_lease(bad_link& owner, std::size_t size) noexcept : owner_{&owner}, content_(size) {
            ++owner_->leased_;
        }
        tx_lease(tx_lease&& other) noexcept : owner_{other.owner_}, content_{other.content_} {
            if (!owner_->is(vice::sends_the_moved_twice)) other.owner_ = nullptr;
        }
        tx_lease& operator=(tx_lease&& other) noexcept {
            if (owner_ != nullptr && owner_->is(vice::sends_the_assigned_over))
                owner_->put(content_);
            std::swap(owner_, other.owner_);
            std::swap(content_, other.content_);
            assigned_ = true;
            return *this;
        }
        ~tx_lease() {
            if (owner_ == nullptr) return;
            --owner_->leased_;
            const bool twice = owner_->is(vice::sends_the_moved_twice);
            if (owner_->is(vice::sends_the_cancelled) || twice) owner_->put(content_);
            if (owner_->is(vice::keeps_the_cancelled)) ++owner_->leaked_;
        }
        octets bytes() noexcept {
            if (!owner_->is(vice::leases_one_buffer)) return content_;
            return octets{owner_->only_room_}.first(content_.size());
        }
        void commit(std::size_t size) noexcept {
            const octets_view written = bytes();
            bad_link& link = *std::exchange(owner_, nullptr);
            const bool lost = (link.is(vice::loses_the_assigned) && assigned_) ||
                              (link.is(vice::loses_one_of_two) && link.leased_ == 2);
            --link.leased_;
            if (size == 0 && link.is(vice::keeps_the_empty)) ++link.leaked_;
            if ((size == 0 && !link.is(vice::sends_the_empty)) || lost) return;
            if (!link.is(vice::sends_what_was_leased)) content_.resize(size);
            copy_octets(written.first(content_.size()), content_);
            link.put(content_);
        }

    private:
        bad_link* owner_;
        frame content_;
        bool assigned_ = false;
    };

    bad_link(vice what, habits how, char name, queue& out, queue& in)
        : what_{what}, how_{how}, name_{name}, out_{&out}, in_{&in} {}

    link_properties properties() const noexcept {
        link_properties said{.max_frame = 1'514, .fifo = how_.fifo};
        if (how_.addressed)
            said.address = wire::mac_address{{2, 0, 0, 0, 0, static_cast<std::uint8_t>(name_)}};
        if (is(vice::holds_no_frame)) said.max_frame = 10;
        if (is(vice::is_a_group)) said.address = wire::mac_address{{3, 0, 0, 0, 0, 1}};
        if (is(vice::changes_its_mind) && sent_ > 5) said.fifo = false;
        if (is(vice::changes_when_alone) && peer == nullptr) said.fifo = false;
        return said;
    }

    std::optional<rx_frame> receive() {
        if (is(vice::talks_to_itself) || (is(vice::shouts_when_alone) && peer == nullptr))
            return rx_frame{*this, std::make_shared<frame>(60)};
        if (is(vice::talks_to_itself_at_b) && name_ == 'b')
            return rx_frame{*this, std::make_shared<frame>(60)};
        if (in_->empty()) return std::nullopt;
        const frame next = std::move(in_->front());
        in_->pop_front();
        if (is(vice::drops_behind_the_held) && held_ != 0) return std::nullopt;
        if (!is(vice::overwrites_the_held)) return rx_frame{*this, std::make_shared<frame>(next)};
        *only_buffer_ = next;
        return rx_frame{*this, only_buffer_};
    }

    std::optional<tx_lease> lease(std::size_t size) {
        if (is(vice::counts_past_the_end) && size + 1'000 < size) size = 0;
        if (size > properties().max_frame && !is(vice::leases_anything)) return std::nullopt;
        if (is(vice::refuses_while_a_frame_is_held) && held_ != 0) return std::nullopt;
        const bool full = out_->size() + leaked_ >= room;
        if (full && is(vice::loses_when_full) && lost_ == 0) {
            ++lost_;
            out_->pop_front();
        } else if (full) {
            return std::nullopt;
        }
        if (is(vice::chokes_on_the_short) && choked_) return std::nullopt;
        if (is(vice::has_no_room) || (is(vice::sends_one_only) && sent_ != 0)) return std::nullopt;
        if (is(vice::leases_too_little)) size -= size != 0;
        return tx_lease{*this, std::min<std::size_t>(size, 100'000)};
    }

    bool flush() noexcept {
        const bool again = is(vice::flushes_twice) && flushed_ == sent_ && !last_.empty();
        if (again) out_->push_back(std::exchange(last_, {}));
        flushed_ = sent_;
        return !is(vice::is_never_done) && !(is(vice::keeps_something_in_the_end) && sent_ > 1);
    }

    int native_handle() const noexcept {
        return is(vice::changes_its_handle) ? static_cast<int>(sent_) : 5;
    }

    bad_link* peer = nullptr;

private:
    bool is(vice what) const noexcept { return what_ == what; }

    void put(frame content) {
        ++sent_;
        last_ = content;
        choked_ = choked_ || content.size() < 14;
        if (is(vice::cuts_long_frames) && content.size() > 1'000) content.resize(1'000);
        if (is(vice::damages_a_bit) && content.size() > 77) content[77] ^= std::byte{1};
        if (is(vice::damages_the_second) && sent_ == 2) content.back() ^= std::byte{1};
        if (is(vice::mistakes_the_receiver) && content.size() > 5) content[5] ^= std::byte{1};
        if (is(vice::mistakes_the_sender) && content.size() > 11) content[11] ^= std::byte{1};
        if (is(vice::mistakes_the_type) && content.size() > 13) content[13] ^= std::byte{1};
        const auto dirt = std::byte{is(vice::pads_with_dirt)};
        if (how_.pads && content.size() < 60) content.resize(60, dirt);
        if (is(vice::is_mute) || (is(vice::talks_one_way) && name_ == 'b') ||
            (is(vice::loses_the_second) && sent_ == 2))
            return;
        out_->push_back(std::move(content));
        if (is(vice::swaps_two) && out_->size() == 5) std::swap((*out_)[3], (*out_)[4]);
    }

    vice what_;
    habits how_;
    char name_;
    queue* out_;
    queue* in_;
    std::size_t sent_ = 0, held_ = 0, leaked_ = 0, lost_ = 0, leased_ = 0, flushed_ = 0;
    bool choked_ = false;
    frame last_;
    frame only_room_ = frame(2'000);
    std::shared_ptr<frame> only_buffer_ = std::make_shared<frame>();
};

struct bad_pair {
    explicit bad_pair(vice what, habits how = {})
        : a{what, how, 'a', a_to_b, b_to_a}, b{what, how, 'b', b_to_a, a_to_b} {
        a.peer = &b;
        b.peer = &a;
    }
    bad_pair(const bad_pair&) = delete;
    bad_pair& operator=(const bad_pair&) = delete;
    void remove_b() { a.peer = nullptr; }

    std::deque<std::vector<std::byte>> a_to_b, b_to_a;
    bad_link a, b;
};

std::vector<std::string> broken_by(vice what, habits how) {
    return broken_promises(testing::link_conformance([=] { return bad_pair{what, how}; }));
}

bool contains(const std::vector<std::string>& names, const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

struct crime {
    vice what;
    const char* promise;
    habits how{};
};

constexpr crime crimes[] = {
    {vice::changes_its_mind, "properties are sane and never change"},
    {vice::talks_to_itself, "nothing is received where nothing was sent"},
    {vice::cuts_long_frames, "a frame of any size arrives whole"},
    {vice::damages_a_bit, "a frame of any size arrives whole"},
    {vice::swaps_two, "frames arrive in the order in which they were committed"},
    {vice::sends_the_cancelled, "a cancelled lease sends nothing"},
    {vice::keeps_the_cancelled, "a cancelled lease sends nothing"},
    {vice::sends_the_moved_twice, "a moved lease sends once"},
    {vice::sends_what_was_leased, "less may be committed than was leased"},
    {vice::sends_the_assigned_over, "an assigned lease sends once, the one before it nothing"},
    {vice::loses_the_assigned, "an assigned lease sends once, the one before it nothing"},
    {vice::leases_one_buffer, "two leases do not touch each other"},
    {vice::loses_one_of_two, "two leases do not touch each other"},
    {vice::leases_anything, "an overlong lease is refused"},
    {vice::counts_past_the_end, "an overlong lease is refused"},
    {vice::sends_the_empty, "committing nothing sends nothing"},
    {vice::keeps_the_empty, "committing nothing sends nothing"},
    {vice::chokes_on_the_short, "frames shorter than a header do no harm"},
    {vice::flushes_twice, "a flush too many does no harm"},
    {vice::is_never_done, "a flush too many does no harm"},
    {vice::changes_its_handle, "properties are sane and never change"},
    {vice::refuses_while_a_frame_is_held, "a frame and a lease may be held together"},
    {vice::overwrites_the_held, "a held frame is left alone"},
    {vice::drops_behind_the_held, "a held frame is left alone"},
    {vice::keeps_the_released, "released frames give their memory back"},
    {vice::loses_when_full, "a full link refuses, loses nothing and recovers"},
    {vice::shouts_when_alone, "a vanished peer is silence"},
    {vice::changes_when_alone, "a vanished peer is silence"},
    {vice::holds_no_frame, "properties are sane and never change", {.addressed = true}},
    {vice::holds_no_frame, "less may be committed than was leased", {.addressed = true}},
    {vice::is_a_group, "properties are sane and never change"},
    {vice::has_no_room, "a cancelled lease sends nothing"},
    {vice::has_no_room, "a moved lease sends once"},
    {vice::has_no_room, "an assigned lease sends once, the one before it nothing"},
    {vice::has_no_room, "two leases do not touch each other"},
    {vice::has_no_room, "less may be committed than was leased"},
    {vice::has_no_room, "frames arrive in the order in which they were committed"},
    {vice::has_no_room, "a frame and a lease may be held together"},
    {vice::has_no_room, "a held frame is left alone"},
    {vice::has_no_room, "a flush too many does no harm"},
    {vice::leases_too_little, "less may be committed than was leased"},
    {vice::sends_one_only, "an assigned lease sends once, the one before it nothing"},
    {vice::is_mute, "a frame and a lease may be held together"},
    {vice::is_mute, "a held frame is left alone"},
    {vice::is_mute, "released frames give their memory back"},
    {vice::talks_one_way, "a frame of any size arrives whole"},
    {vice::talks_to_itself_at_b, "nothing is received where nothing was sent"},
    {vice::loses_the_second, "two leases do not touch each other"},
    {vice::damages_the_second, "a held frame is left alone"},
    {vice::pads_with_dirt, "a frame of any size arrives whole", {.pads = true}},
    {vice::mistakes_the_receiver, "a frame of any size arrives whole", {.addressed = true}},
    {vice::mistakes_the_sender, "a frame of any size arrives whole", {.addressed = true}},
    {vice::mistakes_the_type, "a frame of any size arrives whole", {.addressed = true}},
    {vice::keeps_something_in_the_end, "a flush too many does no harm"},
};

}  // namespace

static_assert(flushable_link<bad_link> && pollable_link<bad_link>);

TEST_CASE("link_conformance: finds nothing wrong with a good link", "[testing][conformance]") {
    const auto how = GENERATE(values<habits>(
        {{}, {.addressed = true}, {.pads = true}, {.addressed = true, .pads = true}}));
    require_conformance(testing::link_conformance([=] { return bad_pair{vice::none, how}; }), 0);
}

TEST_CASE("link_conformance: a link that keeps no order is not asked for it",
          "[testing][conformance]") {
    const auto make = [] { return bad_pair{vice::none, {.fifo = false}}; };
    require_conformance(testing::link_conformance(make), 1);
}

TEST_CASE("link_conformance: the shortest frame may be given, and how many fill a link",
          "[testing][conformance]") {
    const auto make = [] { return bad_pair{vice::none}; };
    require_conformance(testing::link_conformance(make, {.frame_min = 20, .flood = 10}), 0);
    CHECK_FALSE(testing::link_conformance(make, {.frame_min = 1'515}).front().passed());
}

TEST_CASE("link_conformance: a link that may lose frames must not lose those that come later",
          "[testing][conformance]") {
    const auto make = [] { return bad_pair{vice::loses_when_full}; };
    require_conformance(testing::link_conformance(make, {.lossless = false}), 0);
}

TEST_CASE("link_conformance: every promise can be broken, and is found out",
          "[testing][conformance]") {
    const auto crime_committed = GENERATE(from_range(std::begin(crimes), std::end(crimes)));
    const auto broken = broken_by(crime_committed.what, crime_committed.how);
    CAPTURE(crime_committed.promise, broken);
    CHECK(contains(broken, crime_committed.promise));
}

}  // namespace rrdp
