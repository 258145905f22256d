/* In front of the functions that compiled code calls where AddressSanitizer forbids an access. The
 * linker gives them these names (--wrap), where a plug-in is built to be watched: who runs it may
 * leave the call, if the error is known already. It is compiled without AddressSanitizer.
 */
#include "../stubs/box.h"

#define IN_FRONT_OF(name, size)                                                   \
  void __real___asan_report_##name(uintptr_t address);                            \
  void __wrap___asan_report_##name(uintptr_t address);                            \
  void __wrap___asan_report_##name(uintptr_t address) {                           \
    assay_box.services->memory_error(address, size, __builtin_return_address(0)); \
    __real___asan_report_##name(address);                                         \
  }
IN_FRONT_OF(load1_noabort, 1)
IN_FRONT_OF(load2_noabort, 2)
IN_FRONT_OF(load4_noabort, 4)
IN_FRONT_OF(load8_noabort, 8)
IN_FRONT_OF(load16_noabort, 16)
IN_FRONT_OF(store1_noabort, 1)
IN_FRONT_OF(store2_noabort, 2)
IN_FRONT_OF(store4_noabort, 4)
IN_FRONT_OF(store8_noabort, 8)
IN_FRONT_OF(store16_noabort, 16)
#undef IN_FRONT_OF

#define IN_FRONT_OF(name)                                                         \
  void __real___asan_report_##name(uintptr_t address, size_t size);               \
  void __wrap___asan_report_##name(uintptr_t address, size_t size);               \
  void __wrap___asan_report_##name(uintptr_t address, size_t size) {              \
    assay_box.services->memory_error(address, size, __builtin_return_address(0)); \
    __real___asan_report_##name(address, size);                                   \
  }
IN_FRONT_OF(load_n_noabort)
IN_FRONT_OF(store_n_noabort)
