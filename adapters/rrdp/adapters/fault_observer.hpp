// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include <rrdp/base/octets.hpp>
#include <rrdp/base/time.hpp>

namespace rrdp::adapters {

/// What a simulation or `faulty` may do to a frame.
enum class fault : std::uint8_t {
    loss,
    swallowed,   ///< lost for its length
    queue_full,  ///< lost, because too many waited
    partition,   ///< lost, because the way was cut
    nobody,      ///< lost, because no station has its address
    duplicate,   ///< an intact copy was made
    delay,       ///< later frames may overtake it
    corruption,  ///< it will arrive changed
};

/// Whether a frame ends by it.
[[nodiscard]] constexpr bool is_drop(fault what) noexcept {
    return what < fault::duplicate;
}

/// In words, for people; those of a drop begin with "dropped: ".
[[nodiscard]] constexpr std::string_view to_string(fault what) noexcept {
    switch (what) {
        case fault::loss: return "dropped: loss";
        case fault::swallowed: return "dropped: too long";
        case fault::queue_full: return "dropped: queue full";
        case fault::partition: return "dropped: partition";
        case fault::nobody: return "dropped: nobody has the address";
        case fault::duplicate: return "duplicated";
        case fault::delay: return "delayed";
        case fault::corruption: return "corrupted";
    }
    return {};
}

/// One frame that met a fault.
struct fault_event {
    fault what{};            ///< what became of the frame
    std::uint64_t from = 0;  ///< the direction, or the station that the frame left or goes to
    instant time{};          ///< when; of `faulty` what it was told by `set_time`
    octets_view frame{};     ///< before it was changed; valid during the call
};

/// Is told every fault, while it happens; may not use the link. A link without an observer pays
/// nothing for a frame that meets no fault.
class fault_observer {
public:
    /// Is told of each frame that suffers.
    virtual void on_fault(const fault_event& event) noexcept = 0;

protected:
    fault_observer() = default;
    /// For what derives from it.
    fault_observer(const fault_observer&) = default;
    /// For what derives from it.
    fault_observer& operator=(const fault_observer&) = default;
    ~fault_observer() = default;
};

/// Tells an observer, if there is one.
inline void tell(fault_observer* observer, const fault_event& event) noexcept {
    if (observer != nullptr) observer->on_fault(event);
}

}  // namespace rrdp::adapters
