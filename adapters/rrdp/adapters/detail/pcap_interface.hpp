// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/adapters/detail/coarse_tick.hpp>
#include <rrdp/adapters/detail/packet_interface.hpp>
#include <rrdp/adapters/detail/pcap_handle.hpp>
#include <rrdp/adapters/detail/unique_fd.hpp>
#include <rrdp/adapters/packet_options.hpp>
#include <rrdp/link/properties.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <system_error>

namespace rrdp::adapters::detail {

/// An interface opened with libpcap, which is opened again when it was removed and is back: all of
/// `pcap` but the moving of frames.
///
/// What libpcap reports becomes `error`; while that is set, `mend` asks how the interface is, at
/// most once in a tick of the kernel's coarse clock (1 to 10 ms), and without it never.
class pcap_interface {
public:
    /// Throws std::system_error with one line that says what is missing. An interface that is down
    /// is opened when it is up.
    pcap_interface(const char* name, const pcap_options& options)
        : name_{name},
          options_{options},
          control_{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
        check();
        if (!control_) fail(errno, "cannot ask for interfaces");
        const auto report = report_on(control_.get(), name);
        if (!report) fail(ENODEV, "no such network interface");
        if (!report->ethernet) fail(EINVAL, "not an Ethernet interface");
        if (report->mtu < mtu_min) fail(EINVAL, "the MTU is too small: RRDP needs 64");
        properties_.address = report->address;
        properties_.max_frame = report->mtu + wire::ethernet_framing::overhead;
        descriptor_ = unique_fd{::fcntl(control_.get(), F_DUPFD_CLOEXEC, 0)};
        pcap_attempt a = open_live(name, options_);
        if (!a.handle && a.number != ENETDOWN) fail(a.number, a.why);
        if (a.handle) adopt(std::move(a.handle), *report);
        if (!handle_) failed(ENETDOWN);
    }

    /// Null while there is none.
    [[nodiscard]] pcap_t* handle() const noexcept { return handle_.get(); }
    [[nodiscard]] int native_handle() const noexcept { return descriptor_.get(); }
    [[nodiscard]] const link_properties& properties() const noexcept { return properties_; }
    [[nodiscard]] std::uint16_t ethertype() const noexcept { return options_.ethertype; }
    [[nodiscard]] std::error_code error() const noexcept { return error_; }
    [[nodiscard]] std::uint64_t reopened() const noexcept { return reopened_; }
    void failed(int number) noexcept { error_.assign(number, std::generic_category()); }

    /// libpcap could not go on with the handle.
    void broke() noexcept {
        broken_ = true;
        failed(EIO);
        static_cast<void>(state());
    }

    /// While there is trouble: looks whether it is over, and does what is needed.
    void mend() noexcept {
        if (error_ && tick_.passed()) static_cast<void>(state());
    }

    /// How the interface is; opens it where that is needed.
    [[nodiscard]] interface_state state() noexcept {
        const auto report = report_on(control_.get(), name_.c_str());
        if (!report || !report->ethernet) {
            failed(ENODEV);
            return interface_state::removed;
        }
        if (!report->running) {
            failed(ENETDOWN);
            return interface_state::down;
        }
        if (!handle_ || report->index != index_ || broken_) {
            pcap_attempt a = open_live(name_.c_str(), options_);
            if (!a.handle) {
                failed(a.number);
                return interface_state::down;
            }
            reopened_ += opened_;
            adopt(std::move(a.handle), *report);
        }
        error_.clear();
        return interface_state::up;
    }

    /// Frames lost in the kernel, with all handles that there were.
    [[nodiscard]] std::uint64_t kernel_drops() noexcept {
        pcap_stat counts{};
        if (!handle_ || pcap_stats(handle_.get(), &counts) != 0) return drops_before_;
        return drops_before_ + counts.ps_drop;
    }

private:
    static constexpr std::size_t batch_max = 1'024;
    static constexpr std::size_t mtu_min = 64;              // of a node
    static constexpr std::uint16_t ethertype_min = 0x0600;  // below, the field is a length
    static constexpr std::size_t buffer_max = 1 << 30;
    static constexpr wire::mac_address resolution_group{{0x03, 0x52, 0x52, 0x44, 0x50, 0x00}};

    [[noreturn]] void fail(int number, const char* what) const {
        throw std::system_error{number, std::generic_category(), name_ + ": " + what};
    }

    void check() const {
        const pcap_options& o = options_;
        if (o.batch == 0) fail(EINVAL, "a batch has to hold a frame");
        if (o.batch > batch_max) fail(EINVAL, "a batch holds 1024 frames at most");
        if (o.ethertype < ethertype_min) fail(EINVAL, "EtherTypes begin at 0x0600");
        if (o.first_port == 0 && o.last_port != 0) fail(EINVAL, "a last port without a first");
        if (o.last_port != 0 && o.last_port < o.first_port)
            fail(EINVAL, "the last port comes before the first");
        if (o.receive_buffer == 0 || o.receive_buffer > buffer_max)
            fail(EINVAL, "the receive buffer is of no possible size");
    }

    /// Takes the place of the handle before; who sleeps on the descriptor keeps its number.
    void adopt(unique_pcap handle, const interface_report& report) noexcept {
        drops_before_ = kernel_drops();
        pcap_t* const p = handle.get();
        if (::dup3(pcap_get_selectable_fd(p), descriptor_.get(), O_CLOEXEC) < 0) failed(errno);
        if (options_.hear_resolution) hear(p, report.index, PACKET_MR_MULTICAST, resolution_group);
        if (report.address != properties_.address)
            hear(p, report.index, PACKET_MR_UNICAST, properties_.address);
        handle_ = std::move(handle);
        index_ = report.index;
        broken_ = false;
        opened_ = true;
    }

    std::string name_;
    pcap_options options_;
    unique_fd control_;
    unique_fd descriptor_;
    unique_pcap handle_;
    link_properties properties_{};
    int index_ = 0;
    bool broken_ = false;
    bool opened_ = false;  ///< at least once
    std::uint64_t drops_before_ = 0;
    std::uint64_t reopened_ = 0;
    std::error_code error_;
    coarse_tick tick_;
};

}  // namespace rrdp::adapters::detail
