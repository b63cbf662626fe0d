// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"

#include <rrdp/interop/error_code.hpp>

namespace rrdp {
namespace {

using word = std::errc;

/// What a program compares with that knows std::errc only.
template <class Enum>
bool is(Enum e, word standard) {
    const std::error_code code = e;
    return code == standard && code == e && code;
}

}  // namespace

TEST_CASE("interop/error_code: what the engine refuses is named as the system names it") {
    CHECK(is(errc::not_open, word::not_connected));
    CHECK(is(errc::no_such_connection, word::not_connected));
    CHECK(is(errc::would_block, word::resource_unavailable_try_again));
    CHECK(is(errc::message_too_long, word::message_size));
    CHECK(is(errc::empty_not_agreed, word::operation_not_supported));
    CHECK(is(errc::fin_not_agreed, word::operation_not_supported));
    CHECK(is(errc::feature_not_supported, word::operation_not_supported));
    CHECK(is(errc::unknown_node, word::host_unreachable));
    CHECK(is(errc::number_conflict, word::address_in_use));
    CHECK(is(errc::port_in_use, word::address_in_use));
    CHECK(is(errc::already_listening, word::address_in_use));
    CHECK(is(errc::no_free_port, word::address_not_available));
    CHECK(is(errc::port_not_owned, word::permission_denied));
    CHECK(is(errc::too_many_connections, word::no_buffer_space));
    CHECK(is(errc::too_many_listeners, word::no_buffer_space));
    CHECK(is(errc::too_many_nodes, word::no_buffer_space));
    CHECK(is(errc::too_many_option_sets, word::no_buffer_space));
    CHECK(is(errc::out_of_memory, word::not_enough_memory));
    for (const errc bad : {errc::bad_node, errc::bad_address, errc::bad_port, errc::bad_mtu,
                           errc::bad_option, errc::bad_interval, errc::bad_capacities,
                           errc::bad_max_outstanding, errc::bad_application_data})
        CHECK(is(bad, word::invalid_argument));
    const std::error_code own = errc::node_left;
    CHECK(own.default_error_condition().category() == error_category());
    CHECK(own.message() == "node left");
    CHECK_FALSE(std::error_code{errc::ok});
    CHECK(std::string{error_category().name()} == "rrdp");
}

TEST_CASE("interop/error_code: how a connection ended is named as the system names it") {
    CHECK(is(end_reason::reset, word::connection_reset));
    CHECK(is(end_reason::peer_restarted, word::connection_reset));
    CHECK(is(end_reason::refused, word::connection_refused));
    for (const end_reason late : {end_reason::timed_out_connect, end_reason::timed_out_data,
                                  end_reason::timed_out_keepalive, end_reason::timed_out_persist})
        CHECK(is(late, word::timed_out));
    CHECK(is(end_reason::aborted, word::connection_aborted));
    CHECK(is(end_reason::host_unreachable, word::host_unreachable));
    CHECK(is(end_reason::link_lost, word::network_down));
    CHECK(is(end_reason::protocol_error, word::protocol_error));
    const std::error_code own = end_reason::path_mtu_black_hole;
    CHECK(own.default_error_condition().category() == end_category());
    CHECK(own.message() == "path mtu black hole");
    CHECK(own != make_error_code(static_cast<rrdp::errc>(own.value())));
    CHECK(std::string{end_category().name()} == "rrdp.end");
    CHECK(end_category().message(-1) == "?");
    CHECK(end_category().message(static_cast<int>(end_reason::internal_error) + 1) == "?");
    CHECK(error_category().message(static_cast<int>(errc::out_of_memory)) == "out of memory");
    CHECK(error_category().message(1'000) == "?");
}

}  // namespace rrdp
