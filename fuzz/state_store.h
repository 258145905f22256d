/// The states that an exploration has seen, each once, by their exact bytes.
///
/// No state is taken for another because their hashes agree: the hash only finds the slot. States
/// are numbered in the order in which they are added, so a breadth-first search needs no queue of
/// its own, and the parent of each state leads back along a shortest way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace assay {

class StateStore {
 public:
  using Id = std::uint32_t;
  static constexpr Id kRoot = 0;  ///< the first state; it is its own parent

  struct Added {
    Id id;
    bool is_new;
  };

  /// Adds a state, or finds it. `call` is what led to it from `parent`; the first way there stays.
  /// Requires: the key has less than kPoolBytes bytes.
  Added add(std::span<const std::byte> key, Id parent, std::uint16_t call) {
    if (slots_.size() < 2 * (entries_.size() + 1)) grow_slots();
    const std::uint32_t hash = hash_of(key);
    std::size_t slot = hash & (slots_.size() - 1);
    for (; slots_[slot] != kEmpty; slot = (slot + 1) & (slots_.size() - 1)) {
      const Entry& entry = entries_[slots_[slot]];
      if (entry.hash == hash && entry.size == key.size() &&
          std::memcmp(entry.key, key.data(), key.size()) == 0) {
        return {slots_[slot], false};
      }
    }
    const Id id = size();
    slots_[slot] = id;
    entries_.push_back({keep(key), parent, hash, static_cast<std::uint16_t>(key.size()), call});
    return {id, true};
  }

  [[nodiscard]] Id size() const { return static_cast<Id>(entries_.size()); }
  [[nodiscard]] std::span<const std::byte> key(Id id) const {
    return {entries_[id].key, entries_[id].size};
  }
  [[nodiscard]] Id parent(Id id) const { return entries_[id].parent; }
  [[nodiscard]] std::uint16_t call(Id id) const { return entries_[id].call; }

  /// Memory in use, in bytes.
  [[nodiscard]] std::uint64_t bytes() const {
    return std::uint64_t{pools_.size()} * kPoolBytes + entries_.size() * sizeof(Entry) +
           slots_.size() * sizeof(Id);
  }

 private:
  static constexpr Id kEmpty = 0xFFFF'FFFF;
  static constexpr std::size_t kPoolBytes = std::size_t{1} << 16;

  struct Entry {
    const std::byte* key;
    Id parent;
    std::uint32_t hash;
    std::uint16_t size;
    std::uint16_t call;
  };

  static std::uint32_t hash_of(std::span<const std::byte> key) {
    const std::string_view text(reinterpret_cast<const char*>(key.data()), key.size());
    return static_cast<std::uint32_t>(std::hash<std::string_view>()(text));
  }

  const std::byte* keep(std::span<const std::byte> key) {
    if (pools_.empty() || pool_used_ + key.size() > kPoolBytes) {
      pools_.push_back(std::make_unique<std::byte[]>(kPoolBytes));
      pool_used_ = 0;
    }
    std::byte* place = pools_.back().get() + pool_used_;
    std::memcpy(place, key.data(), key.size());
    pool_used_ += key.size();
    return place;
  }

  void grow_slots() {
    slots_.assign(slots_.empty() ? 1024 : 2 * slots_.size(), kEmpty);
    for (Id id = 0; id < size(); ++id) {
      std::size_t slot = entries_[id].hash & (slots_.size() - 1);
      while (slots_[slot] != kEmpty) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = id;
    }
  }

  std::vector<std::unique_ptr<std::byte[]>> pools_;  ///< the keys' bytes
  std::size_t pool_used_ = 0;                        ///< of the last pool
  std::deque<Entry> entries_;
  std::vector<Id> slots_;  ///< open addressing; its size is a power of two
};

}  // namespace assay
