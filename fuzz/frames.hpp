// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include <rrdp/base/octets.hpp>

namespace rrdp::fuzz {

/// One frame on its way; in place, so that an execution allocates nothing.
template <std::size_t Room>
class frame {
public:
    frame() = default;
    explicit frame(octets_view content) { assign(content); }

    void assign(octets_view content) {
        size_ = content.size() < Room ? content.size() : Room;
        copy_octets(content.first(size_), octets{room_});
    }
    [[nodiscard]] octets view() { return octets{room_}.first(size_); }
    [[nodiscard]] octets_view view() const { return octets_view{room_}.first(size_); }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    std::array<std::byte, Room> room_;  // not cleared: that would be most of the work
    std::size_t size_ = 0;
};

/// The frames of one direction, oldest first; what finds no place is lost.
template <class Frame, std::size_t Places>
class lane {
public:
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] Frame& operator[](std::size_t i) { return frames_[(first_ + i) % Places]; }
    [[nodiscard]] Frame& front() { return (*this)[0]; }

    void push(octets_view content) {
        if (size_ < Places) (*this)[size_++].assign(content);
    }
    void pop() {
        first_ = (first_ + 1) % Places;
        --size_;
    }
    void clear() { size_ = 0; }
    /// The first `count` frames go behind the others.
    void rotate(std::size_t count) {
        for (; count > 0; --count) {
            const Frame moved = front();
            pop();
            push(moved.view());
        }
    }

private:
    std::array<Frame, Places> frames_;
    std::size_t first_ = 0, size_ = 0;
};

/// Memory whose end a sanitizer watches: a frame is put at its end, so that whoever reads beyond
/// the frame is seen. Obtained once.
template <std::size_t Room>
class watched {
public:
    octets put(octets_view content) {
        const octets place = last(content.size());
        copy_octets(content, place);
        return place;
    }
    [[nodiscard]] octets last(std::size_t size) { return octets{*room_}.last(size); }

private:
    std::unique_ptr<std::array<std::byte, Room>> room_ =
        std::make_unique<std::array<std::byte, Room>>();
};

}  // namespace rrdp::fuzz
