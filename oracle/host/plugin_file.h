/// Plug-ins as shared objects: `./assay` builds them from an adapter's folder (cli/plugins.py).
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "impls/foreign/plugin.h"

namespace assay {

/// A shared object that exports `assay_plugin_entry` and `assay_box`, loaded until the process
/// ends: coverage counters and sanitizers keep pointers into it.
class PluginFile {
 public:
  /// Loads it, once: a second plug-in of the same path is the first one. Returns: nullptr behind an
  /// error, which is one line that says what is wrong with it.
  [[nodiscard]] static std::expected<PluginFile*, std::string> load(const std::string& path);

  /// The name of the file without its folder and extension.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Plugin& plugin() { return plugin_; }

 private:
  struct Parts {
    std::string name;
    const assay_plugin* adapter;
    struct assay_box* box;
    Contract contract;
    std::vector<std::span<std::byte>> data;
  };

  explicit PluginFile(Parts parts);
  [[nodiscard]] static std::expected<Parts, std::string> open(const std::string& path);

  std::string name_;
  std::vector<std::span<std::byte>> data_;
  std::vector<std::byte> saved_;
  Plugin plugin_;
};

}  // namespace assay
