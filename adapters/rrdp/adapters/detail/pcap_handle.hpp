// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <net/if.h>
#include <sys/socket.h>

#include <linux/if_packet.h>

#include <pcap/pcap.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <rrdp/adapters/pcap_options.hpp>
#include <rrdp/wire/mac_address.hpp>

namespace rrdp::adapters::detail {

/// Closes what libpcap has opened.
struct pcap_closer {
    void operator()(pcap_t* handle) const noexcept { pcap_close(handle); }
};
using unique_pcap = std::unique_ptr<pcap_t, pcap_closer>;

/// What became of an attempt to open an interface: a handle, or an `errno` and a reason.
struct pcap_attempt {
    unique_pcap handle{};
    int number = 0;
    char why[PCAP_ERRBUF_SIZE + 64] = "";

    /// Gives up for a reason.
    void fail(int error, const char* reason) noexcept {
        handle.reset();
        number = error;
        std::snprintf(why, sizeof why, "%s", reason);
        if (char* const end = std::strchr(why, '\n')) *end = '\0';
    }
    /// Gives up for what libpcap says.
    void fail_of(int error, const char* what) noexcept {
        char reason[sizeof why];
        std::snprintf(reason, sizeof reason, "%s: %s", what, pcap_geterr(handle.get()));
        fail(error, reason);
    }
};

namespace pcap_steps {

inline void activate(pcap_attempt& a) noexcept {
    const int status = pcap_activate(a.handle.get());
    if (status >= 0) return;
    if (status == PCAP_ERROR_NO_SUCH_DEVICE) return a.fail(ENODEV, "no such network interface");
    if (status == PCAP_ERROR_IFACE_NOT_UP) return a.fail(ENETDOWN, "the interface is down");
    if (status == PCAP_ERROR_PERM_DENIED)
        return a.fail(EPERM,
                      "raw Ethernet needs CAP_NET_RAW: run as root, or once "
                      "`sudo setcap cap_net_raw+ep PROGRAM`");
    a.fail_of(EIO, "libpcap cannot open it");
}

/// Lets through what is for our ports, and version 0, which has no ports (specification 15).
inline void filter(pcap_attempt& a, const pcap_options& o) noexcept {
    char text[160];
    const int size = std::snprintf(text, sizeof text, "ether proto 0x%04x", unsigned{o.ethertype});
    if (o.first_port != 0)
        std::snprintf(text + size, sizeof text - static_cast<std::size_t>(size),
                      " and (ether[14] & 3 = 0 or (ether[18:2] >= %u and ether[18:2] <= %u))",
                      unsigned{o.first_port},
                      unsigned{o.last_port == 0 ? o.first_port : o.last_port});
    bpf_program program{};
    if (pcap_compile(a.handle.get(), &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return a.fail_of(EINVAL, "cannot compile the filter");
    const bool set = pcap_setfilter(a.handle.get(), &program) == 0;
    pcap_freecode(&program);
    if (!set) a.fail_of(EIO, "cannot set the filter");
}

}  // namespace pcap_steps

/// Opens an interface in immediate mode, for frames that come in; the order of the steps is
/// libpcap's.
[[nodiscard]] inline pcap_attempt open_live(const char* interface, const pcap_options& o) noexcept {
    pcap_attempt a;
    char why[PCAP_ERRBUF_SIZE] = "";
    a.handle.reset(pcap_create(interface, why));
    if (!a.handle) {
        a.fail(EIO, why);
        return a;
    }
    pcap_t* const p = a.handle.get();
    pcap_set_snaplen(p, 65'535);
    pcap_set_immediate_mode(p, 1);  // without it, frames wait for company (TPACKET_V3: 1 ms)
    pcap_set_promisc(p, 0);
    pcap_set_buffer_size(p, static_cast<int>(o.receive_buffer));
    pcap_steps::activate(a);
    if (a.handle && pcap_datalink(p) != DLT_EN10MB) a.fail(EINVAL, "not an Ethernet interface");
    if (a.handle && pcap_setdirection(p, PCAP_D_IN) != 0)
        a.fail_of(EIO, "cannot leave out what is sent");
    if (a.handle) pcap_steps::filter(a, o);
    if (a.handle && pcap_setnonblock(p, 1, why) != 0) a.fail(EIO, why);
    // libpcap would leave its raw socket, a privilege, to every program that is executed.
    if (a.handle) static_cast<void>(::fcntl(pcap_fileno(p), F_SETFD, FD_CLOEXEC));
    return a;
}

/// Makes the interface hear frames to another address than its own; harmless where it fails.
inline void hear(pcap_t* handle, int index, unsigned short kind,
                 const wire::mac_address& address) noexcept {
    packet_mreq request{};
    request.mr_ifindex = index;
    request.mr_type = kind;
    request.mr_alen = 6;
    std::memcpy(request.mr_address, address.octets.data(), 6);
    ::setsockopt(pcap_fileno(handle), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request);
}

}  // namespace rrdp::adapters::detail
