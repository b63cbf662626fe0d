// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sched.h>
#include <unistd.h>

#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include <rrdp/adapters/detail/dpdk_api.hpp>

namespace rrdp::adapters {

namespace detail {

/// What `dpdk_port` was asked for: words for EAL, and devices to be made once it runs.
struct dpdk_request {
    explicit dpdk_request(const std::string& arguments) {
        std::istringstream words{arguments};
        const std::string option = "--vdev";
        for (std::string word; words >> word;) {
            if (word == option)
                words >> word, devices.push_back(word);
            else if (word.starts_with(option + "="))
                devices.push_back(word.substr(option.size() + 1));
            else if (devices.empty() && eal.empty() && !word.starts_with('-'))
                devices.push_back(word);
            else
                eal.push_back(word);
        }
    }

    std::vector<std::string> eal;
    std::vector<std::string> devices;
};

[[noreturn]] inline void dpdk_fail(int error, const std::string& what) {
    throw std::system_error{error == 0 ? EINVAL : error, std::generic_category(), "DPDK: " + what};
}

/// What EAL is told unless the caller says it himself: no huge pages, no PCI, no files for others
/// to find, and one logical core that runs wherever the process may, instead of a thread on each.
inline std::vector<std::string> modest_eal_words() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    ::sched_getaffinity(0, sizeof allowed, &allowed);
    std::string processors;
    for (int i = 0; i < CPU_SETSIZE; ++i)
        if (CPU_ISSET(static_cast<unsigned>(i), &allowed))
            processors += (processors.empty() ? "" : ",") + std::to_string(i);
    return {"--no-huge",
            "-m",
            "64",
            "--no-pci",
            "--no-shconf",
            "--no-telemetry",
            "--file-prefix=rrdp-" + std::to_string(::getpid()),
            "--log-level=lib.eal:warning",
            "--log-level=pmd.net.memif:critical",
            "--lcores=0@(" + processors + ")"};
}

/// Starts EAL, once for a process.
inline void start_eal(std::vector<std::string> words) {
    static bool runs = false;
    if (runs && !words.empty()) dpdk_fail(EALREADY, "EAL runs already with other arguments");
    if (runs) return;
    const bool modest = words.empty();
    if (modest) words = modest_eal_words();
    words.insert(words.begin(), "rrdp");
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    const int done = rte_eal_init(static_cast<int>(pointers.size()), pointers.data());
    if (done < 0 && rte_errno != EALREADY) dpdk_fail(rte_errno, "EAL does not start");
    runs = true;
    if (modest) ::rmdir(rte_eal_get_runtime_dir());  // made all the same, and empty
}

}  // namespace detail

/// Makes a device and answers the number of its port, for programs that have nothing else to do
/// with DPDK. EAL is started by the first call of the process.
///
/// `net_af_packet0,iface=eth0` or `--vdev=net_memif0,role=server` makes that device; EAL then runs
/// modestly, with 64 MB of ordinary memory. Any other word is for EAL, which gets these words and
/// no others: `-l 0 -a 0000:03:00.0`, whose answer is the first port there is. Throws
/// std::system_error with one line that says what is missing.
[[nodiscard]] inline std::uint16_t dpdk_port(const std::string& arguments) {
    const detail::dpdk_request wanted{arguments};
    if (wanted.eal.empty() && wanted.devices.empty())
        detail::dpdk_fail(EINVAL, "say which device, for example net_af_packet0,iface=eth0");
    detail::start_eal(wanted.eal);
    for (const std::string& device : wanted.devices) {
        const int done = rte_dev_probe(device.c_str());
        if (done == -EEXIST) detail::dpdk_fail(EEXIST, device + ": there is a device of that name");
        if (done < 0)
            detail::dpdk_fail(ENODEV,
                              device + ": cannot be made (no such driver, or its arguments)");
    }
    std::uint16_t port = 0;
    if (wanted.devices.empty()) {
        port = static_cast<std::uint16_t>(rte_eth_find_next(0));
        if (port >= RTE_MAX_ETHPORTS) detail::dpdk_fail(ENODEV, arguments + ": EAL finds no port");
        return port;
    }
    const std::string& device = wanted.devices.front();
    if (rte_eth_dev_get_port_by_name(device.substr(0, device.find(',')).c_str(), &port) != 0)
        detail::dpdk_fail(ENODEV, device + ": the device has no Ethernet port");
    return port;
}

}  // namespace rrdp::adapters
