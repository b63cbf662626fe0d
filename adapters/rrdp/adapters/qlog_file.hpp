// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include <rrdp/adapters/capture_sink.hpp>
#include <rrdp/adapters/detail/block_file.hpp>
#include <rrdp/adapters/qlog_fields.hpp>
#include <rrdp/wire/parse.hpp>

namespace rrdp::adapters {

/// How a `qlog_file` is written.
struct qlog_file_options {
    std::string_view title = "RRDP";             ///< what viewers call it
    std::string_view vantage_point = "network";  ///< who sees it: network, client or server
    std::size_t buffer = 64 << 10;     ///< octets gathered before the system is asked to write them
    std::uint16_t ethertype = 0x88b6;  ///< of our frames
};

/// A qlog: events as JSON, each between RS and LF (RFC 7464), for people, programs and
/// `rrdp-trace`. The schema is draft-ietf-quic-qlog-main-schema's, the events are those of
/// docs/guides/pictures.md.
///
/// It is a `capture_sink`: `captured` and `captured_faults` write what a link sees into it. The
/// observers of `rrdp/trace` write what an engine says of itself. All memory is obtained at
/// construction, but for the names of interfaces; one system call writes many events. Errors are
/// those of `capture_file`. For one thread.
class qlog_file {
public:
    /// No event is longer.
    static constexpr std::size_t longest = 8 << 10;

    /// Makes or empties the file. Throws std::system_error that names it, or std::bad_alloc.
    explicit qlog_file(const char* path, const qlog_file_options& options = {})
        : file_{path, std::max(options.buffer, 2 * longest), length_at},
          ethertype_{options.ethertype} {
        line([&](qlog_fields& to) {
            to.add("file_schema", "urn:ietf:params:qlog:file:sequential");
            to.add("serialization_format", "application/qlog+json-seq");
            to.add("title", options.title).open("trace").open("vantage_point");
            to.add("type", options.vantage_point).close().open("common_fields");
            to.add("time_format", "relative_to_epoch").open("reference_time");
            to.add("clock_type", "monotonic").add("epoch", "unknown").close().close();
            to.raw(R"(,"event_schemas":["urn:x-rrdp:qlog:events:1"])").close();
        });
    }
    qlog_file(const qlog_file&) = delete;
    qlog_file& operator=(const qlog_file&) = delete;
    ~qlog_file() { flush(); }

    /// One event of any name; `fields` is called with a qlog_fields and adds what it says, in less
    /// than `longest` octets.
    template <class Fields>
    void event(instant time, std::string_view name, Fields fields) noexcept {
        if (file_.error()) {
            ++missed_;
            return;
        }
        line([&](qlog_fields& to) {
            to.add("time", time.time_since_epoch()).add("name", name).open("data");
            fields(to);
            to.close();
        });
        ++(file_.error() ? missed_ : events_);
    }

    /// A segment, without framing; `frame_size` is what it took on the wire. What is no segment is
    /// said so by `unreadable`.
    static void add_segment(qlog_fields& to, octets_view octets, std::size_t frame_size) noexcept {
        const auto read = wire::parse(octets);
        if (!read) to.add("unreadable", wire::name(read.error()));
        std::size_t kept = std::min(octets.size(), wire::base_octets);
        if (read) kept = read->base.header_octets();
        if (read) add_header(to, read->base);
        to.open("raw").add("length", frame_size).add("data", octets.first(kept)).close();
    }

    /// A `capture_sink` has these.
    std::uint32_t add_interface(const capture_interface& what) noexcept {
        interfaces_.push_back(
            {std::string{what.name.substr(0, qlog_fields::text_max)}, what.link_type == ethernet});
        return static_cast<std::uint32_t>(interfaces_.size() - 1);
    }
    /// An event for a frame; see `capture_sink`.
    void write(const capture_record& record) noexcept {
        const bool fault = !record.comment.empty() && record.way == capture_way::unknown;
        const bool came = record.way == capture_way::received;
        event(record.time,
              fault  ? "rrdp:frame_fault"
              : came ? "rrdp:segment_received"
                     : "rrdp:segment_sent",
              [&](qlog_fields& to) { add_frame(to, record); });
    }

    /// Hands the system what is gathered; whether all has been written so far.
    bool flush() noexcept {
        std::uint64_t gone = 0;
        for (const std::byte octet : file_.flush()) gone += octet == separator;
        gone = std::min(gone, events_);  // the head of the file is no event
        missed_ += gone;
        events_ -= gone;
        return !file_.error();
    }
    /// Why nothing is written any more.
    [[nodiscard]] std::error_code error() const noexcept { return file_.error(); }
    /// Events in the file, or gathered for it.
    [[nodiscard]] std::uint64_t events() const noexcept { return events_; }
    /// Events that are not in the file, because it could not be written.
    [[nodiscard]] std::uint64_t missed() const noexcept { return missed_; }

private:
    static constexpr std::byte separator{0x1e};
    static constexpr std::uint16_t ethernet = 1;
    struct place {
        std::string name;
        bool ethernet;
    };

    template <class Members>
    void line(Members members) noexcept {
        if (file_.room().size() < longest) flush();
        qlog_fields to{file_.room()};
        to.raw(static_cast<char>(separator)).raw('{');
        members(to);
        to.raw("}\n");
        file_.add(to.size());
    }
    [[nodiscard]] static std::size_t length_at(octets_view rest) noexcept {
        std::size_t length = 1;
        while (length < rest.size() && rest[length - 1] != std::byte{'\n'}) ++length;
        return length;
    }

    static void add_header(qlog_fields& to, const wire::header& h) noexcept {
        std::array<char, 24> flags{};
        std::size_t size = 0;
        const auto say = [&](bool set, std::string_view word) {
            if (set && size != 0) flags[size++] = ' ';
            for (const char c : word) set ? static_cast<void>(flags[size++] = c) : void();
        };
        say(h.control.syn(), "SYN");
        say(h.control.ack(), "ACK");
        say(h.control.eack(), "EACK");
        say(h.control.rst(), "RST");
        say(h.control.nul(), "NUL");
        to.add("flags", std::string_view{flags.data(), size});
        to.add("source_port", h.source_port).add("destination_port", h.destination_port);
        to.add("data_length", h.data_length).add("sequence", h.sequence.value());
        if (h.control.ack()) to.add("acknowledgement", h.acknowledgement.value());
    }

    void add_frame(qlog_fields& to, const capture_record& record) const noexcept {
        if (!record.comment.empty()) to.add("comment", record.comment);
        octets_view segment = record.frame;
        if (record.interface < interfaces_.size()) {
            const place& at = interfaces_[record.interface];
            to.add("interface", at.name);
            if (at.ethernet) segment = without_framing(to, segment);
        }
        add_segment(to, segment, std::max(record.size, record.frame.size()));
    }
    /// What follows the Ethernet header and its tags; the addresses are added.
    octets_view without_framing(qlog_fields& to, octets_view frame) const noexcept {
        constexpr std::size_t addresses = 12, type = 2, tag = 4;
        if (frame.size() < addresses + type) return {};
        add_address(to, "destination", wire::load_mac(frame, 0));
        add_address(to, "source", wire::load_mac(frame, 6));
        std::size_t at = addresses;
        while (load_be16(frame, at) == 0x8100 && frame.size() >= at + tag + type) at += tag;
        return load_be16(frame, at) == ethertype_ ? frame.subspan(at + type) : octets_view{};
    }
    static void add_address(qlog_fields& to, std::string_view name,
                            const wire::mac_address& address) noexcept {
        constexpr std::string_view digits = "0123456789abcdef";
        std::array<char, 17> text{};
        for (std::size_t i = 0; i < address.octets.size(); ++i) {
            if (i != 0) text[3 * i - 1] = ':';
            text[3 * i] = digits[address.octets[i] >> 4];
            text[3 * i + 1] = digits[address.octets[i] & 15];
        }
        to.add(name, std::string_view{text.data(), text.size()});
    }

    detail::block_file file_;
    std::uint16_t ethertype_;
    std::vector<place> interfaces_;
    std::uint64_t events_ = 0;
    std::uint64_t missed_ = 0;
};

static_assert(capture_sink<qlog_file>);

}  // namespace rrdp::adapters
