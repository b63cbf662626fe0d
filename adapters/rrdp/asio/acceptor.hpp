// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <rrdp/asio/socket.hpp>

namespace rrdp::asio {

/// Takes the connections to one port of a node.
template <class Engine = endpoint<>, class Link = any_link, class Executor = net::any_io_executor>
class basic_acceptor {
public:
    using executor_type = Executor;  ///< what handlers run on unless they say otherwise
    using node_type = basic_node<Engine, Link, Executor>;      ///< whose ports it listens to
    using socket_type = basic_socket<Engine, Link, Executor>;  ///< what it accepts
    /// What drives the engine; shared by all that is made of a node.
    using core_type = typename node_type::core_type;

    /// The same with another executor, as Asio asks for it.
    template <class Other>
    struct rebind_executor {
        using other = basic_acceptor<Engine, Link, Other>;  ///< the type with that executor
    };

    /// Listens from now on; connections get these options. Throws system_error with the
    /// `rrdp::errc` of endpoint::listen.
    basic_acceptor(const node_type& on, std::uint16_t port, const options& o = {})
        : executor_{on.get_executor()}, core_{on.share()}, port_{port} {
        const errc e = core_->listen(port, o);
        if (e != errc::ok) throw system_error{make_error_code(e)};
    }
    /// What is moved from is empty afterwards.
    basic_acceptor(basic_acceptor&& other) noexcept
        : executor_{other.executor_}, core_{other.core_}, port_{std::exchange(other.port_, 0)} {}
    /// The same with another executor.
    template <std::convertible_to<Executor> Other>
    basic_acceptor(basic_acceptor<Engine, Link, Other>&& other)
        : executor_{other.get_executor()}, core_{other.share()}, port_{other.detach()} {}
    /// What is moved from is empty afterwards.
    basic_acceptor& operator=(basic_acceptor&& other) noexcept {
        if (this == &other) return *this;
        close();
        executor_ = other.executor_;
        core_ = other.core_;
        port_ = std::exchange(other.port_, 0);
        return *this;
    }
    /// The same as close().
    ~basic_acceptor() { close(); }

    /// What handlers run on unless they say otherwise.
    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }
    /// What it has in common with its node.
    [[nodiscard]] const std::shared_ptr<core_type>& share() const noexcept { return core_; }
    /// Whether it listens.
    [[nodiscard]] bool is_open() const noexcept { return port_ != 0; }
    /// The port it listens to.
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// Gives the port up to the caller, with all that waits at it.
    [[nodiscard]] std::uint16_t detach() noexcept { return std::exchange(port_, 0); }

    /// Waits for a connection. `void(error_code, socket)`.
    template <
        net::completion_token_for<void(error_code, socket_type)> Token = default_token<Executor>>
    auto async_accept(Token&& token = default_token<Executor>{}) {
        return net::async_initiate<Token, void(error_code, socket_type)>(
            [this](auto handler) { this->initiate(std::move(handler)); }, token);
    }

    /// Ends waiting operations with operation_aborted.
    void cancel() { core_->cancel_accept(port_, std::nullopt); }
    /// Takes no more connections; those that nobody has taken are ended.
    void close() noexcept {
        if (is_open()) core_->stop_listening(std::exchange(port_, 0));
    }
    /// cancel() as other acceptors have it: it never fails.
    void cancel(error_code& e) {
        cancel();
        e.clear();
    }
    /// close() as other acceptors have it: it never fails.
    void close(error_code& e) noexcept {
        close();
        e.clear();
    }

private:
    struct take_one {
        template <class Operation>
        bool attempt(core_type& from, Operation&) noexcept {
            id = from.current_id();
            return true;
        }
        template <class Operation, class F>
        void call(const Operation& op, F&& f) {
            const error_code failure = op.failure;
            f(failure, socket_type{executor, std::move(core), id});
        }

        Executor executor;
        std::shared_ptr<core_type> core;
        connection_id id{};
    };

    template <class Handler>
    void initiate(Handler handler) {
        using operation = detail::pending<core_type, take_one, Handler>;
        auto slot = net::get_associated_cancellation_slot(handler);
        operation* const op =
            operation::make(take_one{executor_, core_}, std::move(handler), executor_);
        const std::uint64_t serial = op->serial = core_->next_serial();
        const std::uint16_t port = port_;
        const std::shared_ptr<core_type> core = core_;  // this may be gone before accept() returns
        if (slot.is_connected()) {
            slot.assign([weak = std::weak_ptr{core}, port, serial](net::cancellation_type how) {
                if (how == net::cancellation_type::none) return;
                if (const auto alive = weak.lock()) alive->cancel_accept(port, serial);
            });
        }
        core->accept(port, op);
    }

    Executor executor_;
    std::shared_ptr<core_type> core_;
    std::uint16_t port_ = 0;
};

/// One of `node`.
using acceptor = basic_acceptor<>;

}  // namespace rrdp::asio
