#include "kernel-shim/calls/call_log.h"

#include <string_view>

#include "kernel-shim/boot/boot_info.h"
#include "kernel-shim/machine/exit.h"
#include "kernel-shim/machine/ports.h"

namespace assay::kernel {

namespace {

constexpr std::uint16_t kDebugConsole = 0xE9;
constexpr std::uint8_t kListens = 0xE9;  // what it reads as, where there is one
constexpr std::string_view kFirstLine = "assay-calls 1\n";

constinit bool is_on = false;
constinit std::uint32_t records = 0;

void send(std::uint8_t byte) { write_port(kDebugConsole, byte); }

void send_number(std::uint32_t number) {
  for (int i = 0; i < 4; ++i, number >>= 8) send(static_cast<std::uint8_t>(number));
}

/// True if the instance is to be recorded; then the record has begun.
bool begin_record(char kind, Recording instance) {
  if (!is_on || instance == Recording::none) return false;
  send(static_cast<std::uint8_t>(kind));
  send(static_cast<std::uint8_t>(instance));
  ++records;
  return true;
}

void send_run(Run run) {
  send_number(run.first.value());
  send_number(run.count.value());
}

}  // namespace

void begin_call_log() {
  const std::string_view wanted = boot_info().option("calls");
  if (wanted.empty()) return;
  if (wanted != "on") panic(Exit::bad_boot, "calls= takes only 'on'");
  if (read_port(kDebugConsole) != kListens) {
    panic(Exit::bad_boot, "calls=on, but there is no debug console at port 0xE9 to send them to");
  }
  is_on = true;
  for (const char c : kFirstLine) send(static_cast<std::uint8_t>(c));
}

void end_call_log() {
  if (!is_on) return;
  send('e');
  send(static_cast<std::uint8_t>(Recording::none));
  send_number(records);
  is_on = false;
}

void log_init(Recording instance, const MemoryMap& map) {
  if (!begin_record('i', instance)) return;
  send_run(map.arena());
  send_number(static_cast<std::uint32_t>(map.usable.size()));
  for (const Run& run : map.usable) send_run(run);
}

void log_add_usable(Recording instance, Run run) {
  if (begin_record('g', instance)) send_run(run);
}

void log_allocate(Recording instance, FrameCount count, FrameCount alignment, Pfn result) {
  if (!begin_record('a', instance)) return;
  send_number(count.value());
  send_number(alignment.value());
  send_number(result.value());
}

void log_free(Recording instance, Pfn first, const FreeResult& result) {
  if (!begin_record('f', instance)) return;
  send_number(first.value());
  send_number(result ? 0 : 1 + static_cast<std::uint32_t>(result.error()));
  send_number(result ? result->value() : 0);
}

}  // namespace assay::kernel
