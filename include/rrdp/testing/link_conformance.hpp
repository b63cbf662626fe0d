// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <rrdp/testing/receive_promises.hpp>
#include <rrdp/testing/transmit_promises.hpp>

namespace rrdp::testing {

/// How many promises are checked: a runner may compare it with the number of results.
inline constexpr std::size_t link_promises = 18;

/// One promise of a link, and whether it was kept.
struct check_result {
    const char* name = "";              ///< of the promise
    verdict outcome = verdict::passed;  ///< kept, broken or skipped
    std::string why;                    ///< empty when passed

    /// Whether the promise was kept, or was not to be asked for.
    [[nodiscard]] bool passed() const noexcept { return outcome != verdict::failed; }
};

/// Lets a link take its time: does nothing. Instead of it pass a callable that takes the pair, and
/// waits for a millisecond or moves virtual time.
struct no_settling {
    /// Does nothing.
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
    /// `make` gives a new connected pair each time.
    link_conformance_kit(Make make, const conformance_options& options, Settle settle)
        : make_{std::move(make)}, options_{options}, settle_{std::move(settle)} {}

    /// Runs all checks, each on a new pair.
    [[nodiscard]] std::vector<check_result> run() {
        using receive = receive_promises<probe>;
        using transmit = transmit_promises<probe>;
        check("properties are sane and never change", receive::properties);
        check("nothing is received where nothing was sent", receive::silence);
        check("a frame of any size arrives whole", receive::sizes);
        check("frames arrive in the order in which they were committed", receive::order);
        check("a cancelled lease sends nothing", transmit::cancelled);
        check("a moved lease sends once", transmit::moved);
        check("an assigned lease sends once, the one before it nothing", transmit::assigned);
        check("two leases do not touch each other", transmit::independent);
        check("less may be committed than was leased", transmit::shortened);
        check("an overlong lease is refused", transmit::overlong);
        check("committing nothing sends nothing", transmit::empty);
        check("frames shorter than a header do no harm", transmit::stunted);
        check("a flush too many does no harm", transmit::flushed);
        check("a frame and a lease may be held together", receive::together);
        check("a held frame is left alone", receive::held);
        check("released frames give their memory back", receive::released);
        check("a full link refuses, loses nothing and recovers", receive::full);
        check("a vanished peer is silence", receive::vanished);
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
