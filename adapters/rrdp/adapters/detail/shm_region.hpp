// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <span>

#include <rrdp/adapters/detail/mapping.hpp>
#include <rrdp/adapters/detail/shm_bell.hpp>
#include <rrdp/adapters/detail/shm_file.hpp>
#include <rrdp/adapters/shm_handles.hpp>

namespace rrdp::adapters::detail {

/// The memory of one side of a shared-memory link: opened, checked, and given up at the end.
class shm_region {
public:
    /// The region of that name in /dev/shm, at the side that is free. Throws std::system_error.
    shm_region(const char* name, const shm_options& options) : path_{path_of(name)}, file_{path_} {
        if (file_.lock(octet(shm_side::a)))
            side_ = shm_side::a;
        else if (file_.lock(octet(shm_side::b)))
            side_ = shm_side::b;
        else
            shm_file::fail(EBUSY, path_ + ": both sides are taken");
        const bool alone = !peer_holds_its_side();
        if (alone) check_ours();
        if (!alone) check_size(options);
        try {
            if (alone) make(options);
            map(options, alone);
            bell_ = shm_bell{options.sleeps ? bell_path(side_) : "", bell_path(opposite(side_))};
        } catch (const std::system_error&) {
            if (alone) remove();
            throw;
        }
        file_.let_door_go();
    }

    /// That side of the memory of `handles`, which may be closed afterwards. Throws
    /// std::system_error.
    shm_region(const shm_handles& handles, shm_side side, const shm_options& options)
        : file_{handles.region.get()}, side_{side} {
        if (!file_.lock(octet(side))) shm_file::fail(EBUSY, "this side is taken");
        check_size(options);
        map(options, !peer_holds_its_side());
        const unique_fd& mine = side == shm_side::a ? handles.bell_a : handles.bell_b;
        if (mine) bell_ = shm_bell{unique_fd{::fcntl(mine.get(), F_DUPFD_CLOEXEC, 0)}};
        if (options.sleeps && !bell_) shm_file::fail(EBADF, "there is no bell to sleep on");
        file_.let_door_go();
    }

    /// That side of memory which the caller has mapped. Throws std::system_error.
    shm_region(std::span<std::byte> region, shm_side side, const shm_options& options)
        : side_{side}, layout_{layout(region.data(), options)} {
        const std::size_t wanted = shm_layout::size(layout_.slots(), layout_.frame_max());
        if (region.size() < wanted)
            shm_file::fail(EINVAL, "the region has " + std::to_string(region.size()) +
                                       " octets, and " + std::to_string(wanted) + " are needed");
        if (std::bit_cast<std::uintptr_t>(region.data()) % line != 0)
            shm_file::fail(EINVAL, "the region does not begin at a multiple of 64");
        if (options.sleeps) shm_file::fail(EINVAL, "there is no bell to sleep on: spin");
        agree(true);
    }
    shm_region(const shm_region&) = delete;
    shm_region& operator=(const shm_region&) = delete;

    /// The last one out removes the names.
    ~shm_region() {
        if (path_.empty()) return;
        ::unlink(bell_path(side_).c_str());
        if (file_.hold_door() && !peer_holds_its_side()) remove();
    }

    [[nodiscard]] const shm_layout& layout() const noexcept { return layout_; }
    [[nodiscard]] shm_side side() const noexcept { return side_; }
    [[nodiscard]] const shm_bell& bell() const noexcept { return bell_; }

    /// Whether the kernel knows that the peer is gone; of a region of the caller it knows nothing.
    [[nodiscard]] bool peer_is_gone() const noexcept { return file_ && !peer_holds_its_side(); }

private:
    static constexpr std::size_t line = 64;

    static off_t octet(shm_side side) noexcept { return side == shm_side::a ? 1 : 2; }

    static std::string path_of(const char* name) {
        const std::string n{name};
        const std::string path = "/dev/shm/" + n;
        if (n.empty() || n[0] == '.' || n.find('/') != std::string::npos)
            shm_file::fail(EINVAL, "'" + n + "' is no name: neither empty, nor '/', nor '.' first");
        if (path.size() + 2 > shm_bell::path_max) shm_file::fail(ENAMETOOLONG, n);
        return path;
    }
    [[nodiscard]] std::string bell_path(shm_side side) const {
        return path_ + (side == shm_side::a ? ".a" : ".b");
    }
    [[nodiscard]] bool peer_holds_its_side() const noexcept {
        return file_.is_locked(octet(opposite(side_)));
    }

    static shm_layout layout(std::byte* base, const shm_options& options) {
        const char* const wrong = shm_layout::complaint(options);
        if (wrong != nullptr) shm_file::fail(EINVAL, wrong);
        return {base, std::bit_ceil(options.slots), options.max_frame};
    }
    static std::size_t size_of(const shm_options& options) {
        const shm_layout wanted = layout(nullptr, options);
        return shm_layout::size(wanted.slots(), wanted.frame_max());
    }

    /// What nobody uses is written anew, whatever state its last users left it in; but only if it
    /// was ours, and not some other file of that name.
    void check_ours() const {
        std::array<std::uint64_t, shm_layout::head_octets / 8> head{};
        const auto got = ::pread(file_.fd(), head.data(), sizeof head, 0);
        if (got == 0) return;
        bool zeros = got == static_cast<ssize_t>(sizeof head);  // left by one who was interrupted
        for (const std::uint64_t word : head) zeros = zeros && word == 0;
        const bool ours = got >= 8 && head[0] >> 8 == shm_layout::magic_value >> 8;
        if (!zeros && !ours) shm_file::fail(EINVAL, path_ + ": is no region of RRDP");
    }

    void check_size(const shm_options& options) const {
        const std::size_t wanted = size_of(options);
        if (file_.size() == wanted) return;
        shm_file::fail(EINVAL, label() + "the region has " + std::to_string(file_.size()) +
                                   " octets, and with these options " + std::to_string(wanted));
    }

    void make(const shm_options& options) const {
        const std::size_t wanted = size_of(options);
        const int error = file_.make_zeros(wanted);
        if (error != 0)
            shm_file::fail(error, path_ + ": cannot have " + std::to_string(wanted) + " octets");
    }

    void map(const shm_options& options, bool alone) {
        memory_ = mapping{file_.fd(), size_of(options)};
        if (memory_.data() == nullptr) shm_file::fail(errno, label() + "cannot map the region");
        layout_ = layout(memory_.data(), options);
        const std::uint64_t first = layout_.magic().load(std::memory_order_relaxed);
        const bool ours = first == 0 || first == shm_layout::magic_value;
        if (alone && ours) layout_.clear_head();
        agree(alone);
    }

    /// Who finds zeros says what the region is; everybody else compares.
    void agree(bool may_say) const {
        constexpr std::uint64_t wanted = shm_layout::magic_value;
        std::uint64_t geometry = 0;
        std::uint64_t magic = layout_.magic().load(std::memory_order_acquire);
        if (magic == 0 && may_say) {
            layout_.geometry().compare_exchange_strong(geometry, layout_.geometry_value());
            layout_.magic().compare_exchange_strong(magic, wanted);
            magic = layout_.magic().load(std::memory_order_acquire);
        }
        if (magic != wanted && magic >> 8 == wanted >> 8)
            shm_file::fail(EINVAL, label() + "the region is of another version of RRDP");
        if (magic != wanted) shm_file::fail(EINVAL, label() + "this is no region of RRDP");
        geometry = layout_.geometry().load(std::memory_order_acquire);
        if (geometry == layout_.geometry_value()) return;
        shm_file::fail(EINVAL, label() + "the peer has " + std::to_string(geometry >> 32) +
                                   " slots of " + std::to_string(geometry & 0xffff'ffff) +
                                   " octets: the options of both sides must agree");
    }

    [[nodiscard]] std::string label() const { return path_.empty() ? path_ : path_ + ": "; }

    /// Removes the names, if they still are this region's.
    void remove() const noexcept {
        if (!file_.is_at(path_)) return;
        ::unlink(path_.c_str());
        ::unlink((path_ + ".a").c_str());
        ::unlink((path_ + ".b").c_str());
    }

    std::string path_;
    shm_file file_;
    shm_side side_ = shm_side::a;
    mapping memory_;
    shm_layout layout_;
    shm_bell bell_;
};

}  // namespace rrdp::adapters::detail
