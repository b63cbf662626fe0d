// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rrdp/adapters/capture_file.hpp>
#include <rrdp/adapters/captured.hpp>
#include <rrdp/adapters/captured_faults.hpp>
#include <rrdp/trace/capture_observer.hpp>
#include <rrdp/trace/event_counts.hpp>
#include <rrdp/trace/observers.hpp>
#include <rrdp/trace/qlog_observer.hpp>
#include <rrdp/trace/status_file.hpp>

/// Pictures of a connection: observers of an engine that write qlog and pcapng and count
/// (docs/guides/pictures.md), and how it stands for `rrdp-stat` (docs/guides/tools.md).
