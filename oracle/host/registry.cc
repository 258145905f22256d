#include "oracle/host/registry.h"

#include <fmt/format.h>

#include "impls/designs.h"
#include "oracle/zoo/zoo.h"

namespace assay {

namespace {

constexpr DesignEntry kEntries[] = {
#define ASSAY_ENTRY(name, type) {#name, false, nullptr, type::contract, &run_trial<type>},
    ASSAY_DESIGNS(ASSAY_ENTRY)
#undef ASSAY_ENTRY
#define ASSAY_ENTRY(name, type) {#name, true, &type::kFault, type::contract, &run_trial<type>},
        ASSAY_ZOO(ASSAY_ENTRY)
#undef ASSAY_ENTRY
};

}  // namespace

std::span<const DesignEntry> all_designs() { return kEntries; }

const DesignEntry* find_design(std::string_view name) {
  for (const DesignEntry& entry : kEntries) {
    if (name == entry.name) return &entry;
  }
  return nullptr;
}

std::string known_designs() {
  std::string names;
  for (const DesignEntry& entry : kEntries) {
    if (!names.empty()) names += ", ";
    names += entry.name;
  }
  return names;
}

std::string key_of(std::string_view design, const Verdict& verdict) {
  return fmt::format("{}-C{}-{}-{}", design, number_of(verdict.clause), verdict.call,
                     verdict.outcome);
}

}  // namespace assay
