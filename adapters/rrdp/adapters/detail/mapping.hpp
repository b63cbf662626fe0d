// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <utility>

namespace rrdp::adapters::detail {

/// Owns a mapping of memory shared with the kernel, and unmaps it.
class mapping {
public:
    mapping() noexcept = default;

    /// Maps `size` octets that `fd` offers from `offset` on, or new memory, zeroed, where `fd` is
    /// -1; `data` is null where the kernel refuses.
    mapping(int fd, std::size_t size, off_t offset = 0) noexcept : size_{size} {
        const int source = fd < 0 ? MAP_ANONYMOUS : 0;
        void* const start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_POPULATE | source, fd, offset);
        if (start != MAP_FAILED) data_ = static_cast<std::byte*>(start);
    }
    mapping(mapping&& other) noexcept
        : data_{std::exchange(other.data_, nullptr)}, size_{other.size_} {}
    mapping& operator=(mapping&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~mapping() {
        if (data_ != nullptr) ::munmap(data_, size_);
    }

    [[nodiscard]] std::byte* data() const noexcept { return data_; }

private:
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace rrdp::adapters::detail
