// SPDX-License-Identifier: Apache-2.0
// A file from one process to another; in two terminals, in any order:
//     12_file_transfer receive @cable copy          12_file_transfer send @cable original
// It appears under its name when it is whole, and the receiver says how much it has written.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <rrdp/adapters/unix_datagram.hpp>
#include <rrdp/blocking.hpp>

using namespace std::chrono_literals;

namespace {

//-- begin snippet
std::string send_file(rrdp::blocking::socket to, const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) throw std::runtime_error{path + ": cannot be read"};
    std::string piece(60'000, ' ');  // a message may be longer than a frame
    while (file.read(piece.data(), std::ssize(piece)), file.gcount() > 0)
        to.send(std::as_bytes(std::span{piece}.first(static_cast<std::size_t>(file.gcount()))));
    to.shutdown();  // that was all: the receiver is told so
    const auto size = to.recv(std::as_writable_bytes(std::span{piece}));
    if (!size) throw std::runtime_error{"the receiver has gone without a word"};
    to.close();
    return piece.substr(0, *size);
}

std::string receive_file(rrdp::blocking::socket from, const std::string& path) {
    std::ofstream file{path + ".part", std::ios::binary};
    std::string piece(65'536, ' ');
    while (const auto size = from.recv(std::as_writable_bytes(std::span{piece})))
        file.write(piece.data(), static_cast<std::streamsize>(*size));
    const auto written = file.tellp();  // all of it: what breaks off is thrown
    file.close();
    if (!file) throw std::runtime_error{path + ".part: cannot be written"};
    std::filesystem::rename(path + ".part", path);
    const std::string receipt = std::to_string(written) + " octets arrived";
    from.send(std::as_bytes(std::span{receipt}));
    from.close();
    return receipt;
}
//-- end snippet

}  // namespace

int main(int count, char** words) try {
    const std::string verb = count == 4 ? words[1] : "";
    if (verb != "send" && verb != "receive") {
        std::fputs("usage: 12_file_transfer send|receive CABLE FILE\n", stderr);
        return 2;
    }
    rrdp::adapters::unix_datagram cable{words[2]};  // or adapters::packet_ring{"eth0"}
    rrdp::erased link{cable};
    constexpr rrdp::wire::mac_address at_1{{2, 0, 0, 0, 0, 1}}, at_2{{2, 0, 0, 0, 0, 2}};
    const bool sends = verb == "send";
    const rrdp::node_id own{sends ? std::uint16_t{1} : std::uint16_t{2}};
    rrdp::blocking::node node{
        link, {}, {.node = own, .address = sends ? at_1 : at_2}, rrdp::entropy{1, 2}};
    node.add_node(rrdp::node_id{sends ? std::uint16_t{2} : std::uint16_t{1}}, sends ? at_2 : at_1);
    const std::string done = sends ? send_file(node.connect({.node = rrdp::node_id{2}, .port = 7},
                                                            {.connect_timeout = 60s}),
                                               words[3])
                                   : receive_file(node.listen(7).accept(), words[3]);
    std::printf("%s\n", done.c_str());
} catch (const std::exception& e) {
    std::fprintf(stderr, "12_file_transfer: %s\n", e.what());
    return 1;
}
