// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/testing/link_probe.hpp>

namespace rrdp::testing {

/// What a link promises of leases; each function checks one promise on a new pair
/// (testing/link_conformance.hpp).
template <class Probe>
struct transmit_promises {
    static answer cancelled(Probe& p) {
        for (std::size_t i = 0; i < p.options.frames; ++i) {
            auto lease = p.lease(p.a, p.usual());
            if (!lease) return "no room after " + std::to_string(i) + " cancelled leases";
            write_test_frame(lease->bytes().first(p.usual()), p.frame_ends_of(p.a, p.b), 1);
        }
        p.flush(p.a);
        return p.exchange(p.a, p.b, p.usual(), 2);
    }

    static answer moved(Probe& p) {
        {
            auto first = p.lease(p.a, p.usual());
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

    /// A lease from which another was moved may be filled again; one that another is moved onto is
    /// cancelled.
    static answer assigned(Probe& p) {
        const frame_ends ends = p.frame_ends_of(p.a, p.b);
        {
            auto first = p.lease(p.a, p.usual());
            if (!first) return "no room";
            auto second = std::move(*first);
            *first = std::move(second);
            write_test_frame(first->bytes().first(p.usual()), ends, 1);
            first->commit(p.usual());
        }
        p.flush(p.a);
        if (answer said = p.expect(p.a, p.b, p.usual(), 1); !said) return said;
        {
            auto first = p.lease(p.a, p.usual());
            if (!first) return "no room for the next";
            write_test_frame(first->bytes().first(p.usual()), ends, 2);
            if (auto second = p.lease(p.a, p.usual())) {
                write_test_frame(second->bytes().first(p.usual()), ends, 3);
                *first = std::move(*second);
            }
            write_test_frame(first->bytes().first(p.usual()), ends, 3);
            first->commit(p.usual());
        }
        p.flush(p.a);
        answer said = p.expect(p.a, p.b, p.usual(), 3);
        return said ? p.exchange(p.a, p.b, p.usual(), 4) : said;
    }

    /// A second lease may be refused, but not at the cost of the first; the order of frames is that
    /// in which they were committed, not that in which they were leased.
    static answer independent(Probe& p) {
        const frame_ends ends = p.frame_ends_of(p.a, p.b);
        bool both = false;
        bool one_alone = false;  // where order is not kept, one of them will do
        {
            auto first = p.lease(p.a, p.usual());
            if (!first) return "no room";
            write_test_frame(first->bytes().first(p.usual()), ends, 1);
            if (auto second = p.lease(p.a, p.usual())) {
                both = true;
                write_test_frame(second->bytes().first(p.usual()), ends, 2);
                second->commit(p.usual());
            }
            if (!is_test_frame(first->bytes().first(p.usual()), p.usual(), ends, 1))
                return "the second lease touched the first";
            one_alone = both && !p.a.properties().fifo;
            if (!one_alone) first->commit(p.usual());
        }
        p.flush(p.a);
        if (both)
            if (answer said = p.expect(p.a, p.b, p.usual(), 2); !said) return said;
        answer said = one_alone ? answer{} : p.expect(p.a, p.b, p.usual(), 1);
        return said ? p.exchange(p.a, p.b, p.usual(), 3) : said;
    }

    static answer shortened(Probe& p) {
        const std::size_t most = p.a.properties().max_frame;
        const std::size_t less = std::max(most / 2, p.frame_min());
        {
            auto lease = p.lease(p.a, std::max(most, less));
            if (!lease) return "no room for max_frame octets";
            write_test_frame(lease->bytes().first(less), p.frame_ends_of(p.a, p.b), 1);
            lease->commit(less);
        }
        p.flush(p.a);
        return p.expect(p.a, p.b, less, 1);
    }

    static answer overlong(Probe& p) {
        const std::size_t most = p.a.properties().max_frame;
        if (p.a.lease(most + 1)) return "max_frame + 1 octets were leased";
        if (p.a.lease(~std::size_t{0})) return "a lease of all octets there are was given";
        return p.exchange(p.a, p.b, most, 1);
    }

    /// Nothing is sent of nothing, and its memory comes back: for room that was leased in vain.
    static answer empty(Probe& p) {
        for (std::size_t i = 0; i < p.options.frames; ++i) {
            auto lease = p.lease(p.a, i % 2 == 0 ? p.usual() : 0);
            if (!lease) return "no room after " + std::to_string(i) + " times nothing";
            lease->commit(0);
        }
        p.flush(p.a);
        return p.exchange(p.a, p.b, p.usual(), 2);
    }

    /// Frames without a whole header go or are lost, but nothing else is lost over them.
    static answer stunted(Probe& p) {
        const frame_ends ends = p.frame_ends_of(p.a, p.b);
        std::size_t sent = 0;
        for (std::size_t size = 1; size < ethernet_header; ++size) {
            if (auto lease = p.lease(p.a, size)) {
                for (std::byte& octet : lease->bytes().first(size)) octet = std::byte{0x5a};
                lease->commit(size);
                ++sent;
            }
            p.flush(p.a);
            const auto room = p.b.receive();  // a link may hold one frame only
        }
        if (answer said = p.send(p.a, p.b, p.usual(), 1); !said) return said;
        for (std::size_t seen = 0; seen <= sent; ++seen) {
            const auto frame = p.receive(p.b);
            if (!frame) break;
            if (is_test_frame(frame->bytes(), p.usual(), ends, 1)) return {};
        }
        return "a frame was lost behind others that were too short";
    }

    static answer flushed(Probe& p) {
        if (!p.flush(p.a)) return "a flush of nothing says that something is kept";
        if (answer said = p.send(p.a, p.b, p.usual(), 1); !said) return said;
        p.flush(p.a);  // the frame has been flushed already
        if (answer said = p.expect(p.a, p.b, p.usual(), 1); !said) return said;
        p.flush(p.a);
        p.flush(p.b);
        if (answer said = p.exchange(p.a, p.b, p.usual(), 2); !said) return said;
        return p.flush(p.a) ? answer{} : answer{"the last flush says that something is kept"};
    }

private:
    static constexpr std::size_t ethernet_header = 14;
};

}  // namespace rrdp::testing
