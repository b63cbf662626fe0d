// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <rrdp/adapters/faulty.hpp>
#include <rrdp/adapters/loopback.hpp>
#include <rrdp/adapters/packet_options.hpp>
#include <rrdp/link/any_link.hpp>

namespace rrdp::adapters::detail {

/// A link, or something around one, whose owner does not know its type.
class owned_part {
public:
    owned_part() = default;
    owned_part(const owned_part&) = delete;
    owned_part& operator=(const owned_part&) = delete;
    virtual ~owned_part() = default;

    [[nodiscard]] virtual any_link& any() noexcept = 0;
    [[nodiscard]] virtual interface_state state() noexcept = 0;
    virtual void add_faults(std::optional<fault_statistics>& sum) const noexcept = 0;
};

/// The same for a type.
template <class Link>
class owned_link final : public owned_part {
public:
    template <class... Arguments>
    explicit owned_link(Arguments&&... arguments)
        : link_{std::forward<Arguments>(arguments)...}, any_{link_} {}

    [[nodiscard]] Link& link() noexcept { return link_; }
    [[nodiscard]] any_link& any() noexcept override { return any_; }

    [[nodiscard]] interface_state state() noexcept override {
        if constexpr (requires(Link & l) { static_cast<interface_state>(l.state()); })
            return link_.state();
        return interface_state::up;
    }

    void add_faults(std::optional<fault_statistics>& sum) const noexcept override {
        if constexpr (requires(const Link& l) { l.transmitted(); }) {
            if (!sum) sum.emplace();
            for (const fault_statistics* s : {&link_.transmitted(), &link_.received()}) {
                sum->frames += s->frames;
                sum->lost += s->lost;
                sum->swallowed += s->swallowed;
                sum->duplicated += s->duplicated;
                sum->reordered += s->reordered;
                sum->corrupted += s->corrupted;
            }
        }
    }

private:
    Link link_;
    erased<Link> any_;
};

/// One of two ends of a `loopback`, which both own.
class loopback_end {
public:
    using rx_frame = loopback::end::rx_frame;
    using tx_lease = loopback::end::tx_lease;

    explicit loopback_end(const loopback_options& options)
        : wire_{std::make_shared<loopback>(options)}, end_{&wire_->a} {}
    /// The other end.
    explicit loopback_end(loopback_end& first) : wire_{first.wire_}, end_{&wire_->b} {}

    [[nodiscard]] link_properties properties() const noexcept { return end_->properties(); }
    [[nodiscard]] std::optional<rx_frame> receive() noexcept { return end_->receive(); }
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        return end_->lease(size);
    }

private:
    std::shared_ptr<loopback> wire_;
    loopback::end* end_;
};

}  // namespace rrdp::adapters::detail
