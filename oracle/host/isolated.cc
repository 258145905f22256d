#include "oracle/host/isolated.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

#include "oracle/host/registry.h"
#include "oracle/host/sanitizer.h"

namespace assay {

namespace {

/// Where the child writes its judgement: the key, a line feed, the text.
int report_fd = -1;
std::string child_design;

void report(const std::string& key, const std::string& text) {
  const std::string message = key + "\n" + text;
  if (write(report_fd, message.data(), message.size()) < 0) _exit(2);
}

[[noreturn]] void run_child(std::string_view design, const std::function<Judgement()>& trial,
                            unsigned seconds) {
  child_design = design;
  alarm(seconds);
  const Judgement judgement = trial();
  if (!judgement.passed()) report(judgement.key, judgement.text);
  _exit(0);
}

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t size = read(fd, buffer, sizeof buffer);
    if (size <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(size));
  }
}

/// The judgement on a child that died without a word.
Judgement judge_death(std::string_view design, int status, unsigned seconds) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
    return {fmt::format("{}-C12-hang", design),
            fmt::format("C12: a call did not return within {} seconds", seconds)};
  }
  if (WIFSIGNALED(status)) {
    const char* name = sigabbrev_np(WTERMSIG(status));
    return {fmt::format("{}-crash-{}", design, name), fmt::format("died of signal SIG{}", name)};
  }
  const int code = WEXITSTATUS(status);
  if (code == 0) return {};
  return {fmt::format("{}-crash-exit{}", design, code), fmt::format("ended with code {}", code)};
}

}  // namespace

Judgement judge_isolated(std::string_view design, const std::function<Judgement()>& trial,
                         unsigned seconds) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("cannot make a pipe");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot start a process");
  if (child == 0) {
    close(ends[0]);
    report_fd = ends[1];
    run_child(design, trial, seconds);
  }
  close(ends[1]);
  const std::string message = read_all(ends[0]);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (message.empty()) return judge_death(design, status, seconds);
  const std::size_t line_end = message.find('\n');
  return {message.substr(0, line_end), message.substr(line_end + 1)};
}

Judgement judge_isolated(std::string_view design, const std::function<Verdict()>& trial,
                         unsigned seconds) {
  const auto judged = [&]() -> Judgement {
    const Verdict verdict = trial();
    if (verdict.passed()) return {};
    return {.key = key_of(design, verdict), .text = verdict.text.c_str()};
  };
  return judge_isolated(design, std::function<Judgement()>(judged), seconds);
}

}  // namespace assay

#ifdef ASSAY_ASAN
/// AddressSanitizer calls this before it prints: the child needs no report, only the key.
extern "C" void __asan_on_error() {
  using namespace assay;
  if (report_fd < 0) return;
  const char* kind = __asan_get_report_description();
  // Relative to where the program or the plug-in was loaded, so that the key is the same in the
  // next run.
  void* const at = __asan_get_report_pc();
  Dl_info object = {};
  dladdr(at, &object);
  const auto start = reinterpret_cast<std::uintptr_t>(object.dli_fbase);
  const auto place = reinterpret_cast<std::uintptr_t>(at) - start;
  report(fmt::format("{}-C9-{}-{:x}", child_design, kind, place),
         fmt::format("C9: {}, stopped by AddressSanitizer", kind));
  _exit(0);
}
#endif
