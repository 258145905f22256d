#include "oracle/host/registry.h"

#include <fmt/format.h>

#include <map>
#include <stdexcept>

#include "impls/designs.h"
#include "impls/wrapped_designs.h"
#include "oracle/host/booted_coremap.h"
#include "oracle/host/lockstep.h"
#include "oracle/host/plugin_file.h"
#include "oracle/zoo/zoo.h"

namespace assay {

namespace {

template <FrameAllocator Design>
DesignEntry design(const char* name) {
  return {name, AnyDesign::of<Design>(), nullptr, &run_trial<Design>};
}

template <FrameAllocator Member>
DesignEntry member(const char* name) {
  return {name, AnyDesign::of<Member>(), &Member::kFault};
}

const DesignEntry* find_plugin(std::string_view path) {
  static std::map<PluginFile*, DesignEntry> entries;
  const auto file = PluginFile::load(std::string(path));
  if (!file) throw std::runtime_error(file.error());
  PluginFile& plugin = **file;
  const DesignEntry entry{plugin.name().c_str(), AnyDesign::around(plugin.plugin())};
  return &entries.try_emplace(&plugin, entry).first->second;
}

}  // namespace

std::span<const DesignEntry> all_designs() {
  static const DesignEntry entries[] = {
#define ASSAY_ENTRY(name, type) design<type>(#name),
      ASSAY_DESIGNS(ASSAY_ENTRY)
#undef ASSAY_ENTRY
#define ASSAY_ENTRY(name, type) member<type>(#name),
          ASSAY_ZOO(ASSAY_ENTRY)
#undef ASSAY_ENTRY
  };
  return entries;
}

std::span<const DesignEntry> settings() {
  static const DesignEntry entries[] = {
#define ASSAY_ENTRY(name, type) design<type>(#name),
      ASSAY_BOOTED(ASSAY_ENTRY) ASSAY_WRAPPED_DESIGNS(ASSAY_ENTRY)
#undef ASSAY_ENTRY
  };
  return entries;
}

const DesignEntry* find_design(std::string_view name) {
  if (name.ends_with(".so")) return find_plugin(name);
  for (const std::span<const DesignEntry> list : {all_designs(), settings()}) {
    for (const DesignEntry& entry : list) {
      if (name == entry.name) return &entry;
    }
  }
  return nullptr;
}

const DesignEntry* find_judge(std::string_view name) {
  static const DesignEntry lockstep = [] {
    const std::span<const NamedDesign> designs = lockstep_designs();
    DesignEntry entry{kLockstepName, designs.front().design, nullptr, &run_lockstep};
    entry.design.contract = common_contract(designs);
    return entry;
  }();
  return name == kLockstepName ? &lockstep : find_design(name);
}

std::string known_designs() {
  std::string names;
  for (const DesignEntry& entry : all_designs()) {
    if (!names.empty()) names += ", ";
    names += entry.name;
  }
  return names;
}

std::string key_of(std::string_view design, const Verdict& verdict) {
  const std::string_view who = verdict.design;
  return fmt::format("{}-C{}-{}{}{}-{}", design, number_of(verdict.clause), who,
                     who.empty() ? "" : "-", verdict.call, verdict.outcome);
}

}  // namespace assay
