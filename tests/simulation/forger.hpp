// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/adapters/faults.hpp>
#include <rrdp/adapters/simulated_network.hpp>
#include <rrdp/rrdp.hpp>
#include <rrdp/testing/segments.hpp>

namespace simulation {

/// Someone on the network who sees nothing and sends what he likes under the name of others. He
/// knows the nodes, the ports and what they agree on; numbers and tags he has to guess.
class forger {
public:
    forger(std::uint64_t seed, rrdp::wire::features agreed) noexcept
        : dice_{seed, 0xf0'49e4, 0}, agreed_{agreed} {}

    /// Writes a frame to node `to`, as if from `from`; its size.
    [[nodiscard]] std::size_t write(rrdp::octets frame, std::size_t from, std::size_t to,
                                    std::uint16_t from_port, std::uint16_t to_port) {
        rrdp::testing::segments s{
            .source_port = from_port, .destination_port = to_port, .agreed = agreed_};
        s.words.tag = dice_.next32();
        s.words.sequence_high = static_cast<std::uint16_t>(dice_.up_to(3));
        s.words.acknowledgement_high = static_cast<std::uint16_t>(dice_.up_to(3));
        const number seq = guess();
        const number ack = guess();
        const auto segment = made(s, seq, ack);
        const std::size_t link = rrdp::wire::ethernet_framing::overhead;
        rrdp::wire::ethernet_framing{}.write_header(frame, address(to), address(from));
        rrdp::copy_octets(segment, frame.subspan(link));
        return link + rrdp::octets_view{segment}.size();
    }

private:
    using number = std::uint16_t;

    static rrdp::wire::mac_address address(std::size_t n) {
        return rrdp::adapters::simulated_network::address(n);
    }
    /// First numbers near the wrap are the likeliest of those he may try.
    number guess() noexcept {
        const bool near = dice_.up_to(1) == 0;
        return static_cast<number>(near ? 65'500 + dice_.up_to(100) : dice_.next32());
    }
    [[nodiscard]] rrdp::testing::segment_octets made(const rrdp::testing::segments& s, number seq,
                                                     number ack) {
        constexpr const char* what = "forged: whoever is given this was deceived";
        switch (dice_.up_to(31)) {
            case 0: return s.syn(seq);
            case 1: return s.syn_ack(seq, ack);
            default: break;
        }
        switch (dice_.up_to(6)) {
            case 0: return s.ack(seq, ack);
            case 1: return s.nul(seq, ack);
            case 2: return s.fin(seq, ack);
            case 3: return s.rst(seq, ack);
            case 4: return s.eack(seq, ack, {static_cast<number>(ack + 2)});
            case 5: {
                rrdp::wire::reset_form form;
                form.form = rrdp::wire::reset_form::kind::connection;
                return s.rst(seq, ack, form);
            }
            default: return s.data(seq, ack, what);
        }
    }

    rrdp::adapters::frame_dice dice_;
    rrdp::wire::features agreed_;
};

}  // namespace simulation
