#include "oracle/host/plugin_file.h"

#include <dlfcn.h>
#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "oracle/host/file.h"
#include "oracle/host/watchdog.h"

namespace assay {

namespace {

/// Sections that may be written to but are not the plug-in's own: what the loader, coverage and
/// sanitizers keep there must survive when its data are put back.
bool is_of_tools(std::string_view section) {
  constexpr std::array<std::string_view, 9> kPrefixes{
      ".dynamic",  ".got",    ".init_array", ".fini_array",    ".data.rel.ro",
      "__sancov_", "__llvm_", "asan_",       ".relro_padding",
  };
  return std::ranges::any_of(kPrefixes,
                             [&](std::string_view prefix) { return section.starts_with(prefix); });
}

/// Reads headers out of the bytes of a file; nothing where they are cut short.
template <class Header>
std::optional<Header> header_at(std::string_view file, std::uint64_t offset) {
  if (offset > file.size() || file.size() - offset < sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(&header, file.data() + offset, sizeof header);
  return header;
}

/// Where a loaded shared object keeps what its own code may write to; nothing if its section
/// headers cannot be read.
std::optional<std::vector<std::span<std::byte>>> data_of(std::string_view file,
                                                         std::uintptr_t loaded_at) {
  const auto elf = header_at<Elf64_Ehdr>(file, 0);
  if (!elf || elf->e_shoff == 0) return std::nullopt;
  const auto section = [&](unsigned index) {
    return header_at<Elf64_Shdr>(file, elf->e_shoff + index * sizeof(Elf64_Shdr));
  };
  const auto names = section(elf->e_shstrndx);
  if (!names || names->sh_offset > file.size()) return std::nullopt;
  const std::string_view all_names =
      file.substr(names->sh_offset, std::min<std::uint64_t>(names->sh_size, file.size()));
  std::vector<std::span<std::byte>> data;
  for (unsigned i = 0; i < elf->e_shnum; ++i) {
    const auto header = section(i);
    if (!header || header->sh_name >= all_names.size()) return std::nullopt;
    constexpr std::uint64_t kWritable = SHF_ALLOC | SHF_WRITE;
    const std::string_view name = all_names.data() + header->sh_name;
    if ((header->sh_flags & kWritable) != kWritable || (header->sh_flags & SHF_TLS) != 0) continue;
    if (is_of_tools(name)) continue;
    data.emplace_back(std::bit_cast<std::byte*>(loaded_at + header->sh_addr), header->sh_size);
  }
  return data;
}

/// Leaves out what lies between `hole` and its end: the box is filled in anew for each machine.
void cut_out(std::vector<std::span<std::byte>>& data, std::span<const std::byte> hole) {
  std::vector<std::span<std::byte>> rest;
  for (const std::span<std::byte> part : data) {
    const bool holds = part.data() <= hole.data() && hole.data() < part.data() + part.size();
    if (!holds) {
      rest.push_back(part);
      continue;
    }
    const auto before = static_cast<std::size_t>(hole.data() - part.data());
    rest.push_back(part.first(before));
    rest.push_back(part.subspan(before + hole.size()));
  }
  data = std::move(rest);
}

std::size_t bytes_in(std::span<const std::span<std::byte>> data) {
  std::size_t sum = 0;
  for (const std::span<std::byte> part : data) sum += part.size();
  return sum;
}

}  // namespace

std::expected<PluginFile*, std::string> PluginFile::load(const std::string& path) {
  static std::map<std::string, std::unique_ptr<PluginFile>> loaded;
  std::error_code unreadable;
  const std::string whole = std::filesystem::weakly_canonical(path, unreadable).string();
  std::unique_ptr<PluginFile>& entry = loaded[whole.empty() ? path : whole];
  if (entry == nullptr) {
    auto parts = open(path);
    if (!parts) return std::unexpected(std::move(parts.error()));
    entry.reset(new PluginFile(std::move(*parts)));
  }
  return entry.get();
}

std::expected<PluginFile::Parts, std::string> PluginFile::open(const std::string& path) {
  const auto broken = [&](std::string_view why) {
    return std::unexpected(fmt::format("{}: {}", path, why));
  };
  const auto file = read_file(path);
  if (!file) return std::unexpected(file.error());
  // A path without a slash would be looked for among the system's libraries.
  void* const object = dlopen(std::filesystem::absolute(path).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr) return broken(dlerror());
  const auto* adapter = static_cast<const assay_plugin*>(dlsym(object, "assay_plugin_entry"));
  auto* box = static_cast<struct assay_box*>(dlsym(object, "assay_box"));
  if (adapter == nullptr || box == nullptr) {
    return broken("the adapter has no ASSAY_PLUGIN(…), or two that differ in language");
  }
  const AdapterCheck check = check_adapter(*adapter);
  if (check.problem != nullptr) return broken(check.problem);
  const link_map* place = nullptr;
  if (dlinfo(object, RTLD_DI_LINKMAP, static_cast<void*>(&place)) != 0) return broken(dlerror());
  auto data = data_of(*file, place->l_addr);
  if (!data) return broken("is no whole shared object with section headers");
  cut_out(*data, std::as_bytes(std::span(box, 1)));
  Contract contract = check.contract;
  contract.needs_low_memory = reinterpret_cast<std::uintptr_t>(box) < (std::uintptr_t{1} << 31);
  return Parts{.name = std::filesystem::path(path).stem().string(),
               .adapter = adapter,
               .box = box,
               .contract = contract,
               .data = std::move(*data)};
}

PluginFile::PluginFile(Parts parts)
    : name_(std::move(parts.name)),
      data_(std::move(parts.data)),
      saved_(2 * bytes_in(data_)),
      plugin_(*parts.adapter, *parts.box, parts.contract, data_, saved_,
              [] { leave_call("its budget of 16,384 steps per frame"); }) {}

}  // namespace assay
