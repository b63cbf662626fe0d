// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

/// Reads pcapng files of little-endian machines, as far as our own writer goes, and shares nothing
/// with it.
namespace pcapng {

struct interface {
    unsigned link_type = 0;
    std::string name;
    std::string address;  ///< its octets
    unsigned resolution = 6;
};

struct record {
    unsigned interface = 0;
    std::uint64_t time = 0;
    unsigned size = 0;  ///< of the frame, of which the file may have less
    std::string frame;
    unsigned way = 0;
    std::string comment;
};

struct file {
    std::vector<interface> interfaces;
    std::vector<record> records;
};

/// A file that is gone when this is.
class temporary_path {
public:
    temporary_path() {
        const int fd = ::mkstemp(name_.data());
        if (fd < 0) throw std::runtime_error{"no room for a file in /tmp"};
        ::close(fd);
    }
    temporary_path(const temporary_path&) = delete;
    temporary_path& operator=(const temporary_path&) = delete;
    ~temporary_path() { ::unlink(c_str()); }

    [[nodiscard]] const char* c_str() const { return name_.c_str(); }

private:
    std::string name_ = "/tmp/rrdp-capture-XXXXXX";
};

inline std::string octets_of(const char* path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

namespace detail {

class reader {
public:
    explicit reader(std::string text) : text_{std::move(text)} {}
    [[nodiscard]] bool done() const { return text_.empty(); }
    [[nodiscard]] std::string take(std::size_t count) {
        if (count > text_.size()) throw std::runtime_error{"the file ends in a block"};
        const std::string taken = text_.substr(0, count);
        text_.erase(0, count);
        return taken;
    }
    [[nodiscard]] unsigned number(std::size_t octets) {
        unsigned value = 0;
        const std::string taken = take(octets);
        for (std::size_t i = octets; i-- != 0;)
            value = value << 8 | static_cast<unsigned char>(taken[i]);
        return value;
    }
    [[nodiscard]] std::string padded(std::size_t count) {
        const std::string taken = take((count + 3) / 4 * 4);
        if (taken.find_first_not_of('\0', count) != std::string::npos)
            throw std::runtime_error{"padding that is not 0"};
        return taken.substr(0, count);
    }
    /// Calls `each(code, value)` for the options that are left; the last is code 0.
    template <class Each>
    void options(Each each) {
        while (!done()) {
            const unsigned code = number(2);
            const std::string value = padded(number(2));
            if (code == 0 && done()) return;
            each(code, value);
        }
        throw std::runtime_error{"options without an end"};
    }

private:
    std::string text_;
};

inline record read_packet(reader& in) {
    record r;
    r.interface = in.number(4);
    r.time = std::uint64_t{in.number(4)} << 32;
    r.time |= in.number(4);
    const unsigned kept = in.number(4);
    r.size = in.number(4);
    r.frame = in.padded(kept);
    in.options([&r](unsigned code, const std::string& value) {
        if (code == 1) r.comment = value;
        if (code == 2) r.way = reader{value}.number(4);
    });
    return r;
}

inline interface read_interface(reader& in) {
    interface i;
    i.link_type = in.number(2);
    if (in.number(2) != 0 || in.number(4) == 0) throw std::runtime_error{"not an interface"};
    in.options([&i](unsigned code, const std::string& value) {
        if (code == 2) i.name = value;
        if (code == 6) i.address = value;
        if (code == 9) i.resolution = reader{value}.number(1);
    });
    return i;
}

}  // namespace detail

/// Everything in a file; throws where a block is not whole.
inline file read(const char* path) {
    file all;
    for (detail::reader in{octets_of(path)}; !in.done();) {
        const unsigned type = in.number(4);
        const unsigned length = in.number(4);
        if (length < 12 || length % 4 != 0) throw std::runtime_error{"a block of a wrong length"};
        detail::reader block{in.take(length - 12)};
        if (in.number(4) != length) throw std::runtime_error{"a block with two lengths"};
        if (type == 1) all.interfaces.push_back(detail::read_interface(block));
        if (type == 6) all.records.push_back(detail::read_packet(block));
    }
    return all;
}

}  // namespace pcapng
