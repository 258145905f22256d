#include "fuzz/memory_errors.h"

#include <fmt/format.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "oracle/host/watchdog.h"

namespace assay {

namespace {

// AddressSanitizer's marks in its shadow memory.
constexpr std::uint8_t kPoisonedByUs = 0xF7;
constexpr std::uint8_t kBesideGlobal = 0xF9;

/// What is known of the errors at one place in the code.
struct Place {
  std::string key;
  bool is_known = false;
};

std::string target_name;
std::function<bool(std::string_view)> knows;
std::unordered_map<std::uintptr_t, Place> places;
const Place* last = nullptr;

/// Why the first forbidden byte is that: a mark. Shadow memory has none of its own, so nobody may
/// watch who reads it.
[[gnu::no_sanitize_address]] std::uint8_t mark_at(std::uintptr_t address, std::size_t size) {
  const auto bad = reinterpret_cast<std::uintptr_t>(
      __asan_region_is_poisoned(reinterpret_cast<void*>(address), size));
  if (bad == 0) return 0;
  std::size_t scale = 0;
  std::size_t offset = 0;
  __asan_get_shadow_mapping(&scale, &offset);
  const auto* shadow = reinterpret_cast<const std::uint8_t*>((bad >> scale) + offset);
  const bool begins_inside = *shadow < 0x80;  // the first bytes of these eight may be touched
  return shadow[begins_inside ? 1 : 0];
}

/// As AddressSanitizer calls such an error; empty for one that is left to it.
std::string_view kind_of(std::uint8_t mark) {
  if (mark == kPoisonedByUs) return "use-after-poison";
  return mark == kBesideGlobal ? "global-buffer-overflow" : "";
}

/// The innermost function there whose name begins so, inlined or not, without that beginning and
/// its arguments; empty if there is none.
std::string function_at(std::uintptr_t pc, std::string_view beginning) {
  std::array<char, 4096> names{};  // one behind the other, each with its zero; two at the end
  __sanitizer_symbolize_pc(reinterpret_cast<void*>(pc), "%f", names.data(), names.size() - 2);
  for (std::string_view name = names.data(); !name.empty();
       name = std::string_view(name.data() + name.size() + 1)) {
    if (!name.starts_with(beginning)) continue;
    const std::string_view bare = name.substr(beginning.size());
    return std::string(bare.substr(0, bare.find('(')));
  }
  return {};
}

/// As `safe_name` in cli/fuzzing/output.py makes it a file's name.
std::string safe_name(const std::string& text) {
  constexpr std::size_t kMost = 100;
  constexpr std::string_view kAllowed = "_.-";
  std::string name;
  bool gap = false;
  for (const char c : text) {
    const bool allowed = std::isalnum(static_cast<unsigned char>(c)) != 0 || kAllowed.contains(c);
    if (!allowed && !gap) name += '-';
    if (allowed) name += c;
    gap = !allowed;
  }
  name = name.substr(std::min(name.find_first_not_of("-."), name.size()));
  name.erase(name.find_last_not_of("-.") + 1);
  return name.substr(0, kMost);
}

const Place& place_at(std::uintptr_t pc, std::string_view kind, std::string_view beginning) {
  const auto [found, is_new] = places.try_emplace(pc);
  if (is_new) {
    const std::string function = function_at(pc, beginning);
    found->second.key = safe_name(fmt::format("{}-{}-{}", target_name, kind, function));
    found->second.is_known = !function.empty() && knows(found->second.key);
  }
  return found->second;
}

/// Does not return if a call of an allocator is under way and the error is known. `beginning`: of
/// the names of functions that may be at fault.
void leave_if_known(const void* return_address, std::string_view kind, std::string_view beginning) {
  if (!knows || kind.empty()) return;
  const auto pc = reinterpret_cast<std::uintptr_t>(return_address) - 1;
  const Place& place = place_at(pc, kind, beginning);
  if (!place.is_known) return;
  last = &place;
  leave_call("a known memory error");
  last = nullptr;
}

/// Designs of ours err where we have poisoned; redzones are AddressSanitizer's to report.
void leave_if_known(std::uintptr_t address, std::size_t size, const void* return_address) {
  const std::uint8_t mark = mark_at(address, size);
  if (mark != kPoisonedByUs) return;
  leave_if_known(return_address, kind_of(mark), "assay::");
}

}  // namespace

void watch_memory_errors(std::string target, std::function<bool(std::string_view)> is_known) {
  target_name = std::move(target);
  knows = std::move(is_known);
  places.clear();
}

void leave_if_known_in_plugin(std::uintptr_t address, std::size_t size, const void* pc) {
  leave_if_known(pc, kind_of(mark_at(address, size)), "");
}

std::string_view take_memory_error() {
  const Place* const taken = std::exchange(last, nullptr);
  return taken != nullptr ? std::string_view(taken->key) : std::string_view();
}

// In front of the functions that the compiler calls where an access was bad, and of those that it
// calls in place of memset and the like. The linker gives them their names (--wrap).
#define ASSAY_IN_FRONT_OF_REPORT(name, size)                                          \
  void real_##name(std::uintptr_t address) __asm__("__real___asan_report_" #name);    \
  void watched_##name(std::uintptr_t address) __asm__("__wrap___asan_report_" #name); \
  void watched_##name(std::uintptr_t address) {                                       \
    leave_if_known(address, size, __builtin_return_address(0));                       \
    real_##name(address);                                                             \
  }
ASSAY_IN_FRONT_OF_REPORT(load1_noabort, 1)
ASSAY_IN_FRONT_OF_REPORT(load2_noabort, 2)
ASSAY_IN_FRONT_OF_REPORT(load4_noabort, 4)
ASSAY_IN_FRONT_OF_REPORT(load8_noabort, 8)
ASSAY_IN_FRONT_OF_REPORT(load16_noabort, 16)
ASSAY_IN_FRONT_OF_REPORT(store1_noabort, 1)
ASSAY_IN_FRONT_OF_REPORT(store2_noabort, 2)
ASSAY_IN_FRONT_OF_REPORT(store4_noabort, 4)
ASSAY_IN_FRONT_OF_REPORT(store8_noabort, 8)
ASSAY_IN_FRONT_OF_REPORT(store16_noabort, 16)
#undef ASSAY_IN_FRONT_OF_REPORT

#define ASSAY_IN_FRONT_OF_REPORT(name)                                          \
  void real_##name(std::uintptr_t address,                                      \
                   std::size_t size) __asm__("__real___asan_report_" #name);    \
  void watched_##name(std::uintptr_t address,                                   \
                      std::size_t size) __asm__("__wrap___asan_report_" #name); \
  void watched_##name(std::uintptr_t address, std::size_t size) {               \
    leave_if_known(address, size, __builtin_return_address(0));                 \
    real_##name(address, size);                                                 \
  }
ASSAY_IN_FRONT_OF_REPORT(load_n_noabort)
ASSAY_IN_FRONT_OF_REPORT(store_n_noabort)
#undef ASSAY_IN_FRONT_OF_REPORT

void* real_memset(void* to, int value, std::size_t size) __asm__("__real___asan_memset");
void* watched_memset(void* to, int value, std::size_t size) __asm__("__wrap___asan_memset");
void* watched_memset(void* to, int value, std::size_t size) {
  leave_if_known(reinterpret_cast<std::uintptr_t>(to), size, __builtin_return_address(0));
  return real_memset(to, value, size);
}

#define ASSAY_IN_FRONT_OF_COPY(name)                                                               \
  void* real_##name(void* to, const void* from, std::size_t size) __asm__("__real___asan_" #name); \
  void* watched_##name(void* to, const void* from,                                                 \
                       std::size_t size) __asm__("__wrap___asan_" #name);                          \
  void* watched_##name(void* to, const void* from, std::size_t size) {                             \
    const void* const caller = __builtin_return_address(0);                                        \
    leave_if_known(reinterpret_cast<std::uintptr_t>(from), size, caller);                          \
    leave_if_known(reinterpret_cast<std::uintptr_t>(to), size, caller);                            \
    return real_##name(to, from, size);                                                            \
  }
ASSAY_IN_FRONT_OF_COPY(memcpy)
ASSAY_IN_FRONT_OF_COPY(memmove)
#undef ASSAY_IN_FRONT_OF_COPY

}  // namespace assay
