/// A libFuzzer target that does nothing: what libFuzzer itself costs under the same sanitizers, to
/// compare the other targets with.
#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* /*data*/, std::size_t /*size*/) {
  return 0;
}
