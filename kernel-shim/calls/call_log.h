/// What the kernel asks its own design for, call by call, sent to QEMU's debug console (port 0xE9),
/// so that the host can replay it and compare every placement (cli/booting/calls.py).
///
/// `calls=on` on the command line begins it. The stream is the line `assay-calls 1`, then a record
/// per call, then the end; a stream without an end was cut off. A record is a letter, the instance
/// (a byte), and numbers of 32 bits, low byte first:
///
///     i  base, frames, usable runs, then first and count of each
///     g  first, count                           add_usable
///     a  count, alignment, first frame or none
///     f  first, 0 or 1 + its Misuse, frames that were released
///     e  records in front of this one           (of no instance)
#pragma once

#include "impls/allocator.h"

namespace assay::kernel {

/// The instances whose calls are sent out, as the host names them too.
enum class Recording : std::uint8_t {
  none,  ///< those of a trial: the host runs the same trial
  low,
  high,
};

/// Reads the option. Ends the kernel as a bad boot if it makes no sense, or if nothing listens.
void begin_call_log();
/// Says that nothing is missing. Requires: nobody calls the design any more.
void end_call_log();

void log_init(Recording instance, const MemoryMap& map);
void log_add_usable(Recording instance, Run run);
void log_allocate(Recording instance, FrameCount count, FrameCount alignment, Pfn result);
void log_free(Recording instance, Pfn first, const FreeResult& result);

}  // namespace assay::kernel
