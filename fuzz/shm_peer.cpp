// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <optional>

#include <rrdp/adapters/shm.hpp>

#include "check.hpp"
#include "input.hpp"

/// A shared-memory link whose peer is the fuzzer: it owns all octets of the region and changes them
/// between any two calls, and while frames and leases are held.
///
/// Nothing outside of the region may be touched (its end is the end of an allocation), nothing may
/// go on for ever, and what is handed out is never longer than a frame may be. An honest link may
/// sit at the other side at times, so that the fuzzer's changes meet real traffic.
///
/// Input: the options in one octet, then one operation after the other.
namespace rrdp::fuzz {
namespace {

using adapters::shm;
using adapters::shm_side;

constexpr std::size_t operations_max = 2'000;

class world {
public:
    explicit world(input& in) : in_{in} {
        const unsigned choice = in_.octet();
        options_ = {.max_frame = (choice & 1) != 0 ? 64U : 5U,
                    .slots = std::size_t{1} << (choice >> 1 & 3),
                    .copy_received = (choice & 8) == 0};
        size_ = adapters::detail::shm_layout::size(options_.slots, options_.max_frame);
        memory_ = static_cast<std::byte*>(std::aligned_alloc(64, size_));
        check(memory_ != nullptr, "there is memory");
        clear_octets({memory_, size_});
        layout_ = {memory_, options_.slots, options_.max_frame};
    }
    world(const world&) = delete;
    world& operator=(const world&) = delete;
    ~world() {
        let_go();
        peer_.reset();
        link_.reset();
        std::free(memory_);
    }

    void run() {
        open(link_, shm_side::a);
        for (std::size_t i = 0; i < operations_max && !in_.empty(); ++i) {
            operate(in_.octet());
            check(sum_.received <= i * options_.slots, "frames come one by one");
        }
    }

private:
    void operate(unsigned octet) {
        switch (octet & 15) {
            case 0: poke(in_.word()); break;
            case 1: poke_word(); break;
            case 2: stamp(); break;
            case 3: greet(); break;
            case 4: layout_.consumed(shm_side::b).store(in_.word32()); break;
            case 5: consume_about(); break;
            case 6: receive(octet >> 4); break;
            case 7: frame_.reset(); break;
            case 8: lease(octet >> 4); break;
            case 9: commit(octet >> 4); break;
            case 10: lease_.reset(); break;
            case 11: open(peer_, shm_side::b); break;
            case 12: leave(peer_); break;
            case 13: open(link_, shm_side::a); break;
            case 14: exchange(); break;
            default: ask(); break;
        }
    }

    /// A life of our side, or none where the region is no region any more.
    void open(std::optional<shm>& which, shm_side side) {
        leave(which);
        try {
            which.emplace(std::span{memory_, size_}, side, options_);
        } catch (const std::system_error& e) {
            check(e.code() == std::errc::invalid_argument, "a bad region has one error");
            layout_.clear_head();
        }
    }
    void leave(std::optional<shm>& which) {
        if (&which == &link_) let_go();
        which.reset();
    }
    void let_go() {
        frame_.reset();
        lease_.reset();
    }

    void poke(std::size_t at) { memory_[at % size_] = static_cast<std::byte>(in_.octet()); }
    void poke_word() {
        const std::size_t at = in_.word() % (size_ / 4) * 4;
        const std::uint32_t value = in_.word32();
        std::memcpy(memory_ + at, &value, sizeof value);
    }
    /// The life that our side says it has, and whether the fuzzer's has been seen.
    [[nodiscard]] std::uint64_t ours() const { return layout_.greeting(shm_side::a).load(); }
    /// A stamp that may well be due: near the life that our side believes in.
    void stamp() {
        const unsigned near = in_.octet();
        const auto number = static_cast<std::uint32_t>(ours()) + near;
        const std::uint32_t length = in_.flag() ? in_.octet() : in_.word32();
        layout_.stamp(shm_side::b, number).store(std::uint64_t{number} << 32 | length);
    }
    /// Somebody new at the other side, who has seen us or not.
    void greet() {
        const std::uint64_t life = in_.word();
        const unsigned seen = in_.octet() % 3U;
        const std::uint64_t who = seen == 0 ? 0 : seen == 1 ? ours() >> 32 : in_.word32();
        layout_.greeting(shm_side::b).store(life << 32 | who);
    }
    void consume_about() {
        layout_.consumed(shm_side::b).store(static_cast<std::uint32_t>(ours() >> 32) + in_.octet());
    }

    void receive(unsigned keep) {
        if (!link_) return;
        auto got = link_->receive();
        check(!got || !frame_, "one frame at a time");
        if (!got) return;
        ++sum_.received;
        look_at(got->bytes());
        if (keep != 0) frame_.emplace(std::move(*got));
    }
    /// Reads every octet, as an engine does.
    void look_at(octets_view frame) {
        check(!frame.empty() && frame.size() <= options_.max_frame, "a frame has a possible size");
        for (const std::byte b : frame) sum_.octets += std::to_integer<unsigned>(b);
    }
    void lease(unsigned size) {
        if (!link_) return;
        auto got = link_->lease(size * 5);
        check(!got || !lease_, "one lease at a time");
        check(!got || size * 5 <= options_.max_frame, "no lease is too long");
        if (!got) return;
        check(got->bytes().size() == size * 5, "a lease is as long as was asked");
        for (std::byte& b : got->bytes()) b = std::byte{0x5a};
        lease_.emplace(std::move(*got));
    }
    void commit(unsigned less) {
        if (!lease_) return;
        const std::size_t size = lease_->bytes().size();
        lease_->commit(less < size ? size - less : size);
        lease_.reset();
    }
    /// Honest traffic, as far as the fuzzer has left it possible.
    void exchange() {
        if (!peer_) return;
        if (auto room = peer_->lease(5)) room->commit(5);
        if (const auto got = peer_->receive()) look_at(got->bytes());
        receive(0);
    }
    void ask() {
        if (!link_) return;
        static_cast<void>(link_->flush());
        static_cast<void>(link_->wait(std::chrono::seconds{1}));
        static_cast<void>(link_->has_peer());
        static_cast<void>(link_->error());
        if (frame_) look_at(frame_->bytes());
    }

    struct sums {
        std::size_t received = 0;
        std::uint64_t octets = 0;
    };

    input& in_;
    adapters::shm_options options_;
    std::size_t size_ = 0;
    std::byte* memory_ = nullptr;
    adapters::detail::shm_layout layout_;
    std::optional<shm> link_;
    std::optional<shm> peer_;
    std::optional<shm::rx_frame> frame_;
    std::optional<shm::tx_lease> lease_;
    sums sum_;
};

}  // namespace
}  // namespace rrdp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    rrdp::fuzz::input in{data, size};
    rrdp::fuzz::world{in}.run();
    return 0;
}
