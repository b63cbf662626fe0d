// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <rrdp/adapters/capture_file.hpp>
#include <rrdp/adapters/captured.hpp>
#include <rrdp/adapters/detail/owned_link.hpp>
#include <rrdp/adapters/loopback.hpp>
#include <rrdp/adapters/packet.hpp>
#include <rrdp/adapters/packet_ring.hpp>
#include <rrdp/adapters/udp.hpp>
#include <rrdp/adapters/unix_datagram.hpp>
#include <rrdp/adapters/xdp.hpp>
#include <rrdp/interop/link_complaint.hpp>

#if __has_include(<rrdp/adapters/shm.hpp>)
#include <rrdp/adapters/shm.hpp>
#endif
#if defined(RRDP_HAVE_PCAP)
#include <rrdp/adapters/pcap.hpp>
#endif
#if defined(RRDP_HAVE_DPDK)
#include <rrdp/adapters/dpdk.hpp>
#include <rrdp/adapters/dpdk_port.hpp>
#endif

namespace rrdp::adapters {

/// What a program wants of its link unless the text says it.
struct open_defaults {
    std::uint16_t ethertype = wire::default_ethertype;  ///< of our frames
    std::uint16_t port = 0;            ///< of this process alone, where the kernel can sort; 0: all
    std::optional<std::size_t> mtu{};  ///< octets, where the link does not have one already
    bool spins = false;                ///< nobody sleeps on the descriptor
};

/// A link that was named by a text, with all that is around it. `link` is valid as long as this.
class opened_link {
public:
    /// Throws std::invalid_argument when the text is wrong, with its place; std::system_error when
    /// the link cannot be opened, with one line that says what is missing; std::bad_alloc.
    explicit opened_link(std::string_view text, const open_defaults& defaults = {})
        : text_{text}, defaults_{defaults} {
        if (text_.find('\0') != std::string::npos)
            throw std::invalid_argument{"a NUL is in the name of the link"};
        const auto said = link_text::read(text_);
        if (!said) throw std::invalid_argument{complaint(text_, said.error())};
        description_ = *said;
        open();
        for (const link_word& word : description_.around) put_around(word);
    }
    opened_link(const opened_link&) = delete;
    opened_link& operator=(const opened_link&) = delete;
    ~opened_link() {
        while (!parts_.empty()) parts_.pop_back();  // what is around goes first
    }

    /// The link, with everything around it.
    [[nodiscard]] any_link& link() noexcept { return *near_; }
    /// The other end, of `loopback`; nothing where that is elsewhere.
    [[nodiscard]] any_link* other_end() noexcept { return far_; }

    /// The word in front of its text: which link.
    [[nodiscard]] link_kind kind() const noexcept { return description_.kind(); }
    /// What the text says.
    [[nodiscard]] const link_description& description() const noexcept { return description_; }
    /// Where a UDP link is bound; nothing for others.
    [[nodiscard]] const udp* as_udp() const noexcept { return udp_; }
    /// The link, if it is udp of IPv6; else null.
    [[nodiscard]] const udp6* as_udp6() const noexcept { return udp6_; }

    /// Asks for the state of the interface; `up` where there is none.
    [[nodiscard]] interface_state state() noexcept { return parts_.front()->state(); }

    /// What all faults around the link did, both ways together; nothing without faults.
    [[nodiscard]] std::optional<fault_statistics> faults() const noexcept {
        std::optional<fault_statistics> sum;
        for (const auto& part : parts_) part->add_faults(sum);
        return sum;
    }

private:
    template <class Link, class... Arguments>
    Link& own(Arguments&&... arguments) {
        auto part =
            std::make_unique<detail::owned_link<Link>>(std::forward<Arguments>(arguments)...);
        near_ = &part->any();
        Link& link = part->link();
        parts_.push_back(std::move(part));
        return link;
    }

    void open() {
        const std::string where{description_.base.where};
        switch (kind()) {
            case link_kind::packet: own<packet>(where.c_str(), packet_settings()); return;
            case link_kind::packet_ring: own<packet_ring>(where.c_str(), packet_settings()); return;
            case link_kind::xdp: return open_xdp();
            case link_kind::shm: return open_shm(where);
            case link_kind::pcap: return open_pcap(where);
            case link_kind::udp: return open_udp(where);
            case link_kind::unix_datagram:
                own<unix_datagram>(where, unix_options{.max_frame = frame_max(9'000),
                                                       .batch = number("batch", 32)});
                return;
            case link_kind::dpdk: return open_dpdk(where);
            case link_kind::loopback: return open_loopback();
        }
    }

    [[nodiscard]] std::size_t number(std::string_view name, std::size_t otherwise) const noexcept {
        return description_.base.number(name, otherwise);
    }
    [[nodiscard]] std::uint16_t small(std::string_view name, std::size_t otherwise) const noexcept {
        return static_cast<std::uint16_t>(number(name, otherwise));
    }
    /// The longest frame of a link that carries Ethernet frames and has no MTU of its own.
    [[nodiscard]] std::size_t frame_max(std::size_t usual) const noexcept {
        return number("mtu", defaults_.mtu.value_or(usual)) + wire::ethernet_framing::overhead;
    }

    [[nodiscard]] packet_options packet_settings() const noexcept {
        packet_options o;
        o.ethertype = small("ethertype", defaults_.ethertype);
        o.first_port = small("port", defaults_.port);
        o.last_port = small("last-port", o.first_port);
        o.batch = number("batch", o.batch);
        o.ring_frames = number("frames", o.ring_frames);
        o.bypass_queueing = description_.base.has("bypass");
        return o;
    }

    /// "eth0" or "eth0:2", the interface and its queue.
    void open_xdp() {
        std::string_view name = description_.base.where;
        xdp_options o;
        o.ethertype = small("ethertype", defaults_.ethertype);
        o.first_port = small("port", defaults_.port);
        o.last_port = small("last-port", o.first_port);
        const std::size_t colon = name.rfind(':');
        const auto queue = colon == std::string_view::npos
                               ? std::optional<std::uint32_t>{}
                               : rrdp::detail::decimal(name.substr(colon + 1), 65'535);
        if (queue) o.queue = *queue;
        if (queue) name = name.substr(0, colon);
        own<xdp>(std::string{name}.c_str(), o);
    }

    void open_shm(const std::string& where) {
#if __has_include(<rrdp/adapters/shm.hpp>)
        shm_options o;
        o.max_frame = frame_max(9'000);
        o.slots = number("frames", o.slots);
        o.sleeps = !defaults_.spins;
        own<shm>(where.c_str(), o);
#else
        missing("shared memory", where);
#endif
    }

    void open_pcap(const std::string& where) {
#if defined(RRDP_HAVE_PCAP)
        pcap_options o;
        o.ethertype = small("ethertype", defaults_.ethertype);
        o.first_port = small("port", defaults_.port);
        o.last_port = small("last-port", o.first_port);
        own<pcap>(where.c_str(), o);
#else
        missing("libpcap", where);
#endif
    }

    void open_dpdk(const std::string& where) {
#if defined(RRDP_HAVE_DPDK)
        dpdk_options o;
        o.ethertype = small("ethertype", defaults_.ethertype);
        own<dpdk>(dpdk_port(where), o);
#else
        missing("DPDK", where);
#endif
    }

    void open_udp(const std::string& where) {
        if (description_.ipv6())
            udp6_ = &own<udp6>(udp_settings<framings::udp6>(where));
        else
            udp_ = &own<udp>(udp_settings<framings::udp4>(where));
    }
    template <class Framing>
    [[nodiscard]] basic_udp_options<Framing> udp_settings(const std::string& where) const noexcept {
        basic_udp_options<Framing> o;
        static_cast<void>(read_address(where, o.address));  // it was looked at before
        o.max_frame = number("mtu", o.max_frame);
        o.batch = number("batch", o.batch);
        o.segmentation = !description_.base.has("no-segmentation");
        o.coalescing = !description_.base.has("no-coalescing");
        return o;
    }

    void open_loopback() {
        auto& both = own<detail::loopback_end>(
            loopback_options{.frames = number("frames", 256), .max_frame = frame_max(1'500)});
        own<detail::loopback_end>(both);
        far_ = near_;
        near_ = &parts_.front()->any();
    }

    void put_around(const link_word& word) {
        any_link& inner = *near_;
        any_link* const far = far_;
        const bool captures = link_description::decoration(word) == link_decoration::captured;
        if (captures) {
            files_.push_back(std::make_unique<capture_file>(
                std::string{word.find("")->text}.c_str(), capture_file_options{.epoch = epoch()}));
            const bool raw = kind() == link_kind::udp;
            constexpr std::uint16_t ethernet = 1, ip = 101;
            own<captured<any_link, capture_file>>(inner, *files_.back(), text_,
                                                  raw ? ip : ethernet);
            return;
        }
        const frame_faults faults{.loss = word.chance("loss"),
                                  .duplicate = word.chance("duplicate"),
                                  .reorder = word.chance("reorder"),
                                  .corrupt = word.chance("corrupt")};
        const auto seed = word.number<std::uint64_t>("seed", 1);
        if (far != nullptr) {  // the same weather at both ends, with other dice
            own<faulty<any_link>>(*far, seed ^ 0x5555'5555'5555'5555,
                                  faulty_options{.transmit = faults, .receive = faults});
            far_ = near_;
        }
        own<faulty<any_link>>(inner, seed, faulty_options{.transmit = faults, .receive = faults});
    }

    /// What `instant{}` is after 1970, so that a capture has the times of a calendar.
    [[nodiscard]] static duration epoch() {
        const auto wall = std::chrono::system_clock::now().time_since_epoch();
        const auto own = std::chrono::steady_clock::now().time_since_epoch();
        return std::chrono::duration_cast<duration>(wall) -
               std::chrono::duration_cast<duration>(own);
    }

    [[noreturn]] void missing(const char* library, const std::string& where) const {
        throw std::system_error{ENOTSUP, std::generic_category(),
                                where + ": built without " + library};
    }

    std::string text_;
    open_defaults defaults_;
    link_description description_{};
    std::vector<std::unique_ptr<capture_file>> files_;
    std::vector<std::unique_ptr<detail::owned_part>> parts_;  ///< from the inside out
    any_link* near_ = nullptr;
    any_link* far_ = nullptr;
    const udp* udp_ = nullptr;
    const udp6* udp6_ = nullptr;
};

}  // namespace rrdp::adapters
