#include "fuzz/variants.h"

#include <fmt/format.h>

#include "impls/designs.h"

namespace assay {

std::vector<Variant> variants_of(std::string_view name) {
  const DesignEntry* entry = find_design(name);
  if (entry == nullptr) return {};
  std::vector<Variant> variants{{entry->name, 0, entry->design}};
  const auto add = [&]<FrameAllocator Design>(const char* of, unsigned word_bits) {
    if (name == of) variants.push_back({of, word_bits, AnyDesign::of<Design>()});
  };
  // Words so narrow that their borders lie in tiny arenas.
  add.operator()<Bitmap<2>>("bitmap", 2);
  add.operator()<Bitmap<4>>("bitmap", 4);
  add.operator()<Bitmap<8>>("bitmap", 8);
  add.operator()<Bitmap<32>>("bitmap", 32);
  add.operator()<Buddy<2>>("buddy", 2);
  add.operator()<Buddy<4>>("buddy", 4);
  add.operator()<Buddy<8>>("buddy", 8);
  add.operator()<Buddy<32>>("buddy", 32);
  add.operator()<TagBitmap<1>>("tag_bitmap", 2);
  add.operator()<TagBitmap<2>>("tag_bitmap", 4);
  add.operator()<TagBitmap<4>>("tag_bitmap", 8);
  return variants;
}

std::optional<DesignEntry> find_variant(std::string_view name) {
  if (const DesignEntry* entry = find_design(name)) return *entry;
  for (const Variant& variant : variants_of(name.substr(0, name.find('/')))) {
    if (name == fmt::format("{}/{}", variant.name, variant.word_bits)) {
      return DesignEntry{variant.name, variant.design};
    }
  }
  return std::nullopt;
}

}  // namespace assay
