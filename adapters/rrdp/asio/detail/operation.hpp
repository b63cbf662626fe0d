// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include <rrdp/asio/config.hpp>

namespace rrdp::asio::detail {

/// An operation that somebody waits for, from its initiation to the call of its handler. Whoever
/// has it in a list finishes it, exactly once, by `complete`.
template <class Core>
class operation {
public:
    operation(const operation&) = delete;
    operation& operator=(const operation&) = delete;

    /// Tries to do what is wanted; whether it is done, well or not: `failure` says.
    virtual bool attempt(Core& core) = 0;

    /// Calls the handler on its executor: from there if it may be, or later. Destroys this first.
    enum class when : std::uint8_t { if_possible_now, later };
    virtual void complete(when w) = 0;

    operation* next = nullptr;  ///< in a `queue`
    std::uint64_t serial = 0;   ///< tells it apart for cancellation
    error_code failure;
    std::size_t size = 0;  ///< octets sent or received; those of a message that did not fit

protected:
    operation() = default;
    ~operation() = default;
};

/// Operations in a row.
template <class Core>
class queue {
public:
    using entry = operation<Core>;

    queue() = default;
    queue(queue&& other) noexcept
        : first_{std::exchange(other.first_, nullptr)},
          last_{std::exchange(other.last_, nullptr)} {}
    queue& operator=(queue&&) = delete;

    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] entry* front() const noexcept { return first_; }

    void push(entry* e) noexcept {
        e->next = nullptr;
        (empty() ? first_ : last_->next) = e;
        last_ = e;
    }
    entry* pop() noexcept {
        entry* const e = std::exchange(first_, first_->next);
        if (first_ == nullptr) last_ = nullptr;
        return e;
    }
    [[nodiscard]] bool has(std::uint64_t serial) const noexcept {
        const entry* e = first_;
        while (e != nullptr && e->serial != serial) e = e->next;
        return e != nullptr;
    }
    /// Takes the one with that serial out; null if it is not here.
    entry* take(std::uint64_t serial) noexcept {
        entry* before = nullptr;
        for (entry* e = first_; e != nullptr; before = std::exchange(e, e->next)) {
            if (e->serial != serial) continue;
            (before == nullptr ? first_ : before->next) = e->next;
            if (last_ == e) last_ = before;
            return e;
        }
        return nullptr;
    }
    /// All of them to the end of `to`, having failed.
    void fail_all(const error_code& why, queue& to) noexcept {
        while (!empty()) {
            entry* const e = pop();
            e->failure = why;
            to.push(e);
        }
    }

private:
    entry* first_ = nullptr;
    entry* last_ = nullptr;
};

/// Operations that are done. Their handlers are called outside of every lock; when one of them
/// throws, those behind it are called later, so that none is lost.
template <class Core>
class finished : public queue<Core> {
public:
    using when = typename operation<Core>::when;

    finished() = default;
    ~finished() {
        while (!this->empty()) this->pop()->complete(when::later);
    }
    void complete_all(when w) {
        while (!this->empty()) this->pop()->complete(w);
    }
};

/// A handler with what it is to be called with, under the allocator of the handler.
template <class Handler, class... Given>
class completion {
public:
    using allocator_type = net::associated_allocator_t<Handler>;

    completion(Handler&& handler, Given... given)
        : handler_{std::move(handler)}, given_{std::move(given)...} {}

    [[nodiscard]] allocator_type get_allocator() const noexcept {
        return net::get_associated_allocator(handler_);
    }
    void operator()() {
        std::apply([this](Given&... given) { std::move(handler_)(std::move(given)...); }, given_);
    }

private:
    Handler handler_;
    std::tuple<Given...> given_;
};

/// An operation of some `Work`, which has `attempt(core, operation)` and, once that is done,
/// `call(operation, f)`: it calls `f` with what the handler gets.
template <class Core, class Work, class Handler>
class pending final : public operation<Core> {
public:
    using allocator = typename std::allocator_traits<
        net::associated_allocator_t<Handler>>::template rebind_alloc<pending>;
    using fallback = typename Core::executor_type;
    /// That of the handler, whose run() goes on as long as this waits.
    using executor = std::decay_t<decltype(net::prefer(
        std::declval<net::associated_executor_t<Handler, fallback>>(),
        net::execution::outstanding_work.tracked))>;
    using when = typename operation<Core>::when;

    pending(Work work, Handler&& handler, const fallback& otherwise)
        : work_{std::move(work)},
          handler_{std::move(handler)},
          where_{net::prefer(net::get_associated_executor(handler_, otherwise),
                             net::execution::outstanding_work.tracked)} {}

    static pending* make(Work work, Handler&& handler, const fallback& otherwise) {
        allocator memory{net::get_associated_allocator(handler)};
        using traits = std::allocator_traits<allocator>;
        pending* const place = traits::allocate(memory, 1);
        traits::construct(memory, place, std::move(work), std::move(handler), otherwise);
        return place;
    }

    bool attempt(Core& core) override { return work_.attempt(core, *this); }

    void complete(when w) override {
        // The memory is free before the handler runs, which may begin the same again in it.
        Handler handler{std::move(handler_)};
        const executor where{std::move(where_)};
        work_.call(*this, [&](auto... given) {
            const allocator memory{net::get_associated_allocator(handler)};
            free(memory);
            completion call{std::move(handler), std::move(given)...};
            if (w == when::later)
                net::post(where, std::move(call));
            else
                net::dispatch(where, std::move(call));
        });
    }

private:
    void free(allocator memory) noexcept {
        using traits = std::allocator_traits<allocator>;
        traits::destroy(memory, this);
        traits::deallocate(memory, this, 1);
    }

    Work work_;
    Handler handler_;
    executor where_;
};

}  // namespace rrdp::asio::detail
