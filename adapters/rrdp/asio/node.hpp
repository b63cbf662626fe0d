// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <utility>

#include <rrdp/asio/detail/core.hpp>

namespace rrdp::asio {

/// An engine over a link, driven by an executor: what sockets and acceptors are made of.
///
/// Give it the executor of an io_context, and a link that outlives it. Sockets, acceptors and
/// streams of a node are distinct objects: different threads may use different ones, whatever the
/// executor is; one object, as everywhere in Asio, one thread at a time.
///
/// run() of the io_context goes on until the node is closed or destroyed: it listens to its peers,
/// who may ask what was lost long after the last operation.
template <class Engine = endpoint<>, class Link = any_link, class Executor = net::any_io_executor>
class basic_node {
public:
    using engine_type = Engine;      ///< what it drives
    using link_type = Link;          ///< over what
    using executor_type = Executor;  ///< what handlers run on unless they say otherwise
    using address_type = typename Engine::address;  ///< of nodes on the link
    /// What the engine is made with.
    using node_options_type = node_options<typename Engine::framing>;
    /// What drives the engine; shared by all that is made of a node.
    using core_type = detail::core<Engine, Link>;

    /// The same with another executor, as Asio asks for it.
    template <class Other>
    struct rebind_executor {
        using other = basic_node<Engine, Link, Other>;  ///< the type with that executor
    };

    /// Throws system_error with an `rrdp::errc` when the engine refuses what it is given, or with
    /// the system's error when the descriptor of the link cannot be duplicated; std::bad_alloc.
    basic_node(const Executor& executor, Link& link, const capacities& c,
               const node_options_type& own, entropy random, const adapters::wait_plan& plan = {})
        : executor_{executor},
          core_{std::make_shared<core_type>(executor, link, plan, c, own, random)} {
        core_->start();
    }
    /// The same for the executor of a context.
    template <std::derived_from<net::execution_context> Context>
    basic_node(Context& context, Link& link, const capacities& c, const node_options_type& own,
               entropy random, const adapters::wait_plan& plan = {})
        : basic_node{Executor{context.get_executor()}, link, c, own, random, plan} {}

    /// What is moved from is empty afterwards.
    basic_node(basic_node&&) noexcept = default;
    /// What is moved from is empty afterwards.
    basic_node& operator=(basic_node&& other) noexcept {
        close();
        executor_ = std::move(other.executor_);
        core_ = std::move(other.core_);
        return *this;
    }
    /// The same as close().
    ~basic_node() { close(); }

    /// What handlers run on unless they say otherwise.
    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

    /// Ends all connections at once (their peers are told), cancels all operations, and lets go of
    /// the link. Close sockets with async_close() before, where what was sent has to arrive.
    void close() noexcept {
        if (core_ != nullptr) core_->stop();
    }

    /// Enters a node into the table; see endpoint::add_node.
    [[nodiscard]] errc add_node(node_id number, const address_type& where, std::uint16_t mtu = 0) {
        return core_->with_engine(
            [&](Engine& e, instant) { return e.add_node(number, where, mtu); });
    }

    /// Calls `verb(engine, now)` while nobody else uses the engine: for whatever is not said here.
    /// It must not keep the engine, and must not wait.
    template <class Verb>
    auto with_engine(Verb&& verb) {
        return core_->with_engine(std::forward<Verb>(verb));
    }
    /// All counters of the endpoint, so far.
    [[nodiscard]] statistics stats() {
        return core_->with_engine([](Engine& e, instant) { return e.stats(); });
    }

    /// What sockets of this node share.
    [[nodiscard]] const std::shared_ptr<core_type>& share() const noexcept { return core_; }

private:
    Executor executor_;
    std::shared_ptr<core_type> core_;
};

/// One over a link that is chosen when the program runs, by Ethernet frames.
using node = basic_node<>;

}  // namespace rrdp::asio
