/// Makes a failing input of the paging side (fuzz/paging_target.cc) as short and as simple as it
/// can without losing its key: drops operations, halves first, and lowers bytes of what is left.
/// Since any bytes are a sequence there, every candidate is one.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "oracle/host/isolated.h"

namespace assay {

using PagingInput = std::vector<std::uint8_t>;

/// Runs an input as the target does, in a process of its own.
[[nodiscard]] Judgement judge_paging_input(std::span<const std::uint8_t> input,
                                           unsigned seconds = 10);

/// `fails` says whether an input still has the key; it must hold for `input`. Calls it at most
/// `max_trials` times.
[[nodiscard]] PagingInput shrink_paging_input(PagingInput input,
                                              const std::function<bool(const PagingInput&)>& fails,
                                              std::uint32_t max_trials = 20'000);

}  // namespace assay
