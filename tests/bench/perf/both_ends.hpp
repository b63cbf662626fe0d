// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/adapters/loopback.hpp>

#include "place.hpp"
#include "workloads.hpp"

namespace rrdp::bench {

/// Both ends in one thread, joined in memory: what the engines (or nothing, over bare links) cost
/// without a system call and without a second processor. Whoever waits at the near end makes the
/// far end's turns.
template <class End>
class both_ends {
public:
    both_ends(const place& p, const job& j)
        : wire_{{.frames = 512, .max_frame = p.mtu + 32}},
          near_{at(p, side::near), j, std::make_unique<adapters::loopback::end>(wire_.a)},
          far_{at(p, side::far), j, std::make_unique<adapters::loopback::end>(wire_.b)},
          answer_{far_, j} {
        near_.start();
        for (patience wait{true}; !near_.is_open() || !far_.is_open(); wait.check()) {
            near_.turn();
            far_.turn();
        }
    }
    void turn() {
        answer_.step();
        near_.turn();
    }
    bool send(octets_view message, instant now) { return near_.send(message, now); }
    bool submit(octets_view message) { return near_.submit(message); }
    void push() { near_.push(); }
    template <class Take>
    std::size_t receive(Take take) {
        answer_.step();
        return near_.receive(take);
    }
    template <class Take>
    std::size_t await(Take take, std::optional<instant>) {
        return receive(take);
    }
    [[nodiscard]] std::uint64_t repeated() const { return near_.repeated(); }

private:
    static place at(place p, side end) {
        p.end = end;
        return p;
    }
    adapters::loopback wire_;
    End near_, far_;
    responder<End> answer_;
};

}  // namespace rrdp::bench
