// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/wire/layout.hpp>

#include "capture_reader.hpp"
#include "json_reader.hpp"
#include "text.hpp"
#include "trace_input.hpp"

namespace tools {

/// Reads a qlog of ours (JSON-SEQ). Events of other names are passed over. Without addresses the
/// ends are those who wrote: the first file is one, its peer or who wrote the second is the other.
class qlog_reader {
public:
    qlog_reader(const std::string& path, std::string_view octets, std::size_t file, trace_input& to)
        : path_{path}, rest_{octets}, file_{file}, to_{&to} {}

    [[nodiscard]] static bool fits(std::string_view octets) noexcept {
        return !octets.empty() && octets[0] == separator;
    }

    void read() {
        std::size_t number = 0;
        while (!rest_.empty()) {
            rest_.remove_prefix(1);
            const std::size_t end = std::min(rest_.find(separator), rest_.size());
            const auto record = json_value::read(rest_.substr(0, end));
            rest_.remove_prefix(end);
            if (!record && rest_.empty() && number != 0) return;  // cut off, as RFC 7464 foresees
            if (!record) fail(number, "what is no JSON");
            if (number++ == 0)
                check_head(*record);
            else
                take(*record, number);
        }
    }

private:
    static constexpr char separator = '\x1e';

    [[noreturn]] void fail(std::size_t number, const std::string& why) const {
        throw failure{exit_status::failed, path_,
                      "record " + std::to_string(number + 1) + ": " + why};
    }
    void check_head(const json_value& head) const {
        if (head.at("file_schema").text() != "urn:ietf:params:qlog:file:sequential")
            fail(0, "not the head of a qlog");
    }

    void take(const json_value& record, std::size_t number) {
        const std::string_view name = record.at("name").text();
        const json_value& data = record.at("data");
        if (name == "rrdp:segment_dropped")
            to_->drops.push_back({std::string{data.at("reason").text()}, file_});
        const bool left = name == "rrdp:segment_sent", came = name == "rrdp:segment_received";
        if (!left && !came && name != "rrdp:frame_fault") return;
        seen_frame f;
        constexpr double longest = 4e18;  // nanoseconds: differences are still numbers
        f.time = rrdp::duration{static_cast<rrdp::duration::rep>(
            std::clamp(record.at("time").number() * 1e6 + 0.5, -longest, longest))};
        f.way = left ? seen_way::left : came ? seen_way::came : seen_way::unknown;
        f.fault = data.at("comment").text();
        f.size =
            static_cast<std::size_t>(std::min(std::max(data.at("raw.length").number(), 0.0), 1e6));
        f.cut = true;
        if (!octets_of(data.at("raw.data").text(), f.octets)) fail(number - 1, "odd raw.data");
        if (f.octets.size() < rrdp::wire::base_octets) return;
        f.missing = rrdp::load_be16(f.octets, 6);  // the data: of those there is only the length
        f.carried.kind = carrier::ethernet;
        const bool ours = came == (file_ != 0);
        f.carried.source = end_of(data.at("source").text(), ours ? 0 : 1);
        f.carried.destination = end_of(data.at("destination").text(), ours ? 1 : 0);
        to_->frames.push_back(std::move(f));
    }

    static bool octets_of(std::string_view digits, std::vector<std::byte>& to) {
        if (digits.size() % 2 != 0 || digits.size() > 2 * 510) return false;
        for (; !digits.empty(); digits.remove_prefix(2)) {
            const auto octet = to_hex_number(digits.substr(0, 2));
            if (!octet) return false;
            to.push_back(static_cast<std::byte>(*octet));
        }
        return true;
    }

    static station end_of(std::string_view text, unsigned number) {
        std::array<std::byte, 6> octets{};
        octets[0] = std::byte{2};
        octets[5] = static_cast<std::byte>(number + 1);
        const auto parts = split(text, ':');
        for (std::size_t i = 0; parts.size() == 6 && i < 6; ++i)
            octets[i] = static_cast<std::byte>(to_hex_number(parts[i]).value_or(0));
        return make_station(octets);
    }

    std::string path_;
    std::string_view rest_;
    std::size_t file_;
    trace_input* to_;
};

/// What all `paths` say: captures, or one or two qlogs.
inline trace_input read_trace(const std::vector<std::string>& paths, const carrier_marks& marks) {
    trace_input all;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const std::string octets = octets_of_file(paths[i]);
        if (capture_reader::fits(octets))
            capture_reader{paths[i], octets, marks, all}.read();
        else if (qlog_reader::fits(octets))
            qlog_reader{paths[i], octets, i, all}.read();
        else
            throw failure{exit_status::failed, paths[i], "neither a capture nor a qlog"};
        if (i != 0) all.name += ", ";
        all.name += paths[i].substr(paths[i].rfind('/') + 1);
    }
    all.sort();
    return all;
}

}  // namespace tools
