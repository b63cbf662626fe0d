// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <utility>

#include <rrdp/asio/detail/work.hpp>
#include <rrdp/asio/node.hpp>

namespace rrdp::asio {

/// A connection of a node: ordered, reliable messages to and from one peer.
///
/// Every operation takes a completion token (a callback, use_awaitable, use_future, deferred …),
/// calls its handler on the handler's executor and never from within the call that begins it, uses
/// the handler's allocator, and can be cancelled by its slot: `total`, for a message is either
/// accepted or not. Buffers must stay as they are until the handler is called.
///
/// Errors: operation_aborted after cancel() or close(); eof when the peer has ended and every
/// message was taken; not_connected; `rrdp::errc` for what the engine refuses; `rrdp::end_reason`
/// for how the connection ended, equal to std::errc::connection_refused and so on.
template <class Engine = endpoint<>, class Link = any_link, class Executor = net::any_io_executor>
class basic_socket {
public:
    using executor_type = Executor;  ///< what handlers run on unless they say otherwise
    using node_type = basic_node<Engine, Link, Executor>;  ///< whose connections it has
    /// What drives the engine; shared by all that is made of a node.
    using core_type = typename node_type::core_type;
    using endpoint_type = peer;  ///< the address of the other end: its node and port

    /// The same with another executor, as Asio asks for it.
    template <class Other>
    struct rebind_executor {
        using other = basic_socket<Engine, Link, Other>;  ///< the type with that executor
    };

    /// Without a connection.
    explicit basic_socket(const node_type& on) : basic_socket{on.get_executor(), on.share(), {}} {}
    /// That connection; what acceptors make.
    basic_socket(const Executor& executor, std::shared_ptr<core_type> core, connection_id id)
        : executor_{executor}, core_{std::move(core)}, id_{id} {}

    /// What is moved from is empty afterwards.
    basic_socket(basic_socket&& other) noexcept
        : executor_{other.executor_}, core_{other.core_}, id_{std::exchange(other.id_, {})} {}
    /// The same with another executor.
    template <std::convertible_to<Executor> Other>
    basic_socket(basic_socket<Engine, Link, Other>&& other)
        : basic_socket{other.get_executor(), other.share(), other.detach()} {}
    /// What is moved from is empty afterwards.
    basic_socket& operator=(basic_socket&& other) noexcept {
        if (this == &other) return *this;
        close();
        executor_ = other.executor_;
        core_ = other.core_;
        id_ = std::exchange(other.id_, {});
        return *this;
    }
    /// The same as close().
    ~basic_socket() { close(); }

    /// What handlers run on unless they say otherwise.
    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }
    /// What it has in common with its node.
    [[nodiscard]] const std::shared_ptr<core_type>& share() const noexcept { return core_; }
    /// Whether it has a connection, or has asked for one, and was not closed.
    [[nodiscard]] bool is_open() const noexcept { return id_ != connection_id{}; }
    /// For poll(2); -1: there is none (concept `pollable_link`).
    [[nodiscard]] connection_id native_handle() const noexcept { return id_; }
    /// Gives the connection up to the caller, with all that waits on it.
    [[nodiscard]] connection_id detach() noexcept { return std::exchange(id_, {}); }

    /// What is known of the connection; nothing once it is over.
    [[nodiscard]] std::optional<connection_info> info() const {
        return core_->with_engine([&](Engine& e, instant) {
            const auto known = e.info(id_);
            return known ? std::optional{*known} : std::nullopt;
        });
    }
    /// The other end: its node and port.
    [[nodiscard]] std::optional<peer> remote_endpoint() const { return core_->remote(id_); }

    /// Opens a connection; one that it has is let go, as by close(). `void(error_code)`.
    template <plain_token Token = default_token<Executor>>
    auto async_connect(const peer& to, const options& o,
                       Token&& token = default_token<Executor>{}) {
        return net::async_initiate<Token, void(error_code)>(
            [this](auto handler, const peer& there, const options& with) {
                close();
                this->initiate(std::move(handler), detail::await_event{},
                               [&](auto* op) { core_->connect(there, with, op, id_); });
            },
            token, to, o);
    }
    /// Opens a connection to a port of a node.
    template <plain_token Token = default_token<Executor>>
    auto async_connect(const peer& to, Token&& token = default_token<Executor>{}) {
        return async_connect(to, options{}, std::forward<Token>(token));
    }

    /// Sends the octets of `buffers` as one message: done when the engine has accepted it, which it
    /// delays while the peer, or the network, takes no more. `void(error_code, size_t)`.
    template <const_buffers ConstBuffers, sized_token Token = default_token<Executor>>
    auto async_send(const ConstBuffers& buffers, Token&& token = default_token<Executor>{}) {
        return start<void(error_code, std::size_t)>(
            detail::wish::send, detail::send_message<ConstBuffers>{buffers}, token);
    }

    /// Receives one message. When it is longer than `buffers` the error is message_size, the number
    /// its size, and it stays: receive it again with more room. `void(error_code, size_t)`.
    template <mutable_buffers MutableBuffers, sized_token Token = default_token<Executor>>
    auto async_receive(const MutableBuffers& buffers, Token&& token = default_token<Executor>{}) {
        return start<void(error_code, std::size_t)>(
            detail::wish::receive, detail::receive_message<MutableBuffers>{buffers}, token);
    }
    /// The same to the end of net::dynamic_buffer(string or vector), which grows.
    template <dynamic_buffer DynamicBuffer, sized_token Token = default_token<Executor>>
    auto async_receive(DynamicBuffer buffer, Token&& token = default_token<Executor>{}) {
        return start<void(error_code, std::size_t)>(
            detail::wish::receive, detail::append_message<DynamicBuffer>{std::move(buffer)}, token);
    }

    /// Waits until everything that was accepted is confirmed by the peer. `void(error_code)`.
    template <plain_token Token = default_token<Executor>>
    auto async_flush(Token&& token = default_token<Executor>{}) {
        return start<void(error_code)>(detail::wish::flush, detail::flush_all{}, token);
    }
    /// Ends the own direction, after all that was accepted, and waits until that is confirmed. What
    /// the peer sends can still be received. `void(error_code)`.
    template <plain_token Token = default_token<Executor>>
    auto async_shutdown(Token&& token = default_token<Executor>{}) {
        return start<void(error_code)>(detail::wish::flush, detail::shut_down{}, token);
    }
    /// Ends the connection in good order, and waits until it has ended: both sides finished, and
    /// every message that the peer sent was received. `void(error_code)`.
    template <plain_token Token = default_token<Executor>>
    auto async_close(Token&& token = default_token<Executor>{}) {
        return start<void(error_code)>(detail::wish::close, detail::close_all{}, token);
    }

    /// Cancels all operations; the connection stays, if it is open.
    void cancel() { core_->cancel(id_); }
    /// Cancels all operations and lets go of the connection: what was accepted is still sent, and
    /// it ends in good order without anybody to wait for it.
    void close() noexcept { give_up(false); }
    /// ... but ends it now: the peer is told, and what is under way is lost.
    void abort() noexcept { give_up(true); }
    /// As other sockets have them, for what is written for those; they never fail.
    void cancel(error_code& e) {
        cancel();
        e.clear();
    }
    /// Ends it behind what was sent; waiting operations end with operation_aborted.
    void close(error_code& e) noexcept {
        close();
        e.clear();
    }

private:
    template <class, class, class>
    friend class basic_stream;

    void give_up(bool now) noexcept {
        if (is_open()) core_->release(std::exchange(id_, {}), now);
    }

    template <class Signature, class Work, class Token>
    auto start(detail::wish kind, Work work, Token& token) {
        return net::async_initiate<Token, Signature>(
            [this, kind](auto handler, Work w) {
                this->initiate(std::move(handler), std::move(w),
                               [&](auto* op) { core_->begin(id_, kind, op); });
            },
            token, std::move(work));
    }

    /// Makes an operation of a handler and hands it to `begin`. Its handler may run, and all that
    /// belongs to it be gone, before that returns: nothing of them is touched afterwards.
    template <class Handler, class Work, class Begin>
    void initiate(Handler handler, Work work, Begin&& begin) {
        using operation = detail::pending<core_type, Work, Handler>;
        const std::shared_ptr<core_type> core = core_;
        auto slot = net::get_associated_cancellation_slot(handler);
        operation* const op = operation::make(std::move(work), std::move(handler), executor_);
        const std::uint64_t serial = op->serial = core->next_serial();
        if (slot.is_connected()) {
            slot.assign([weak = std::weak_ptr{core}, id = id_, serial](net::cancellation_type how) {
                if (how == net::cancellation_type::none) return;
                const auto alive = weak.lock();
                if (alive == nullptr) return;
                if (id == connection_id{})
                    alive->cancel_connect(serial);
                else
                    alive->cancel(id, serial);
            });
        }
        begin(op);
    }

    Executor executor_;
    std::shared_ptr<core_type> core_;
    connection_id id_{};
};

/// One of `node`.
using socket = basic_socket<>;

}  // namespace rrdp::asio
