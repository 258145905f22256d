/// What this kernel is and which memory it has, a fact per line: in the log of every boot, and in
/// the shell's `map`.
#pragma once

namespace assay::kernel {

/// What the build calls the design.
[[nodiscard]] const char* design_name();

/// Each line begins with `begin`: `# ` makes diagnostics of them.
void describe_image(const char* begin);
/// Who lies where, and what both zones manage. Requires: memory is up.
void describe_memory(const char* begin);
/// What somebody else's contract leaves open, here as on the host.
void describe_contract(const char* begin);

}  // namespace assay::kernel
