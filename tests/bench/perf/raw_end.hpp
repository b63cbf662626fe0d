// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>

#include "openers.hpp"
#include "timing.hpp"

namespace rrdp::bench {

/// An end of a link without a protocol: what the engine's frames would cost if they came from
/// nowhere. Frames are as long as the engine's, with nothing in them but the message.
template <class Opener>
class raw_end {
    using link_type = typename Opener::link;
    using framing = typename Opener::framing;

public:
    static constexpr bool reliable = false;

    raw_end(const place& p, const job& j) : raw_end{p, j, Opener::open(p, j)} {}
    raw_end(const place& p, const job& j, std::unique_ptr<link_type> opened)
        : place_{p}, job_{j}, link_{std::move(opened)} {
        const std::size_t room = std::min(link_->properties().max_frame - framing::overhead, p.mtu);
        if (heads + j.size > room)
            throw std::runtime_error{"does not fit a frame, and a bare link splits nothing"};
        if (!job_.spin && sleeps_on() < 0)
            throw std::runtime_error{"nobody can sleep on this link"};
    }
    void open() {}
    void start() {}
    [[nodiscard]] static bool is_open() { return true; }
    void turn() {}

    [[nodiscard]] static instant now() { return {}; }
    bool send(octets_view message, instant) { return submit(message) && (push(), true); }
    bool submit(octets_view message) {
        const std::size_t size = framing::overhead + heads + message.size();
        auto lease = link_->lease(size);
        if (!lease) return push(), false;
        const framing f;
        f.write_header(lease->bytes(), Opener::peer(place_), Opener::own(place_));
        copy_octets(message, lease->bytes().subspan(framing::overhead + heads, message.size()));
        lease->commit(f.finish(lease->bytes(), heads + message.size()));
        return true;
    }
    void push() {
        if constexpr (flushable_link<link_type>) link_->flush();
    }

    template <class Take>
    std::size_t receive(Take take) {
        std::size_t count = 0;
        const std::size_t most = job_.what == workload::stream ? 64 : 1;
        for (; count < most; ++count) {
            const auto frame = link_->receive();
            if (!frame) break;
            const octets_view inside = frame->bytes().subspan(framing::overhead + heads);
            take(inside.first(std::min(inside.size(), job_.size)));
        }
        return count;
    }
    template <class Take>
    std::size_t await(Take take, std::optional<instant> until) {
        const std::size_t got = receive(take);
        if (job_.spin || got != 0) return got;
        sleep_on(sleeps_on(), POLLIN, until);
        return receive(take);
    }

    [[nodiscard]] static bool over() { return false; }
    void close() {}
    [[nodiscard]] static std::uint64_t repeated() { return 0; }

private:
    static constexpr std::size_t heads = 20;  // of RRDP, its tag, its fragment word
    [[nodiscard]] int sleeps_on() const {
        if constexpr (pollable_link<link_type>) return link_->native_handle();
        return -1;
    }

    place place_;
    job job_;
    std::unique_ptr<link_type> link_;
};

}  // namespace rrdp::bench
