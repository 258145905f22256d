#include "oracle/host/ftrace.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <string>

namespace assay {

namespace {

constexpr std::uint64_t kMaxPfn = std::uint64_t{1} << 52;  // 64 bits of address
constexpr std::uint64_t kMaxOrder = 20;                    // Linux goes to 10, some builds to 13
constexpr std::uint64_t kMaxArenaFrames = 1U << 28;        // Contract's default: 1 TiB

std::optional<std::uint64_t> parse_number(std::string_view digits) {
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    digits.remove_prefix(2);
    base = 16;
  }
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(digits.begin(), digits.end(), value, base);
  if (error != std::errc{} || stop != digits.end()) return std::nullopt;
  return value;
}

/// The start of a text, fit for an error message.
std::string excerpt(std::string_view text) {
  constexpr std::size_t kLength = 40;
  std::string shown(text.substr(0, kLength));
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return fmt::format("'{}{}'", shown, text.size() > kLength ? "…" : "");
}

/// A line, taken apart at its blanks.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  /// The next word; empty at the end.
  std::string_view next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
    const std::size_t end = std::min(rest_.find_first_of(kBlanks), rest_.size());
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return word;
  }

 private:
  static constexpr std::string_view kBlanks = " \t\r";
  std::string_view rest_;
};

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// The number in `[001]`, or nothing if that is something else.
std::optional<std::uint16_t> parse_cpu(std::string_view word) {
  if (word.size() <= 2 || word.front() != '[' || word.back() != ']') return std::nullopt;
  const std::string_view digits = word.substr(1, word.size() - 2);
  if (!all_digits(digits)) return std::nullopt;
  const std::optional<std::uint64_t> number = parse_number(digits);
  if (!number || *number > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

/// `2376.078704:`, or a plain count, as some of the kernel's clocks give.
bool is_timestamp(std::string_view word) {
  if (!word.ends_with(':')) return false;
  word.remove_suffix(1);
  const std::size_t point = word.find('.');
  return point == std::string_view::npos
             ? all_digits(word)
             : all_digits(word.substr(0, point)) && all_digits(word.substr(point + 1));
}

class FtraceParser {
 public:
  std::expected<FtraceLog, InputError> parse(std::string_view text) {
    while (!text.empty() && error_.empty()) {
      ++number_;
      const std::size_t end = text.find('\n');
      if (end == std::string_view::npos) {
        fail(
            "expected a newline at the end, the file is cut short; delete this line to go on "
            "without it",
            text);
        break;
      }
      parse_line(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
    if (!error_.empty()) return std::unexpected(error_);
    return std::move(log_);
  }

 private:
  /// `TASK-PID [CPU] FLAGS TIMESTAMP: EVENT: FIELDS`. A task's name may hold blanks.
  void parse_line(std::string_view line) {
    Words words(line);
    std::string_view word = words.next();
    if (word.empty() || word.starts_with('#') || parse_note(line, word)) return;
    std::optional<std::uint16_t> cpu;
    while (!word.empty() && !(cpu = parse_cpu(word))) word = words.next();
    while (!word.empty() && !is_timestamp(word)) word = words.next();
    std::string_view event = words.next();
    if (event.empty()) {
      fail("expected an ftrace event 'TASK-PID [CPU] FLAGS TIME: EVENT: FIELDS'", line);
      return;
    }
    if (event.ends_with(':')) event.remove_suffix(1);
    if (event.starts_with("kmem:")) event.remove_prefix(5);
    if (event == "mm_page_alloc") {
      parse_fields(line, words, PageEvent::Kind::alloc, cpu.value_or(0));
    } else if (event == "mm_page_free") {
      parse_fields(line, words, PageEvent::Kind::free, cpu.value_or(0));
    } else {
      ++log_.other_events;
    }
  }

  /// What the tools print between events: `CPU:0 [LOST 12 EVENTS]`, `CPU:0 [12 EVENTS DROPPED]`,
  /// and trace-cmd's `CPU 0 is empty`, `cpus=2` and `version = 6`.
  /// Returns: whether the line is such a note.
  bool parse_note(std::string_view line, std::string_view first_word) {
    if (first_word.starts_with("cpus=") || line.starts_with("version = ")) return true;
    if (!first_word.starts_with("CPU")) return false;
    if (line.find(" is empty") != std::string_view::npos) return true;
    const bool lost = line.find("[LOST ") != std::string_view::npos ||
                      line.find("EVENTS DROPPED]") != std::string_view::npos;
    if (!lost) return false;
    const std::size_t digits = line.find_first_of("0123456789", line.find('['));
    const std::size_t end = line.find(' ', std::min(digits, line.size()));
    const bool has_number = digits != std::string_view::npos && end != std::string_view::npos;
    log_.lost_events +=
        has_number ? parse_number(line.substr(digits, end - digits)).value_or(1) : 1;
    return true;
  }

  void parse_fields(std::string_view line, Words words, PageEvent::Kind kind, std::uint16_t cpu) {
    std::optional<std::uint64_t> pfn;
    std::optional<std::uint64_t> order;
    for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
      if (word.starts_with("pfn=")) pfn = parse_number(word.substr(4));
      if (word.starts_with("order=")) order = parse_number(word.substr(6));
    }
    if (!pfn || *pfn > kMaxPfn) {
      fail("expected 'pfn=' with a frame number", line);
    } else if (!order || *order > kMaxOrder) {
      fail(fmt::format("expected 'order=' with a number from 0 to {}", kMaxOrder), line);
    } else if (kind == PageEvent::Kind::alloc && *pfn == 0) {
      ++log_.failed_allocations;
    } else {
      log_.events.push_back({kind, std::uint32_t{1} << *order, *pfn, cpu});
    }
  }

  void fail(std::string_view what, std::string_view found) {
    const std::size_t start = std::min(found.find_first_not_of(" \t"), found.size());
    error_ = fmt::format("{}: {}, found {}", number_, what, excerpt(found.substr(start)));
  }

  FtraceLog log_;
  std::size_t number_ = 0;
  InputError error_;
};

/// A moment: 0 is before all events, event i (from 0) happens at i + 1.
using Moment = std::uint32_t;
constexpr Moment kStart = 0;
constexpr Moment kNever = std::numeric_limits<Moment>::max();

/// A run of frames that comes and goes as one: a block of the sequence.
struct Piece {
  std::uint64_t first;
  std::uint32_t count;
  Moment birth;
  Moment death;
};

/// Follows which frames are live, as runs: one entry per run, not per frame.
class LiveFrames {
 public:
  explicit LiveFrames(ImportSummary& summary) : summary_(summary) {}

  void allocate(const PageEvent& event, Moment now) {
    cut_out(event, [&](std::uint64_t first, std::uint64_t end, const Entry* entry) {
      if (entry == nullptr || entry->birth == kNever) return;
      summary_.implied_frames += end - first;
      add_piece(first, end, entry->birth, now);
    });
    known_.emplace(event.first, Entry{event.end(), now});
  }

  void free(const PageEvent& event, Moment now) {
    cut_out(event, [&](std::uint64_t first, std::uint64_t end, const Entry* entry) {
      if (entry != nullptr && entry->birth == kNever) {
        summary_.dropped_frames += end - first;
      } else {
        add_piece(first, end, entry != nullptr ? entry->birth : kStart, now);
      }
    });
    known_.emplace(event.first, Entry{event.end(), kNever});
  }

  /// Every block that ever was.
  std::vector<Piece> finish() {
    for (const auto& [first, entry] : known_) {
      if (entry.birth != kNever) add_piece(first, entry.end, entry.birth, kNever);
    }
    return std::move(pieces_);
  }

 private:
  /// Known frames: [key, end), free if birth is kNever. Frames that no event named are in no entry.
  struct Entry {
    std::uint64_t end;
    Moment birth;
  };
  using Entries = std::map<std::uint64_t, Entry>;

  /// Takes the event's frames out of `known_` and calls `visit(first, end, entry)` for each run of
  /// them in turn; entry is nullptr where nothing was known.
  template <class Visit>
  void cut_out(const PageEvent& event, Visit visit) {
    split_at(event.first);
    split_at(event.end());
    std::uint64_t next = event.first;
    auto entry = known_.lower_bound(event.first);
    while (entry != known_.end() && entry->first < event.end()) {
      if (next < entry->first) visit(next, entry->first, static_cast<const Entry*>(nullptr));
      visit(entry->first, entry->second.end, static_cast<const Entry*>(&entry->second));
      next = entry->second.end;
      entry = known_.erase(entry);
    }
    if (next < event.end()) visit(next, event.end(), static_cast<const Entry*>(nullptr));
  }

  /// Makes an entry that spans `border` two.
  void split_at(std::uint64_t border) {
    auto entry = known_.lower_bound(border);
    if (entry == known_.begin()) return;
    --entry;
    if (entry->second.end <= border) return;
    known_.emplace(border, entry->second);
    entry->second.end = border;
  }

  void add_piece(std::uint64_t first, std::uint64_t end, Moment birth, Moment death) {
    pieces_.push_back({first, static_cast<std::uint32_t>(end - first), birth, death});
  }

  ImportSummary& summary_;
  Entries known_;
  std::vector<Piece> pieces_;
};

/// Puts pieces into the order in which they are named: by birth, then by frame.
void sort_by_birth(std::vector<Piece>& pieces) {
  std::ranges::sort(pieces, [](const Piece& a, const Piece& b) {
    return a.birth != b.birth ? a.birth < b.birth : a.first < b.first;
  });
}

/// The numbers of the pieces that die, in the order in which they do.
std::vector<std::uint32_t> deaths_of(const std::vector<Piece>& pieces) {
  std::vector<std::uint32_t> deaths;
  for (std::uint32_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].death != kNever) deaths.push_back(i);
  }
  std::ranges::sort(deaths, [&](std::uint32_t a, std::uint32_t b) {
    const Piece& one = pieces[a];
    const Piece& other = pieces[b];
    return one.death != other.death ? one.death < other.death : one.first < other.first;
  });
  return deaths;
}

/// Appends the operations over sorted pieces, and the moment of each; follows how many frames are
/// live.
void append_operations(const std::vector<Piece>& pieces, std::vector<Operation>& operations,
                       std::vector<Moment>& moments, ImportSummary& summary) {
  const std::vector<std::uint32_t> deaths = deaths_of(pieces);
  operations.reserve(pieces.size() + deaths.size());
  moments.reserve(pieces.size() + deaths.size());
  std::uint64_t live = 0;
  auto death = deaths.begin();
  const auto free_until = [&](Moment moment) {
    for (; death != deaths.end() && pieces[*death].death <= moment; ++death) {
      live -= pieces[*death].count;
      operations.push_back({.kind = OperationKind::free_block, .block = *death});
      moments.push_back(pieces[*death].death);
    }
  };
  for (const Piece& piece : pieces) {
    free_until(piece.birth);  // a free implied by an allocation stands in front of it
    live += piece.count;
    summary.peak_frames = std::max(summary.peak_frames, live);
    operations.push_back({.kind = OperationKind::alloc, .count = FrameCount{piece.count}});
    moments.push_back(piece.birth);
  }
  free_until(kNever - 1);
  summary.live_at_end_frames = live;
}

void summarise(const std::vector<Piece>& pieces, ImportSummary& summary) {
  for (std::size_t i = 0; i < pieces.size();) {
    const Moment birth = pieces[i].birth;
    std::size_t siblings = 0;
    for (; i < pieces.size() && pieces[i].birth == birth; ++i, ++siblings) {
      if (birth == kStart) summary.live_at_start_frames += pieces[i].count;
    }
    if (birth == kStart) {
      summary.live_at_start_blocks = siblings;
    } else if (siblings > 1) {
      ++summary.split_blocks;
      summary.pieces += siblings;
    }
  }
}

}  // namespace

std::expected<FtraceLog, InputError> parse_ftrace(std::string_view text) {
  return FtraceParser().parse(text);
}

std::expected<ImportedTrace, InputError> import_trace(const FtraceLog& log,
                                                      std::uint32_t occupancy_percent) {
  if (log.events.empty()) {
    return std::unexpected(
        fmt::format("expected events mm_page_alloc or mm_page_free, found none among {} others",
                    log.other_events));
  }
  ImportedTrace imported;
  ImportSummary& summary = imported.summary;
  LiveFrames live(summary);
  Moment now = kStart;
  for (const PageEvent& event : log.events) {
    ++now;
    if (event.kind == PageEvent::Kind::alloc) {
      ++summary.allocations;
      live.allocate(event, now);
    } else {
      ++summary.frees;
      live.free(event, now);
    }
  }
  std::vector<Piece> pieces = live.finish();
  sort_by_birth(pieces);
  summarise(pieces, summary);
  std::vector<Moment> moments;
  append_operations(pieces, imported.sequence.operations, moments, summary);
  std::ranges::transform(moments, std::back_inserter(imported.cpus), [&](Moment moment) {
    return moment == kStart ? std::uint16_t{0} : log.events[moment - 1].cpu;
  });
  const std::uint64_t frames =
      (summary.peak_frames * 100 + occupancy_percent - 1) / occupancy_percent;
  if (frames > kMaxArenaFrames) {
    return std::unexpected(fmt::format("needs an arena of {} frames, at most {} are possible",
                                       frames, kMaxArenaFrames));
  }
  imported.sequence.arena.frames = FrameCount{static_cast<std::uint32_t>(frames)};
  return imported;
}

}  // namespace assay
