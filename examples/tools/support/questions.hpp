// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <rrdp/link/any_link.hpp>
#include <rrdp/wire/ethernet.hpp>
#include <rrdp/wire/resolution.hpp>

#include "census.hpp"
#include "text.hpp"

namespace tools {

/// "1-254,300": node numbers.
inline std::optional<std::vector<std::uint16_t>> to_numbers(std::string_view text) {
    constexpr std::uint16_t first = 1, last = 65'534;
    std::vector<std::uint16_t> all;
    for (const std::string_view part : split(text, ',')) {
        const auto ends = cut(part, '-').value_or(std::pair{part, part});
        const auto from = to_number(ends.first, first, last);
        const auto to = to_number(ends.second, first, last);
        if (!from || !to || *to < *from) return std::nullopt;
        for (std::uint32_t n = *from; n <= *to; ++n) all.push_back(static_cast<std::uint16_t>(n));
    }
    return all;
}

/// Asks for node numbers by PROBEs, which name no sender and teach nobody anything: the owner of a
/// number answers by CONFLICT, with all that it is (decision 0067). A number that somebody is just
/// claiming is left alone: a PROBE would take it from him. The boot id 0 says that nothing
/// is claimed here.
class questions {
public:
    questions(rrdp::wire::ethernet_framing framing, const rrdp::wire::mac_address& own,
              std::uint16_t mtu, std::uint32_t cluster)
        : framing_{framing}, own_{own}, mtu_{mtu}, cluster_{cluster} {}

    /// Asks for these from now on, in their order, after those that are still to be asked for.
    void add(const std::vector<std::uint16_t>& numbers) {
        todo_.insert(todo_.end(), numbers.begin(), numbers.end());
    }
    [[nodiscard]] bool done() const noexcept { return next_ == todo_.size(); }
    [[nodiscard]] std::size_t left() const noexcept { return todo_.size() - next_; }
    [[nodiscard]] std::uint64_t asked() const noexcept { return asked_; }

    /// Sends the next few.
    void ask(rrdp::instant now, rrdp::any_link& link, census& known) {
        for (std::size_t i = 0; i < burst && !done(); ++i) {
            const std::uint16_t number = todo_[next_];
            if (!known.is_claimed(now, number)) {
                if (!send(link, number)) return;  // no room now: later
                known.asked(now, number);
                ++asked_;
            }
            ++next_;
        }
        if (!done()) return;
        todo_.clear();
        next_ = 0;
    }

private:
    static constexpr std::size_t burst = 4;

    bool send(rrdp::any_link& link, std::uint16_t number) {
        using namespace rrdp::wire;
        auto lease = link.lease(ethernet_framing::frame_min);
        if (!lease) return false;
        const resolution_frame r{.op = resolution_op::probe,
                                 .cluster = cluster_,
                                 .target_node = number,
                                 .sender_mac = own_,
                                 .sender_mtu = mtu_};
        const rrdp::octets frame = lease->bytes();
        framing_.write_header(frame, resolution_group, own_);
        const std::size_t size = write_resolution(frame.subspan(ethernet_framing::overhead), r);
        lease->commit(framing_.finish(frame, size));
        return true;
    }

    rrdp::wire::ethernet_framing framing_;
    rrdp::wire::mac_address own_;
    std::uint16_t mtu_;
    std::uint32_t cluster_;
    std::vector<std::uint16_t> todo_;
    std::size_t next_ = 0;
    std::uint64_t asked_ = 0;
};

}  // namespace tools
