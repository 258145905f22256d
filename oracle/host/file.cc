#include "oracle/host/file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace assay {

namespace {

using File = std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })>;

std::string cannot(const char* what, const std::string& path) {
  return fmt::format("{}: cannot {}: {}", path, what, std::strerror(errno));
}

}  // namespace

std::expected<std::string, std::string> read_file(const std::string& path) {
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) return std::unexpected(cannot("open", path));
  std::string content;
  char buffer[1 << 16];
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, file.get())) {
    content.append(buffer, size);
  }
  if (std::ferror(file.get()) != 0) return std::unexpected(cannot("read", path));
  return content;
}

std::string write_file(const std::string& path, std::string_view content) {
  struct stat existing{};
  if (stat(path.c_str(), &existing) == 0 && !S_ISREG(existing.st_mode)) {
    return fmt::format("{}: cannot write: is not a regular file", path);
  }
  const std::string temporary = fmt::format("{}.{}.tmp", path, getpid());
  File file(std::fopen(temporary.c_str(), "wb"));
  if (!file) return cannot("create", temporary);
  const bool written = std::fwrite(content.data(), 1, content.size(), file.get()) == content.size();
  const bool closed = std::fclose(file.release()) == 0;
  if (!written || !closed || std::rename(temporary.c_str(), path.c_str()) != 0) {
    const std::string error = cannot("write", path);
    std::remove(temporary.c_str());
    return error;
  }
  return {};
}

}  // namespace assay
