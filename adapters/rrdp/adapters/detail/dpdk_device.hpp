// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <system_error>

#include <rrdp/adapters/detail/dpdk_api.hpp>
#include <rrdp/adapters/dpdk_options.hpp>
#include <rrdp/link/properties.hpp>

namespace rrdp::adapters::detail {

/// An Ethernet port of DPDK with a pool of buffers, running: all of the DPDK link that comes before
/// the first frame.
class dpdk_device {
public:
    /// Configures the port, or takes it as it is. Throws std::system_error with one line that names
    /// the port and what is missing.
    dpdk_device(std::uint16_t port, const dpdk_options& options)
        : port_{port}, queue_{options.queue}, name_{"DPDK port " + std::to_string(port)} {
        if (rte_eth_dev_is_valid_port(port) == 0)
            fail(ENODEV, "no such port; EAL knows of " + std::to_string(rte_eth_dev_count_avail()));
        must(rte_eth_dev_info_get(port, &device_), "cannot ask the device what it is");
        name_ += std::string{" ("} + device_.driver_name + ")";
        if (options.batch == 0) fail(EINVAL, "a batch has to hold a frame");
        if (options.ethertype < ethertype_min) fail(EINVAL, "EtherTypes begin at 0x0600");
        calls_ = is_memif_client();
        if (options.configure)
            configure(options);
        else
            take_as_it_is(options);
        start(options);
    }
    dpdk_device(const dpdk_device&) = delete;
    dpdk_device& operator=(const dpdk_device&) = delete;
    ~dpdk_device() {
        if (ours_ && running_) rte_eth_dev_stop(port_);
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::uint16_t queue() const noexcept { return queue_; }
    [[nodiscard]] rte_mempool* pool() const noexcept { return pool_; }
    [[nodiscard]] const link_properties& properties() const noexcept { return properties_; }

    /// Whether frames can leave. Asks the driver, which does not wait for the device.
    [[nodiscard]] bool up() const noexcept {
        rte_eth_link link{};
        return rte_eth_link_get_nowait(port_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
    }
    /// Whether the device was pulled out, or its port closed.
    [[nodiscard]] bool removed() const noexcept {
        return rte_eth_dev_is_valid_port(port_) == 0 || rte_eth_dev_is_removed(port_) != 0;
    }

    /// Whether frames may be asked of the port and given to it: DPDK forbids both while it is
    /// stopped.
    [[nodiscard]] bool running() const noexcept { return running_; }

    /// Does for a port that is down what the driver leaves to us: a memif client whose server went
    /// calls it again only when it is stopped and started. Not at once, and not often: DPDK's
    /// interrupt thread does not bear to be disturbed while it takes a connection down, or up.
    void revive() noexcept {
        if (!ours_ || !calls_) return;
        const auto now = std::chrono::steady_clock::now();
        const bool due = fallen_ && now >= next_call_;
        if (!fallen_ || due) next_call_ = now + std::chrono::milliseconds{500};
        fallen_ = true;
        if (!due) return;
        if (running_) rte_eth_dev_stop(port_);
        running_ = rte_eth_dev_start(port_) == 0;
    }
    void revived() noexcept { fallen_ = false; }

private:
    static constexpr std::uint16_t ethertype_min = 0x0600;  // below, the field is a length
    static constexpr std::size_t overhead = wire::ethernet_framing::overhead;

    [[noreturn]] void fail(int error, const std::string& what) const {
        throw std::system_error{error, std::generic_category(), name_ + ": " + what};
    }
    /// Throws unless DPDK's answer is that it is done. Drivers say -1 when they mean any failure.
    void must(int answer, const char* what) const {
        if (answer < 0) fail(answer == -1 ? EIO : -answer, what);
    }

    [[nodiscard]] bool is_memif_client() const {
        const rte_devargs* const said = rte_dev_devargs(device_.device);
        if (said == nullptr || said->args == nullptr) return false;
        return std::strcmp(device_.driver_name, "net_memif") == 0 &&
               std::strstr(said->args, "role=client") != nullptr;
    }

    void configure(const dpdk_options& options) {
        if (queue_ != 0) fail(EINVAL, "a link that configures its port has queue 0 and no other");
        rte_eth_conf wanted{};
        wanted.rxmode.mtu = mtu(options);
        const int done = rte_eth_dev_configure(port_, 1, 1, &wanted);
        if (done == -EBUSY) fail(EBUSY, "the port runs already: another owns it");
        must(done, "cannot configure the device");
        if (options.mtu != 0) {
            const int set = rte_eth_dev_set_mtu(port_, options.mtu);
            if (set != -ENOTSUP) must(set, "cannot set the MTU");
        }
        read_properties(options);
        choose_pool(options);

        std::uint16_t rx = options.rx_descriptors;
        std::uint16_t tx = options.tx_descriptors;
        must(rte_eth_dev_adjust_nb_rx_tx_desc(port_, &rx, &tx), "cannot size the queues");
        const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(port_));
        must(rte_eth_rx_queue_setup(port_, 0, rx, socket, nullptr, pool_),
             "cannot set up the receive queue");
        must(rte_eth_tx_queue_setup(port_, 0, tx, socket, nullptr),
             "cannot set up the transmit queue");
    }

    void take_as_it_is(const dpdk_options& options) {
        if (options.mtu != 0) fail(EINVAL, "the MTU of a port that is not configured stays");
        if (queue_ >= device_.nb_rx_queues || queue_ >= device_.nb_tx_queues)
            fail(EINVAL, "queue " + std::to_string(queue_) + " was not set up; the port has " +
                             std::to_string(std::min(device_.nb_rx_queues, device_.nb_tx_queues)));
        read_properties(options);
        choose_pool(options);
    }

    void start(const dpdk_options& options) {
        must(rte_eth_dev_start(port_),
             calls_ ? "cannot start: a memif client wants its server first" : "cannot start");
        ours_ = options.configure;
        running_ = true;
        if (!options.address.is_zero()) answer_to_address();
        rte_eth_allmulticast_enable(port_);  // groups are sorted here where the device cannot
        rte_mbuf* const probe = rte_pktmbuf_alloc(pool_);
        if (probe != nullptr) return rte_pktmbuf_free(probe);
        if (ours_) rte_eth_dev_stop(port_);
        fail(ENOBUFS, "the pool has no buffer left");
    }

    [[nodiscard]] std::uint16_t mtu(const dpdk_options& options) const {
        std::uint16_t mtu = options.mtu;
        if (mtu == 0) {
            must(rte_eth_dev_get_mtu(port_, &mtu), "cannot read the MTU");
            return mtu;
        }
        if (mtu < device_.min_mtu || mtu > device_.max_mtu)
            fail(EINVAL, "an MTU of " + std::to_string(mtu) + " is not between " +
                             std::to_string(device_.min_mtu) + " and " +
                             std::to_string(device_.max_mtu));
        return mtu;
    }

    void read_properties(const dpdk_options& options) {
        std::uint16_t mtu = 0;
        must(rte_eth_dev_get_mtu(port_, &mtu), "cannot read the MTU");
        if (mtu + overhead < wire::ethernet_framing::frame_min)
            fail(EMSGSIZE, "an MTU of " + std::to_string(mtu) + " is too small for Ethernet");
        properties_.max_frame = mtu + overhead;
        rte_ether_addr address{};
        must(rte_eth_macaddr_get(port_, &address), "cannot read the address");
        std::memcpy(properties_.address.octets.data(), address.addr_bytes, 6);
        if (!options.address.is_zero()) properties_.address = options.address;
        if (properties_.address.is_zero() || properties_.address.is_group())
            fail(EADDRNOTAVAIL, "the port has no station address: give one in the options");
    }

    /// Tells the device our address, or to let everything through.
    void answer_to_address() const noexcept {
        rte_ether_addr address{};
        std::memcpy(address.addr_bytes, properties_.address.octets.data(), 6);
        if (rte_eth_dev_default_mac_addr_set(port_, &address) != 0)
            rte_eth_promiscuous_enable(port_);
    }

    void choose_pool(const dpdk_options& options) {
        const std::size_t frame_max =
            std::max(properties_.max_frame, wire::ethernet_framing::frame_min);
        pool_ = options.pool != nullptr ? options.pool : own_pool(options, frame_max);
        const unsigned room = rte_pktmbuf_data_room_size(pool_);
        if (room < RTE_PKTMBUF_HEADROOM + frame_max)
            fail(EMSGSIZE, "a buffer of the pool has " + std::to_string(room) +
                               " octets, too few for frames of " + std::to_string(frame_max));
    }

    /// Named after all that distinguishes it. Devices want room in steps of 1 024 octets, mostly
    /// two at least, and some write a VLAN tag and the check sequence, too.
    rte_mempool* own_pool(const dpdk_options& options, std::size_t frame_max) const {
        constexpr std::size_t step = 1'024;
        const std::size_t steps = std::max<std::size_t>((frame_max + 8 + step - 1) / step, 2);
        const std::size_t room = RTE_PKTMBUF_HEADROOM + steps * step;
        if (room > UINT16_MAX) fail(EMSGSIZE, "no buffer holds frames of such an MTU");
        const std::string name = "r" + std::to_string(port_) + "q" + std::to_string(queue_) + "s" +
                                 std::to_string(room) + "n" + std::to_string(options.buffers);
        if (rte_mempool* const before = rte_mempool_lookup(name.c_str())) return before;
        const unsigned cache = options.buffers >= 512 ? 64 : 0;
        rte_mempool* const made =
            rte_pktmbuf_pool_create(name.c_str(), options.buffers, cache, 0,
                                    static_cast<std::uint16_t>(room), rte_eth_dev_socket_id(port_));
        if (made == nullptr)
            fail(rte_errno, "no memory for " + std::to_string(options.buffers) + " buffers of " +
                                std::to_string(room) + " octets (EAL's options -m, --socket-mem)");
        return made;
    }

    std::uint16_t port_;
    std::uint16_t queue_;
    std::string name_;
    rte_eth_dev_info device_{};
    rte_mempool* pool_ = nullptr;
    link_properties properties_{};
    bool ours_ = false;   ///< to stop, and to start again
    bool calls_ = false;  ///< the other end, and only when it is started
    bool running_ = false;
    bool fallen_ = false;
    std::chrono::steady_clock::time_point next_call_;  ///< when it is `fallen_`
};

}  // namespace rrdp::adapters::detail
