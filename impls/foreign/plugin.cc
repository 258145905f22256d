#include "impls/foreign/plugin.h"

#include <algorithm>
#include <utility>

namespace assay {

namespace {

constexpr std::uint32_t kWholeFrame = static_cast<std::uint32_t>(kFrameBytes);

/// Values of an enumeration of the adapter's, which may hold any number.
template <class Enum>
bool is_beyond(Enum value, Enum last) {
  return static_cast<unsigned>(value) > static_cast<unsigned>(last);
}

/// What is missing or contradicts itself, in words; nullptr if nothing is.
const char* problem_of(const assay_plugin& adapter) {
  const assay_contract& said = adapter.contract;
  if (adapter.version != ASSAY_PLUGIN_VERSION || adapter.bytes != sizeof(assay_plugin)) {
    return "was made for another version of assay_plugin.h: include the one of this Assay";
  }
  if (adapter.init == nullptr) return ".init is missing";
  if (adapter.allocate == nullptr) return ".allocate is missing";
  if (adapter.free == nullptr && adapter.free_sized == nullptr) {
    return ".free is missing (or .free_sized, if the caller says how long a block is)";
  }
  if (adapter.free != nullptr && adapter.free_sized != nullptr) {
    return ".free and .free_sized contradict each other: name one of them";
  }
  if (said.largest_run == 0) {
    return ".contract.largest_run is missing: the longest request in frames, 1 for single frames, "
           "or ASSAY_ANY_LENGTH";
  }
  if (is_beyond(said.rounding, ASSAY_POWER_OF_TWO)) return ".contract.rounding is no such value";
  if (is_beyond(said.finds, ASSAY_FINDS_SINGLES)) return ".contract.finds is no such value";
  if (is_beyond(said.out_of_memory, ASSAY_PANICS_WHEN_FULL)) {
    return ".contract.out_of_memory is no such value";
  }
  if (is_beyond(said.zero, ASSAY_ZERO_PANICS)) return ".contract.zero is no such value";
  if (is_beyond(said.misuse, ASSAY_MISUSE_PANICS)) return ".contract.misuse is no such value";
  if (said.frees_parts != 0 && adapter.free_sized == nullptr) {
    return ".contract.frees_parts needs .free_sized: without a size nobody knows which part";
  }
  if (said.fill != 0 && (said.fill & ~0xFFU) != 0x100) {
    return ".contract.fill must be ASSAY_FILL(byte), or 0";
  }
  if (said.uses > ASSAY_USES_START(kWholeFrame)) {
    return ".contract.uses is more than the 4,096 bytes of a frame";
  }
  if (said.largest_arena != 0 && said.smallest_arena > said.largest_arena) {
    return ".contract.smallest_arena is larger than .contract.largest_arena";
  }
  if (said.base != 0 && said.base_multiple != 0 && said.base % said.base_multiple != 0) {
    return ".contract.base is no multiple of .contract.base_multiple";
  }
  return nullptr;
}

OnZero on_zero_of(const assay_contract& said) {
  switch (said.zero) {
    case ASSAY_ZERO_UNDEFINED: return OnZero::undefined;
    case ASSAY_ZERO_FAILS: return OnZero::none;
    case ASSAY_ZERO_IS_ONE: return OnZero::one;
    case ASSAY_ZERO_PANICS: return OnZero::panics;
  }
  return OnZero::undefined;
}

OnMisuse on_misuse_of(const assay_contract& said) {
  switch (said.misuse) {
    case ASSAY_MISUSE_UNDEFINED: return OnMisuse::undefined;
    case ASSAY_MISUSE_REFUSED: return OnMisuse::refused;
    case ASSAY_MISUSE_PANICS: return OnMisuse::panics;
  }
  return OnMisuse::undefined;
}

/// Bytes at the start of a free frame that it may touch. Frames that it keeps are not known before
/// it writes to them, so who keeps any may write to all.
std::uint32_t link_bytes_of(const assay_contract& said) {
  const std::uint32_t links = said.uses == 0 ? 0 : (said.uses - 1 + 7) / 8 * 8;
  if (said.fill != 0) return links;
  const bool keeps = said.kept_frames != 0 || said.kept_bytes_per_frame != 0;
  return said.uses == 0 || keeps ? kWholeFrame : links;
}

Contract contract_of(const assay_plugin& adapter) {
  const assay_contract& said = adapter.contract;
  Contract contract{
      .can_grow = adapter.add_usable != nullptr,
      .link_bytes = link_bytes_of(said),
      .rounding = said.rounding == ASSAY_EXACT ? Rounding::exact : Rounding::power_of_two,
      .naturally_aligned = said.naturally_aligned != 0,
      .free_takes_size = adapter.free_sized != nullptr,
      .frees_parts = said.frees_parts != 0,
      .on_misuse = on_misuse_of(said),
      .on_exhaustion =
          said.out_of_memory == ASSAY_RETURNS_NONE ? OnExhaustion::none : OnExhaustion::panics,
      .on_zero = on_zero_of(said),
      .alignments = said.aligns != 0 ? Alignments::trusted : Alignments::ignored,
      .finds_longer_runs = said.finds == ASSAY_FINDS_EVERY_RUN,
      .foreign = true,
      .counts_free = adapter.free_frames != nullptr,
      .counts_used = adapter.used_frames != nullptr,
      .counts_managed = adapter.managed_frames != nullptr,
      .knows_longest_run = adapter.largest_free_run != nullptr,
      .knows_blocks = adapter.block_at != nullptr,
      .kept_frames = FrameCount{said.kept_frames},
      .kept_bytes_per_frame = said.kept_bytes_per_frame,
      .min_frames = FrameCount{std::max(said.smallest_arena, 1U)},
      .base_multiple = FrameCount{std::max(said.base_multiple, 1U)},
      .takes_frame_zero = false,
      .takes_holes = said.holes != 0,
  };
  if (said.fill != 0) contract.fill = static_cast<std::byte>(said.fill & 0xFF);
  if (said.base != 0) contract.base = Pfn{said.base};
  if (said.largest_run != ASSAY_ANY_LENGTH) contract.max_block = FrameCount{said.largest_run};
  contract.max_block = std::min(contract.max_block, Contract{}.max_block);
  if (said.largest_arena != 0) contract.max_frames = FrameCount{said.largest_arena};
  contract.max_frames = std::min(contract.max_frames, Contract{}.max_frames);
  return contract;
}

}  // namespace

AdapterCheck check_adapter(const assay_plugin& adapter) {
  const char* problem = problem_of(adapter);
  if (problem != nullptr) return {.contract = {}, .problem = problem};
  return {.contract = contract_of(adapter)};
}

/// Eight bytes anywhere.
struct [[gnu::packed, gnu::may_alias]] UnalignedWord {
  std::uint64_t value;
};

// Volatile, or the compiler would make a call of memcpy of it, which is watched.
[[gnu::no_sanitize_address]] void copy_unwatched(std::span<std::byte> to, const std::byte* from) {
  using Word = std::uint64_t;
  auto* out = to.data();
  auto* const end = out + to.size();
  const auto is_aligned = [&] { return reinterpret_cast<std::uintptr_t>(out) % sizeof(Word) == 0; };
  while (out != end) {
    if (!is_aligned() || end - out < static_cast<std::ptrdiff_t>(sizeof(Word))) {
      volatile std::byte* const byte = out++;
      const std::byte value = *from++;
      if (*byte != value) *byte = value;
      continue;
    }
    volatile Word* const word = reinterpret_cast<Word*>(out);
    const Word value = reinterpret_cast<const UnalignedWord*>(from)->value;
    if (*word != value) *word = value;
    out += sizeof(Word);
    from += sizeof(Word);
  }
}

const assay_services Plugin::kServices{
    .panicked = [](const char* message) { leave({Mishap::Kind::panicked, message}); },
    .locked_twice = [](const char* message) { leave({Mishap::Kind::locked_twice, message}); },
    .out_of_steps = [] { running->out_of_steps_(); },
    .keep = &Plugin::keep,
    .memory_error =
        [](std::uintptr_t address, std::size_t size, const void* pc) {
          if (on_memory_error != nullptr) on_memory_error(address, size, pc);
        },
};

Plugin* Plugin::running = nullptr;
void (*Plugin::on_memory_error)(std::uintptr_t address, std::size_t size, const void* pc) = nullptr;

Plugin::Plugin(const assay_plugin& adapter, struct assay_box& box, Contract promised,
               std::span<const std::span<std::byte>> data, std::span<std::byte> saved,
               void (*out_of_steps)())
    : contract(promised),
      adapter_(adapter),
      box_(box),
      data_(data),
      as_loaded_(saved.data()),
      before_call_(saved.data() + saved.size() / 2),
      out_of_steps_(out_of_steps) {
  save(as_loaded_);
}

void Plugin::save(std::byte* to) const {
  for (const std::span<std::byte> part : data_) {
    copy_unwatched({to, part.size()}, part.data());
    to += part.size();
  }
}

void Plugin::restore(const std::byte* from) const {
  for (const std::span<std::byte> part : data_) {
    copy_unwatched(part, from);
    from += part.size();
  }
}

/// Calls the adapter. Returns: `otherwise`, if the call did not return.
template <class Result, class Call>
Result Plugin::in_call(Result otherwise, Call call) {
  mishap_ = {};
  running = this;
  box_.steps_left = plugin_step_budget(frames_);
  if (__builtin_setjmp(way_out_) != 0) {
    if (expects_panic_) restore(before_call_);
    expects_panic_ = false;
    box_.locks_held = 0;
    return otherwise;
  }
  const Result result = call();
  expects_panic_ = false;
  if (box_.locks_held != 0) mishap_ = {Mishap::Kind::lock_held, box_.taken_by};
  return result;
}

/// Ends the call under way from inside.
void Plugin::leave(Mishap mishap) {
  running->mishap_ = mishap;
  __builtin_longjmp(running->way_out_, 1);
}

void Plugin::keep(assay_run run) {
  if (running->kept_count_ == kMaxKept) {
    leave({Mishap::Kind::panicked, "assay_keep was called more than 16 times"});
  }
  running->kept_[running->kept_count_++] = {Pfn{run.first}, FrameCount{run.count}};
}

void Plugin::expect_panic() {
  save(before_call_);
  expects_panic_ = true;
}

void Plugin::as_one_call(void (*steps)(void* context), void* context) {
  in_call(0, [&] {
    steps(context);
    return 0;
  });
}

/// A machine that has just been switched on.
void Plugin::set_machine(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
  restore(as_loaded_);
  frames_ = map.frames;
  kept_count_ = 0;
  std::uint32_t runs = 0;
  for (const Run& run : map.usable.first(std::min(map.usable.size(), kMaxUsable))) {
    usable_[runs++] = {run.first.value(), run.count.value()};
  }
  box_.services = &kServices;
  box_.locks_held = 0;
  box_.machine = {
      .base = map.base.value(),
      .frames = map.frames.value(),
      .ram = reinterpret_cast<unsigned char*>(window(map.base)),
      .usable = usable_.data(),
      .usable_count = runs,
      .metadata = reinterpret_cast<unsigned char*>(metadata.data()),
      .metadata_bytes = metadata.size(),
  };
}

std::uint64_t Plugin::metadata_bytes(const MemoryMap& map) {
  if (adapter_.metadata_bytes == nullptr) return 0;
  set_machine(map, {}, {});
  return in_call(std::uint64_t{0},
                 [&]() -> std::uint64_t { return adapter_.metadata_bytes(&box_.machine); });
}

void Plugin::init(const MemoryMap& map, FrameWindow window, std::span<std::byte> metadata) {
  set_machine(map, window, metadata);
  in_call(0, [&] {
    adapter_.init(&box_.machine);
    return 0;
  });
}

void Plugin::add_usable(Run run) {
  in_call(0, [&] {
    adapter_.add_usable({run.first.value(), run.count.value()});
    return 0;
  });
}

Pfn Plugin::allocate(FrameCount count, FrameCount alignment) {
  const auto call = [&] { return Pfn{adapter_.allocate(count.value(), alignment.value())}; };
  return in_call(Pfn::none(), call);
}

FreeResult Plugin::free(Pfn first, FrameCount count) {
  // Why it is refused, such code does not say.
  const FreeResult refused = std::unexpected(Misuse::outside_arena);
  return in_call(refused, [&]() -> FreeResult {
    const std::int64_t answer = adapter_.free != nullptr
                                    ? adapter_.free(first.value())
                                    : adapter_.free_sized(first.value(), count.value());
    if (answer == ASSAY_DONE) return kNotSaid;
    if (answer < 0) return refused;
    // No number of frames; and none that stands for something else.
    if (answer >= kNotSaid.value()) return FrameCount{kNotSaid.value() - 1};
    return FrameCount{static_cast<std::uint32_t>(answer)};
  });
}

FrameCount Plugin::free_frames() {
  return in_call(FrameCount{0}, [&] { return FrameCount{adapter_.free_frames()}; });
}

FrameCount Plugin::used_frames() {
  return in_call(FrameCount{0}, [&] { return FrameCount{adapter_.used_frames()}; });
}

FrameCount Plugin::managed_frames() {
  return in_call(FrameCount{0}, [&] { return FrameCount{adapter_.managed_frames()}; });
}

FrameCount Plugin::largest_free_run() {
  return in_call(FrameCount{0}, [&] { return FrameCount{adapter_.largest_free_run()}; });
}

std::optional<Run> Plugin::block_at(Pfn pfn) {
  return in_call(std::optional<Run>{}, [&]() -> std::optional<Run> {
    const assay_run block = adapter_.block_at(pfn.value());
    if (block.count == 0) return std::nullopt;
    return Run{Pfn{block.first}, FrameCount{block.count}};
  });
}

const char* Plugin::validate() {
  mishap_ = {};
  if (adapter_.validate == nullptr) return nullptr;
  return in_call(static_cast<const char*>(nullptr), adapter_.validate);
}

}  // namespace assay
