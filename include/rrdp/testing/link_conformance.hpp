// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <rrdp/testing/link_probe.hpp>

namespace rrdp::testing {

/// One promise of a link, and whether it was kept.
struct check_result {
    const char* name = "";
    verdict outcome = verdict::passed;
    std::string why;  ///< empty when passed

    [[nodiscard]] bool passed() const noexcept { return outcome != verdict::failed; }
};

/// Lets a link take its time: does nothing. Instead of it pass a callable that takes the pair, and
/// waits for a millisecond or moves virtual time.
struct no_settling {
    template <class Pair>
    void operator()(Pair&) const noexcept {}
};

/// Whether "my adapter" is a link: the promises of link/concepts.hpp, checked on pairs that `make`
/// returns. Knows no test framework; use the function `link_conformance` below.
///
/// A pair has the members `a` and `b`, two connected links of one type, or pointers or optionals to
/// such. If the pair has a `remove_b()`, or `b` a `reset()`, a vanished peer is checked too.
template <class Make, class Settle>
class link_conformance_kit {
public:
    link_conformance_kit(Make make, const conformance_options& options, Settle settle)
        : make_{std::move(make)}, options_{options}, settle_{std::move(settle)} {}

    /// Runs all checks, each on a new pair.
    [[nodiscard]] std::vector<check_result> run() {
        check("properties are sane and never change", properties);
        check("nothing is received where nothing was sent", silence);
        check("a frame of any size arrives whole", sizes);
        check("frames arrive in the order in which they were committed", order);
        check("a cancelled lease sends nothing", cancelled);
        check("a moved lease sends once", moved);
        check("less may be committed than was leased", shortened);
        check("an overlong lease is refused", overlong);
        check("a frame and a lease may be held together", together);
        check("a held frame is left alone", held);
        check("released frames give their memory back", released);
        check("a full link refuses, loses nothing and recovers", full);
        check("a vanished peer is silence", vanished);
        return std::move(results_);
    }

private:
    using pair = decltype(std::declval<Make&>()());
    using probe = link_probe<pair, Settle>;

    void check(const char* name, answer (*promise)(probe&)) {
        pair ends = make_();
        probe p{ends, options_, settle_};
        answer said = promise(p);
        results_.push_back({name, said.outcome, std::move(said.why)});
    }

    static answer properties(probe& p) {
        const link_properties first = p.a.properties();
        if (first.max_frame < p.frame_min()) return "max_frame holds no frame";
        if (first.address.is_group()) return "the address is a group's";
        for (std::size_t i = 0; i < 10; ++i)
            if (answer said = p.exchange(p.a, p.b, first.max_frame, i); !said) return said;
        return p.a.properties() == first ? answer{} : answer{"they changed"};
    }

    static answer silence(probe& p) {
        for (unsigned look = 0; look < p.options.patience; ++look) {
            if (p.a.receive() || p.b.receive()) return "a frame came";
            p.settle();
        }
        return {};
    }

    static answer sizes(probe& p) {
        const std::size_t most = p.a.properties().max_frame;
        std::size_t number = 0;
        for (std::size_t size = p.frame_min(); size <= most; ++number) {
            if (answer said = p.exchange(p.a, p.b, size, number); !said) return said;
            if (answer said = p.exchange(p.b, p.a, size, number); !said) return said;
            const bool every = size < 150 || size + 1 == most;
            size = every ? size + 1 : size == most ? most + 1 : std::min(size + 61, most - 1);
        }
        return {};
    }

    static answer order(probe& p) {
        if (!p.a.properties().fifo) return answer::skipped("the link keeps no order");
        std::size_t sent = 0;
        std::size_t seen = 0;
        for (std::size_t burst = 1; burst <= 20; ++burst) {
            while (sent < 16 * burst && p.try_send(p.a, p.b, p.usual(), sent)) ++sent;
            for (; seen < sent; ++seen)
                if (answer said = p.expect(p.a, p.b, p.usual(), seen); !said) return said;
        }
        return sent == 0 ? answer{"no room for a single frame"} : answer{};
    }

    static answer cancelled(probe& p) {
        for (std::size_t i = 0; i < p.options.frames; ++i) {
            auto lease = p.a.lease(p.usual());
            if (!lease) return "no room after " + std::to_string(i) + " cancelled leases";
            write_test_frame(lease->bytes().first(p.usual()), p.frame_ends_of(p.a, p.b), 1);
        }
        p.flush(p.a);
        return p.exchange(p.a, p.b, p.usual(), 2);
    }

    static answer moved(probe& p) {
        {
            auto first = p.a.lease(p.usual());
            if (!first) return "no room";
            auto second = std::move(*first);
            first.reset();
            write_test_frame(second.bytes().first(p.usual()), p.frame_ends_of(p.a, p.b), 1);
            second.commit(p.usual());
        }
        p.flush(p.a);
        answer said = p.expect(p.a, p.b, p.usual(), 1);
        return said ? p.exchange(p.a, p.b, p.usual(), 2) : said;
    }

    static answer shortened(probe& p) {
        const std::size_t most = p.a.properties().max_frame;
        const std::size_t less = std::max(most / 2, p.frame_min());
        {
            auto lease = p.a.lease(most);
            if (!lease || lease->bytes().size() < most) return "no room for max_frame octets";
            write_test_frame(lease->bytes().first(less), p.frame_ends_of(p.a, p.b), 1);
            lease->commit(less);
        }
        p.flush(p.a);
        return p.expect(p.a, p.b, less, 1);
    }

    static answer overlong(probe& p) {
        const std::size_t most = p.a.properties().max_frame;
        if (p.a.lease(most + 1)) return "max_frame + 1 octets were leased";
        return p.exchange(p.a, p.b, most, 1);
    }

    static answer together(probe& p) {
        if (answer said = p.send(p.a, p.b, p.usual(), 1); !said) return said;
        const auto frame = p.receive(p.b);
        if (!frame) return "the frame did not arrive";
        if (answer said = p.send(p.b, p.a, p.usual(), 2); !said) return said;
        if (!is_test_frame(frame->bytes(), p.usual(), p.frame_ends_of(p.a, p.b), 1))
            return "a lease touched the frame that is held";
        return p.expect(p.b, p.a, p.usual(), 2);
    }

    /// While a frame is held, a link may refuse to carry or to hand out another, but not lose it.
    static answer held(probe& p) {
        const frame_ends ends = p.frame_ends_of(p.a, p.b);
        if (answer said = p.send(p.a, p.b, p.usual(), 1); !said) return said;
        auto first = p.receive(p.b);
        if (!first) return "the first frame did not arrive";
        const bool sent = p.try_send(p.a, p.b, p.usual(), 2);
        auto second = p.receive(p.b);
        if (!is_test_frame(first->bytes(), p.usual(), ends, 1)) return "the held frame changed";
        first.reset();
        if (!sent) return p.exchange(p.a, p.b, p.usual(), 2);
        if (!second) second = p.receive(p.b);
        if (!second) return "the second frame was lost because the first was held";
        if (!is_test_frame(second->bytes(), p.usual(), ends, 2)) return "the second was damaged";
        second.reset();
        return p.exchange(p.a, p.b, p.usual(), 3);
    }

    static answer released(probe& p) {
        for (std::size_t i = 0; i < p.options.frames; ++i) {
            if (answer said = p.send(p.a, p.b, p.usual(), i); !said) return said;
            auto frame = p.receive(p.b);
            if (!frame) return "nothing arrived after " + std::to_string(i) + " frames";
            auto other = std::move(*frame);
            *frame = std::move(other);
            if (!is_test_frame(frame->bytes(), p.usual(), p.frame_ends_of(p.a, p.b), i))
                return "a moved frame lost its octets";
        }
        return {};
    }

    static answer full(probe& p) {
        std::size_t sent = 0;
        while (sent < p.options.flood && p.try_send(p.a, p.b, p.usual(), sent)) ++sent;
        std::size_t seen = 0;
        while (seen <= sent && p.receive(p.b)) {
            ++seen;
            p.flush(p.a);
        }
        if (p.options.lossless && seen != sent)
            return std::to_string(sent) + " committed, " + std::to_string(seen) + " received";
        return p.exchange(p.a, p.b, p.usual(), sent);
    }

    static answer vanished(probe& p) {
        const frame_ends ends = p.frame_ends_of(p.a, p.b);
        if constexpr (requires { p.ends.remove_b(); }) /* clang-format on */
            p.ends.remove_b();
        else if constexpr (requires { p.ends.b.reset(); })
            p.ends.b.reset();
        else
            return answer::skipped("the pair cannot remove its end b");
        for (std::size_t i = 0; i < 100; ++i) {
            if (auto lease = p.a.lease(p.usual())) {
                write_test_frame(lease->bytes().first(p.usual()), ends, i);
                lease->commit(p.usual());
            }
            p.flush(p.a);
            if (p.a.receive()) return "a frame came from nobody";
            p.settle();
        }
        return {};
    }

    Make make_;
    conformance_options options_;
    Settle settle_;
    std::vector<check_result> results_;
};

/// Runs the kit, in five lines:
///
/// ```
///   struct pair { my_link a{…}, b{…}; };
///   for (const auto& check : rrdp::testing::link_conformance([] { return pair{}; }))
///       if (!check.passed()) std::printf("%s: %s\n", check.name, check.why.c_str());
/// ```
template <class Make, class Settle = no_settling>
[[nodiscard]] std::vector<check_result> link_conformance(Make make,
                                                         const conformance_options& options = {},
                                                         Settle settle = {}) {
    return link_conformance_kit<Make, Settle>{std::move(make), options, std::move(settle)}.run();
}

}  // namespace rrdp::testing
