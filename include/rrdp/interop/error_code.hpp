// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <system_error>

#include <rrdp/core/errc.hpp>
#include <rrdp/core/event.hpp>

/// The engine's errors as std::error_code, for programs and libraries that speak that: what a call
/// refused, and why a connection ended. Where the standard has a word for it the codes are equal to
/// it: `code == std::errc::connection_refused`.
namespace rrdp {

namespace detail {

/// What a refused call is called in the standard library; 0 where it has no word.
[[nodiscard]] inline std::errc standard_word(errc e) noexcept {
    switch (e) {
        case errc::not_open:
        case errc::no_such_connection: return std::errc::not_connected;
        case errc::would_block: return std::errc::resource_unavailable_try_again;
        case errc::message_too_long: return std::errc::message_size;
        case errc::empty_not_agreed:
        case errc::fin_not_agreed:
        case errc::feature_not_supported: return std::errc::operation_not_supported;
        case errc::unknown_node: return std::errc::host_unreachable;
        case errc::number_conflict:
        case errc::port_in_use:
        case errc::already_listening: return std::errc::address_in_use;
        case errc::no_free_port: return std::errc::address_not_available;
        case errc::port_not_owned: return std::errc::permission_denied;
        case errc::too_many_connections:
        case errc::too_many_listeners:
        case errc::too_many_nodes:
        case errc::too_many_option_sets: return std::errc::no_buffer_space;
        case errc::out_of_memory: return std::errc::not_enough_memory;
        case errc::bad_node:
        case errc::bad_address:
        case errc::bad_port:
        case errc::bad_mtu:
        case errc::bad_option:
        case errc::bad_interval:
        case errc::bad_capacities:
        case errc::bad_max_outstanding:
        case errc::bad_application_data: return std::errc::invalid_argument;
        default: return std::errc{};
    }
}

/// The same for the end of a connection.
[[nodiscard]] inline std::errc standard_word(end_reason r) noexcept {
    switch (r) {
        case end_reason::reset:
        case end_reason::peer_restarted: return std::errc::connection_reset;
        case end_reason::refused: return std::errc::connection_refused;
        case end_reason::timed_out_connect:
        case end_reason::timed_out_data:
        case end_reason::timed_out_keepalive:
        case end_reason::timed_out_persist: return std::errc::timed_out;
        case end_reason::aborted: return std::errc::connection_aborted;
        case end_reason::host_unreachable: return std::errc::host_unreachable;
        case end_reason::link_lost: return std::errc::network_down;
        case end_reason::protocol_error: return std::errc::protocol_error;
        default: return std::errc{};
    }
}

/// A category of codes that are the enumerators of `Enum`.
template <class Enum>
class category final : public std::error_category {
public:
    category(const char* title, Enum last) noexcept
        : title_{title}, last_{static_cast<int>(last)} {}

    [[nodiscard]] const char* name() const noexcept override { return title_; }
    [[nodiscard]] std::string message(int value) const override {
        if (value < 0 || value > last_) return "?";
        std::string words = rrdp::name(static_cast<Enum>(value));
        for (char& c : words)
            if (c == '_') c = ' ';
        return words;
    }
    [[nodiscard]] std::error_condition default_error_condition(int value) const noexcept override {
        const std::errc word = standard_word(static_cast<Enum>(value));
        if (word == std::errc{}) return {value, *this};
        return std::make_error_condition(word);
    }

private:
    const char* title_;
    int last_;  ///< of the enumerators
};

}  // namespace detail

/// The category of `errc`.
[[nodiscard]] inline const std::error_category& error_category() noexcept {
    static const detail::category<errc> only{"rrdp", errc::out_of_memory};
    return only;
}
/// The category of `end_reason`.
[[nodiscard]] inline const std::error_category& end_category() noexcept {
    static const detail::category<end_reason> only{"rrdp.end", end_reason::internal_error};
    return only;
}

/// As the standard wants it of an enumeration of errors.
[[nodiscard]] inline std::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), error_category()};
}
/// As the standard wants it of an enumeration of errors.
[[nodiscard]] inline std::error_code make_error_code(end_reason r) noexcept {
    return {static_cast<int>(r), end_category()};
}

}  // namespace rrdp

/// \cond specialisations of std
template <>
struct std::is_error_code_enum<rrdp::errc> : std::true_type {};
template <>
struct std::is_error_code_enum<rrdp::end_reason> : std::true_type {};
/// \endcond
