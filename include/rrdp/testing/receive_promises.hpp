// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/testing/link_probe.hpp>

namespace rrdp::testing {

/// What a link promises of itself and of frames that arrive; each function checks one promise on a
/// new pair (testing/link_conformance.hpp).
template <class Probe>
struct receive_promises {
    static answer properties(Probe& p) {
        const link_properties first = p.a.properties();
        const int handle = p.handle_of(p.a);
        if (first.max_frame < p.frame_min()) return "max_frame holds no frame";
        if (first.address.is_group()) return "the address is a group's";
        for (std::size_t i = 0; i < 10; ++i)
            if (answer said = p.exchange(p.a, p.b, first.max_frame, i); !said) return said;
        if (p.handle_of(p.a) != handle) return "the handle to sleep on changed";
        return p.a.properties() == first ? answer{} : answer{"they changed"};
    }

    static answer silence(Probe& p) {
        for (unsigned look = 0; look < p.options.patience; ++look) {
            if (p.a.receive() || p.b.receive()) return "a frame came";
            p.settle();
        }
        return {};
    }

    static answer sizes(Probe& p) {
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

    static answer order(Probe& p) {
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

    static answer together(Probe& p) {
        if (answer said = p.send(p.a, p.b, p.usual(), 1); !said) return said;
        const auto frame = p.receive(p.b);
        if (!frame) return "the frame did not arrive";
        if (answer said = p.send(p.b, p.a, p.usual(), 2); !said) return said;
        if (!is_test_frame(frame->bytes(), p.usual(), p.frame_ends_of(p.a, p.b), 1))
            return "a lease touched the frame that is held";
        return p.expect(p.b, p.a, p.usual(), 2);
    }

    static answer held(Probe& p) {
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

    static answer released(Probe& p) {
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

    static answer full(Probe& p) {
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

    static answer vanished(Probe& p) {
        const frame_ends ends = p.frame_ends_of(p.a, p.b);
        const link_properties before = p.a.properties();
        if constexpr (requires { p.ends.remove_b(); }) /* clang-format on */
            p.ends.remove_b();
        else if constexpr (requires { p.ends.b.reset(); })
            p.ends.b.reset();
        else
            return answer::skipped("the pair cannot remove its end b");
        for (std::size_t i = 0; i < 100; ++i) {
            if (auto lease = p.lease(p.a, p.usual())) {
                write_test_frame(lease->bytes().first(p.usual()), ends, i);
                lease->commit(p.usual());
            }
            p.flush(p.a);
            if (p.a.receive()) return "a frame came from nobody";
            p.settle();
        }
        return p.a.properties() == before ? answer{} : answer{"it changed the properties"};
    }
};

}  // namespace rrdp::testing
