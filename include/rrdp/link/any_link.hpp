// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include <rrdp/base/assert.hpp>
#include <rrdp/link/concepts.hpp>

namespace rrdp {

/// A link whose type is chosen when the program runs: programs take an `any_link&` and `erased`
/// makes one of any link. It satisfies `link`, `flushable_link`, `queueing_link`, `timed_link` and
/// `pollable_link`; what the link below lacks answers as if there were nothing of it.
///
/// The price is an indirect call for each verb: four for a frame that comes and goes (receive,
/// release, lease, commit), and a `flush` and a `set_time` a turn; none for `bytes` and
/// `properties`. Nothing is allocated. One frame and one lease may be held at a time; a second is
/// refused meanwhile.
class any_link {
public:
    /// A frame of the link below, which keeps it until this is destroyed.
    class rx_frame {
    public:
        /// Made by its link.
        rx_frame(any_link& owner, octets_view bytes) noexcept : owner_{&owner}, bytes_{bytes} {}
        /// What is moved from is empty afterwards.
        rx_frame(rx_frame&& other) noexcept
            : owner_{std::exchange(other.owner_, nullptr)},
              bytes_{std::exchange(other.bytes_, {})} {}
        /// What is moved from is empty afterwards.
        rx_frame& operator=(rx_frame&& other) noexcept {
            if (this == &other) return *this;
            release();
            owner_ = std::exchange(other.owner_, nullptr);
            bytes_ = std::exchange(other.bytes_, {});
            return *this;
        }
        ~rx_frame() { release(); }

        /// Its octets.
        [[nodiscard]] octets_view bytes() const noexcept { return bytes_; }

    private:
        void release() noexcept {
            if (owner_ != nullptr) owner_->do_release();
        }

        any_link* owner_;
        octets_view bytes_;
    };

    /// A lease of the link below, which keeps it until this is committed or destroyed.
    class tx_lease {
    public:
        /// Made by its link.
        tx_lease(any_link& owner, octets bytes) noexcept : owner_{&owner}, bytes_{bytes} {}
        /// What is moved from is empty afterwards.
        tx_lease(tx_lease&& other) noexcept
            : owner_{std::exchange(other.owner_, nullptr)},
              bytes_{std::exchange(other.bytes_, {})} {}
        /// What is moved from is empty afterwards.
        tx_lease& operator=(tx_lease&& other) noexcept {
            if (this == &other) return *this;
            cancel();
            owner_ = std::exchange(other.owner_, nullptr);
            bytes_ = std::exchange(other.bytes_, {});
            return *this;
        }
        ~tx_lease() { cancel(); }

        /// Its octets.
        [[nodiscard]] octets bytes() noexcept { return bytes_; }
        /// Sends its first octets; the lease is over (concept `link`).
        void commit(std::size_t size) noexcept {
            RRDP_ASSERT(owner_ != nullptr && size <= bytes_.size());
            std::exchange(owner_, nullptr)->do_commit(size);
            bytes_ = {};
        }

    private:
        void cancel() noexcept {
            if (owner_ != nullptr) owner_->do_cancel();
        }

        any_link* owner_;
        octets bytes_;
    };

    any_link(const any_link&) = delete;
    any_link& operator=(const any_link&) = delete;
    virtual ~any_link() = default;

    /// Those of the link below, asked once.
    [[nodiscard]] link_properties properties() const noexcept { return properties_; }

    /// The next frame; nothing also while the last one is still held.
    [[nodiscard]] std::optional<rx_frame> receive() noexcept {
        const octets_view bytes = do_receive();
        if (bytes.data() == nullptr) return std::nullopt;
        return rx_frame{*this, bytes};
    }

    /// Room for one frame; nothing also while a lease is still held.
    [[nodiscard]] std::optional<tx_lease> lease(std::size_t size) noexcept {
        const octets bytes = do_lease(size);
        if (bytes.data() == nullptr) return std::nullopt;
        return tx_lease{*this, bytes};
    }

    /// Hands over what was committed; true at once where the link gathers nothing.
    bool flush() noexcept { return do_flush(); }

    /// Tells the link the time, where it wants to know.
    void set_time(instant now) noexcept { do_set_time(now); }

    /// Frames that have not left the link entirely; 0 where it does not know.
    [[nodiscard]] std::size_t queued() const noexcept { return do_queued(); }

    /// What poll(2) may sleep on; -1 where there is no descriptor: then look again and again.
    [[nodiscard]] int native_handle() const noexcept { return do_native_handle(); }

    /// The errno of the trouble that is not over yet; 0: none, or the link does not tell.
    [[nodiscard]] int error_number() const noexcept { return do_error_number(); }

protected:
    /// For what derives from it.
    explicit any_link(const link_properties& properties) noexcept : properties_{properties} {}

private:
    /// No data: no frame, or no room.
    virtual octets_view do_receive() noexcept = 0;
    virtual void do_release() noexcept = 0;
    virtual octets do_lease(std::size_t size) noexcept = 0;
    virtual void do_commit(std::size_t size) noexcept = 0;
    virtual void do_cancel() noexcept = 0;
    virtual bool do_flush() noexcept = 0;
    virtual void do_set_time(instant now) noexcept = 0;
    [[nodiscard]] virtual std::size_t do_queued() const noexcept = 0;
    [[nodiscard]] virtual int do_native_handle() const noexcept = 0;
    [[nodiscard]] virtual int do_error_number() const noexcept = 0;

    link_properties properties_;
};

/// An `any_link` over `below`, which must outlive it; nobody else may use it meanwhile.
template <link Link>
class erased final : public any_link {
public:
    /// `below` must outlive it.
    explicit erased(Link& below) noexcept : any_link{below.properties()}, link_{&below} {}

private:
    octets_view do_receive() noexcept override {
        if (frame_) return {};
        std::optional<typename Link::rx_frame> next = link_->receive();
        if (!next) return {};
        frame_.emplace(std::move(*next));
        return frame_->bytes();
    }
    void do_release() noexcept override { frame_.reset(); }

    octets do_lease(std::size_t size) noexcept override {
        if (lease_) return {};
        std::optional<typename Link::tx_lease> next = link_->lease(size);
        if (!next) return {};
        lease_.emplace(std::move(*next));
        return lease_->bytes();
    }
    void do_commit(std::size_t size) noexcept override {
        lease_->commit(size);
        lease_.reset();
    }
    void do_cancel() noexcept override { lease_.reset(); }

    bool do_flush() noexcept override {
        if constexpr (flushable_link<Link>) return link_->flush();
        return true;
    }
    void do_set_time(instant now) noexcept override {
        if constexpr (timed_link<Link>) link_->set_time(now);
    }
    std::size_t do_queued() const noexcept override {
        if constexpr (queueing_link<Link>) return link_->queued();
        return 0;
    }
    int do_native_handle() const noexcept override {
        if constexpr (pollable_link<Link>) return link_->native_handle();
        return -1;
    }
    int do_error_number() const noexcept override {
        if constexpr (requires(const Link& l) { l.error_number(); }) return link_->error_number();
        if constexpr (requires(const Link& l) { l.error().value(); }) return link_->error().value();
        return 0;
    }

    Link* link_;
    std::optional<typename Link::rx_frame> frame_;
    std::optional<typename Link::tx_lease> lease_;
};

static_assert(link<any_link> && flushable_link<any_link> && queueing_link<any_link> &&
              pollable_link<any_link> && timed_link<any_link>);

}  // namespace rrdp
