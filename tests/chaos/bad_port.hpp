// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <net/if.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include <rrdp/adapters/detail/unique_fd.hpp>

#include "chaos/bpf_code.hpp"

namespace rrdp::chaos {

/// How often each thing happens to a frame that arrives; in units of 2^-16.
struct port_faults {
    std::uint64_t loss = 0, corrupt = 0, duplicate = 0, late = 0;
};

/// The port of an interface at which frames suffer: a program in the kernel (tc-bpf, at the
/// receiver, so that the sender is told nothing). Lives through an interface that falls; when it
/// was made anew, `attach` again.
class bad_port {
public:
    /// Loads the program. Throws std::runtime_error, which says what the kernel says.
    explicit bad_port(std::uint64_t seed) {
        struct {
            std::uint32_t type, key, value, entries, flags;
        } map{2 /* BPF_MAP_TYPE_ARRAY */, 4, sizeof(port_weather), 1, 0};
        map_ = adapters::detail::unique_fd{call(0 /* BPF_MAP_CREATE */, &map, sizeof map)};
        if (!map_) fail("no BPF map");
        const bpf_code code{map_.get()};
        struct {
            std::uint32_t type, instructions;
            std::uint64_t code, licence;
            std::uint32_t log_level, log_size;
            std::uint64_t log;
            std::uint32_t version, flags;
        } program{3 /* BPF_PROG_TYPE_SCHED_CLS */,
                  static_cast<std::uint32_t>(code.size()),
                  address_of(code.data()),
                  address_of("GPL"),
                  1,
                  sizeof log_,
                  address_of(log_),
                  0,
                  0};
        program_ =
            adapters::detail::unique_fd{call(5 /* BPF_PROG_LOAD */, &program, sizeof program)};
        if (!program_) fail("the kernel refuses the program");
        weather_.seed = seed * 0x9e37'79b9'7f4a'7c15;
        store();
    }

    /// Puts it in front of everything that receives from `interface`. Throws std::runtime_error.
    void attach(const char* interface) {
        const int index = static_cast<int>(::if_nametoindex(interface));
        request qdisc{RTM_NEWQDISC, index, TC_H_MAKE(TC_H_CLSACT, 0), TC_H_CLSACT, 0};
        qdisc.add(TCA_KIND, "clsact", 7);
        if (!qdisc.send()) fail("no clsact");
        const std::uint32_t priority_and_protocol = 1U << 16 | 0x0300;  // ETH_P_ALL, network order
        request filter{RTM_NEWTFILTER, index, 0, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
                       priority_and_protocol};
        const std::uint32_t program = static_cast<std::uint32_t>(program_.get());
        const std::uint32_t direct = TCA_BPF_FLAG_ACT_DIRECT;
        filter.add(TCA_KIND, "bpf", 4);
        const std::size_t options = filter.open(TCA_OPTIONS);
        filter.add(TCA_BPF_FD, &program, sizeof program);
        filter.add(TCA_BPF_FLAGS, &direct, sizeof direct);
        filter.close(options);
        if (!filter.send()) fail("no cls_bpf");
    }

    /// Changes the weather from the next frame on; what was counted stays.
    void set(const port_faults& faults) {
        weather_ = seen();
        weather_.loss = faults.loss;
        weather_.corrupt = faults.corrupt;
        weather_.duplicate = faults.duplicate;
        weather_.late = faults.late;
        store();
    }

    /// What it has done so far.
    [[nodiscard]] port_weather seen() const {
        const std::uint32_t key = 0;
        port_weather now;
        element at{static_cast<std::uint32_t>(map_.get()), 0, address_of(&key), address_of(&now),
                   0};
        call(1 /* BPF_MAP_LOOKUP_ELEM */, &at, sizeof at);
        return now;
    }

private:
    struct element {
        std::uint32_t map, padding;
        std::uint64_t key, value, flags;
    };

    /// A request to the kernel's traffic control.
    class request {
    public:
        request(int type, int index, std::uint32_t handle, std::uint32_t parent,
                std::uint32_t info) {
            nlmsghdr head{};
            head.nlmsg_len = NLMSG_LENGTH(sizeof(tcmsg));
            head.nlmsg_type = static_cast<std::uint16_t>(type);
            head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
            tcmsg what{};
            what.tcm_ifindex = index;
            what.tcm_handle = handle;
            what.tcm_parent = parent;
            what.tcm_info = info;
            std::memcpy(octets_, &head, sizeof head);
            std::memcpy(octets_ + NLMSG_HDRLEN, &what, sizeof what);
            size_ = NLMSG_LENGTH(sizeof(tcmsg));
        }
        void add(int type, const void* value, std::size_t size) {
            const std::size_t at = open(type);
            std::memcpy(octets_ + size_, value, size);
            size_ += size;
            close(at);
        }
        std::size_t open(int type) {
            const rtattr head{0, static_cast<std::uint16_t>(type)};
            std::memcpy(octets_ + size_, &head, sizeof head);
            return std::exchange(size_, size_ + sizeof head);
        }
        void close(std::size_t at) {
            const auto length = static_cast<std::uint16_t>(size_ - at);
            std::memcpy(octets_ + at, &length, sizeof length);
            size_ = (size_ + 3) / 4 * 4;
        }
        /// Whether the kernel agrees; if not, errno says why.
        bool send() {
            const auto length = static_cast<std::uint32_t>(size_);
            std::memcpy(octets_, &length, sizeof length);
            const adapters::detail::unique_fd fd{
                ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
            if (!fd || ::send(fd.get(), octets_, size_, 0) < 0) return false;
            alignas(nlmsghdr) char answer[1'024];
            const auto got = ::recv(fd.get(), answer, sizeof answer, 0);
            nlmsgerr told{};
            if (got < static_cast<ssize_t>(NLMSG_LENGTH(sizeof told))) return false;
            std::memcpy(&told, answer + NLMSG_HDRLEN, sizeof told);
            errno = -told.error;
            return told.error == 0;
        }

    private:
        alignas(nlmsghdr) char octets_[512]{};
        std::size_t size_ = 0;
    };

    static std::uint64_t address_of(const void* where) noexcept {
        return std::bit_cast<std::uintptr_t>(where);
    }
    static int call(int command, void* with, std::size_t size) noexcept {
        return static_cast<int>(::syscall(SYS_bpf, command, with, size));
    }
    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error{what + ": " + std::strerror(errno) + (log_[0] ? "\n" : "") + log_};
    }
    void store() {
        const std::uint32_t key = 0;
        element at{static_cast<std::uint32_t>(map_.get()), 0, address_of(&key),
                   address_of(&weather_), 0};
        call(2 /* BPF_MAP_UPDATE_ELEM */, &at, sizeof at);
    }

    adapters::detail::unique_fd map_, program_;
    port_weather weather_;
    char log_[65'536]{};
};

}  // namespace rrdp::chaos
