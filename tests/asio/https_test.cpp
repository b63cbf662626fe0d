// SPDX-License-Identifier: Apache-2.0
// What was written for streams of Asio runs over RRDP as it is: TLS, and HTTP in it.
#include "support/catch.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "asio/two_nodes.hpp"

namespace rrdp::testing {
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = net::ssl;

namespace {

struct freed {
    void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
    void operator()(X509* p) const noexcept { X509_free(p); }
};

/// A key, and a certificate that it has signed itself.
void certify(ssl::context& server, ssl::context& client) {
    const std::unique_ptr<EVP_PKEY, freed> key{EVP_EC_gen("P-256")};
    const std::unique_ptr<X509, freed> paper{X509_new()};
    X509_set_version(paper.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(paper.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(paper.get()), -3'600);
    X509_gmtime_adj(X509_getm_notAfter(paper.get()), 3'600);
    X509_set_pubkey(paper.get(), key.get());
    constexpr std::array<unsigned char, 6> called{'n', 'o', 'd', 'e', ' ', '2'};
    X509_NAME* const name = X509_get_subject_name(paper.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, called.data(),
                               static_cast<int>(called.size()), -1, 0);
    X509_set_issuer_name(paper.get(), name);
    REQUIRE(X509_sign(paper.get(), key.get(), EVP_sha256()) > 0);
    REQUIRE(SSL_CTX_use_certificate(server.native_handle(), paper.get()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(server.native_handle(), key.get()) == 1);
    REQUIRE(X509_STORE_add_cert(SSL_CTX_get_cert_store(client.native_handle()), paper.get()) == 1);
    client.set_verify_mode(ssl::verify_peer);
}

net::awaitable<void> serve(asio::acceptor& in, ssl::context& tls) {
    ssl::stream<asio::stream> s{asio::stream{co_await in.async_accept(net::use_awaitable)}, tls};
    co_await s.async_handshake(ssl::stream_base::server, net::use_awaitable);
    beast::flat_buffer buffer;
    http::request<http::string_body> request;
    co_await http::async_read(s, buffer, request, net::use_awaitable);
    http::response<http::string_body> response{http::status::ok, 11};
    response.set(http::field::server, "rrdp");
    response.body() = std::string{request.target()} + ": " + std::string(100'000, 'w');
    response.prepare_payload();
    co_await http::async_write(s, response, net::use_awaitable);
    co_await s.async_shutdown(net::use_awaitable);
}

}  // namespace

TEST_CASE("asio/https: a page comes over HTTPS over RRDP", "[asio]") {
    ssl::context server{ssl::context::tls_server}, client{ssl::context::tls_client};
    certify(server, client);
    two_nodes nodes;
    asio::acceptor in{nodes.b, 443};
    std::exception_ptr failed;
    net::co_spawn(nodes.io, serve(in, server), [&](std::exception_ptr e) { failed = e; });
    http::response<http::string_body> page;
    const bool ended = nodes.run([&]() -> net::awaitable<void> {
        asio::socket plain{nodes.a};
        co_await plain.async_connect({.node = node_id{2}, .port = 443}, net::use_awaitable);
        ssl::stream<asio::stream> s{asio::stream{std::move(plain)}, client};
        co_await s.async_handshake(ssl::stream_base::client, net::use_awaitable);
        http::request<http::empty_body> request{http::verb::get, "/index", 11};
        request.set(http::field::host, "node 2");
        co_await http::async_write(s, request, net::use_awaitable);
        beast::flat_buffer buffer;
        co_await http::async_read(s, buffer, page, net::use_awaitable);
    });
    CHECK(ended);
    CHECK(page.result() == http::status::ok);
    CHECK(page.body().size() == 100'008);
    CHECK(page.body().substr(0, 10) == "/index: ww");
}

TEST_CASE("asio/https: a certificate that nobody vouches for is refused", "[asio]") {
    ssl::context server{ssl::context::tls_server}, known{ssl::context::tls_client};
    ssl::context stranger{ssl::context::tls_client};
    certify(server, known);
    stranger.set_verify_mode(ssl::verify_peer);
    two_nodes nodes;
    asio::acceptor in{nodes.b, 443};
    net::co_spawn(nodes.io, serve(in, server), [](std::exception_ptr) {});
    const auto attempt = [&]() -> net::awaitable<void> {
        asio::socket plain{nodes.a};
        co_await plain.async_connect({.node = node_id{2}, .port = 443}, net::use_awaitable);
        ssl::stream<asio::stream> s{asio::stream{std::move(plain)}, stranger};
        co_await s.async_handshake(ssl::stream_base::client, net::use_awaitable);
    };
    CHECK_THROWS_AS(nodes.run(attempt), asio::system_error);
}

}  // namespace rrdp::testing
