// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <rrdp/adapters/detail/xdp_interface.hpp>
#include <rrdp/adapters/detail/xdp_program.hpp>

namespace rrdp::adapters::detail {

/// Arguments of bpf(2), as far as they are needed; linux/bpf.h has them as one union.
struct bpf_map_create {
    static constexpr int command = 0;
    std::uint32_t type, key_size, value_size, max_entries;
};
struct bpf_map_update {
    static constexpr int command = 2;
    std::uint32_t map, unused;
    std::uint64_t key, value, flags;
};
struct bpf_program_load {
    static constexpr int command = 5;
    std::uint32_t type, instruction_count;
    std::uint64_t instructions, license;
    std::uint32_t log_level, log_size;
    std::uint64_t log;
    std::uint32_t kernel_version, flags;
    char name[16];
};
struct bpf_link_create {
    static constexpr int command = 28;
    std::uint32_t program, interface, attach_type, flags;
};

/// A new descriptor, 0, or -1 with `errno`.
template <class Arguments>
inline int bpf(Arguments& arguments) noexcept {
    return static_cast<int>(::syscall(SYS_bpf, Arguments::command, &arguments, sizeof arguments));
}

/// An address, as bpf(2) and the other calls take it.
[[nodiscard]] inline std::uint64_t address_of(const void* at) noexcept {
    return std::bit_cast<std::uintptr_t>(at);
}

/// The line of the verifier's log that says what was wrong: the last but its own statistics.
[[nodiscard]] inline std::string_view verdict_of(std::string_view log) noexcept {
    while (!log.empty()) {
        const std::size_t end = log.find_last_not_of("\n ");
        log = log.substr(0, end == std::string_view::npos ? 0 : end + 1);
        const std::size_t start = log.rfind('\n') + 1;
        const std::string_view line = log.substr(start);
        if (!line.starts_with("processed ")) return line;
        log = log.substr(0, start);
    }
    return "no reason given";
}

/// The program in the kernel and the map that tells it which socket serves which queue. Not bound
/// to an interface; `attach` does that, and the answer undoes it when it is closed.
class xdp_filter {
public:
    /// Throws std::system_error with one line that names what is missing.
    xdp_filter(const xdp_interface& nic, const xdp_options& options, bool fragments) {
        constexpr std::uint32_t socket_map = 17;  // BPF_MAP_TYPE_XSKMAP
        bpf_map_create map{socket_map, 4, 4, options.queue + 1};
        map_ = unique_fd{bpf(map)};
        if (!map_ && errno == EPERM) nic.fail(xdp_privileges);
        if (!map_) nic.fail("cannot make a map of AF_XDP sockets");
        const bool all = options.first_port == 0;
        const std::uint16_t last = options.last_port == 0 ? options.first_port : options.last_port;
        const auto program = make_xdp_program(map_.get(), options.ethertype, options.first_port,
                                              all ? std::uint16_t{0xffff} : last);
        load(nic, program.data(), program.size(), fragments);
    }

    /// Loads `count` instructions. Throws std::system_error with what the verifier said.
    void load(const xdp_interface& nic, const xdp_instruction* code, std::size_t count,
              bool fragments) {
        bpf_program_load request{};
        request.type = 6;  // BPF_PROG_TYPE_XDP
        request.instruction_count = static_cast<std::uint32_t>(count);
        request.instructions = address_of(code);
        request.license = address_of("Apache-2.0");
        request.flags = fragments ? 1U << 5 : 0;  // BPF_F_XDP_HAS_FRAGS
        std::strcpy(request.name, "rrdp_ethertype");
        program_ = unique_fd{bpf(request)};
        if (program_) return;
        if (errno == EPERM) nic.fail(xdp_privileges);
        const int error = errno;
        std::vector<char> log(1 << 16);  // only now: it costs the verifier time
        request.log_level = 1;
        request.log_size = static_cast<std::uint32_t>(log.size());
        request.log = address_of(log.data());
        program_ = unique_fd{bpf(request)};
        errno = error;
        if (!program_)
            nic.fail("the kernel refuses our program (" + std::string{verdict_of(log.data())} +
                     ")");
    }

    /// Attaches the program until the answer is closed, also by the end of the process. None, with
    /// `errno`, when the kernel refuses.
    [[nodiscard]] unique_fd attach(unsigned interface, bool native) const noexcept {
        constexpr std::uint32_t xdp = 37;  // BPF_XDP
        bpf_link_create request{static_cast<std::uint32_t>(program_.get()), interface, xdp,
                                native ? 1U << 2 : 1U << 1};  // XDP_FLAGS_DRV_MODE, _SKB_MODE
        return unique_fd{bpf(request)};
    }

    /// Sends the frames of `queue` to `socket` from now on.
    [[nodiscard]] bool direct(std::uint32_t queue, int socket) const noexcept {
        const auto target = static_cast<std::uint32_t>(socket);
        bpf_map_update request{static_cast<std::uint32_t>(map_.get()), 0, address_of(&queue),
                               address_of(&target), 0};
        return bpf(request) == 0;
    }

private:
    unique_fd map_;
    unique_fd program_;
};

}  // namespace rrdp::adapters::detail
