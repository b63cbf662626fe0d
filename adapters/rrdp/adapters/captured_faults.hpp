// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/adapters/capture_sink.hpp>
#include <rrdp/adapters/fault_observer.hpp>

namespace rrdp::adapters {

/// Writes every fault of a simulation or of `faulty` into a capture, on an interface of its own:
/// the frame, and as a comment what became of it ("dropped: loss"). So a frame stands in the file
/// where it left, and where it arrived or ended.
///
/// Give it to `observe` of the link, and take it back before it is gone.
template <capture_sink Sink>
class captured_faults final : public fault_observer {
public:
    /// `sink` must outlive this. `link_type` is that of the links (LINKTYPE_ETHERNET).
    captured_faults(Sink& sink, std::string_view name, std::uint16_t link_type = 1) noexcept
        : sink_{&sink},
          interface_{sink.add_interface({.name = name, .address = {}, .link_type = link_type})} {}
    captured_faults(const captured_faults&) = delete;
    captured_faults& operator=(const captured_faults&) = delete;

    /// Writes the frame down, with what became of it.
    void on_fault(const fault_event& event) noexcept override {
        sink_->write({.interface = interface_,
                      .time = event.time,
                      .frame = event.frame,
                      .comment = to_string(event.what)});
    }

private:
    Sink* sink_;
    std::uint32_t interface_;
};

}  // namespace rrdp::adapters
