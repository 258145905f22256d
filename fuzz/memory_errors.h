/// Memory errors that are known already, so that one does not end the process each time.
///
/// AddressSanitizer ends a process at its first error; a start and the reading of a large corpus
/// cost more than thousands of trials. Allocators on trial are compiled with
/// -fsanitize-recover=address, and the linker puts functions of ours in front of those that report
/// an access to poisoned memory (fuzz/CMakeLists.txt). Who touched a frame or metadata that it must
/// not touch, at a place that is known, is left in the middle of its call, as in a hang. All other
/// errors are AddressSanitizer's to report.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace assay {

/// From now on, errors whose key `is_known` end only the trial. The key is
/// `TARGET-KIND-FUNCTION`, as cli/fuzzing/output.py makes it from a report.
void watch_memory_errors(std::string target, std::function<bool(std::string_view)> is_known);

/// The same for the code of a plug-in, which may err in its own globals too: does not return if a
/// call is under way and the error at `pc` is known (Plugin::on_memory_error).
void leave_if_known_in_plugin(std::uintptr_t address, std::size_t size, const void* pc);

/// The key of the error that ended a trial since this was last asked; empty if none did. What the
/// trial says of itself is void then.
[[nodiscard]] std::string_view take_memory_error();

}  // namespace assay
