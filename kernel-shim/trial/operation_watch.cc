#include "kernel-shim/trial/operation_watch.h"

#include "kernel-shim/inject.h"
#include "kernel-shim/machine/console.h"
#include "oracle/operations/text.h"

namespace assay::kernel {

namespace {

const OperationWatch& watch_at(const void* subject) {
  return *static_cast<const OperationWatch*>(subject);
}

}  // namespace

OperationWatch::OperationWatch(const char* name)
    : watchdog_(
          name, this,
          [](const void* subject) -> std::uint32_t { return watch_at(subject).progress_; },
          [](const void* subject) { watch_at(subject).describe(); }) {}

void OperationWatch::begin(const Operation& operation) {
  operation_ = &operation;
  number_ = number_ + 1;
  progress_ = progress_ + 1;
  if (number_ == kOperationThatHangs && hang_in_trial_is_injected()) hang();
}

void OperationWatch::finish() {
  operation_ = nullptr;
  progress_ = progress_ + 1;
}

void OperationWatch::describe() const {
  const Operation* const operation = operation_;
  if (operation == nullptr) {
    console << (number_ == 0 ? "the call of init" : "what follows the last operation");
  } else {
    TextBuffer action;
    print_action(action, *operation);
    console << "operation " << number_ << " '" << action.c_str() << '\'';
  }
  console << " did not return";
}

}  // namespace assay::kernel
