# The i686 kernel's toolchain: clang for a bare machine, ld.lld called directly, since clang's
# driver would hand a bare i686 link to g++, which this machine need not have for i386.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR i686)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_ASM_COMPILER clang-19)
set(CMAKE_CXX_COMPILER_TARGET i686-unknown-none-elf)
set(CMAKE_ASM_COMPILER_TARGET i686-unknown-none-elf)

execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-resource-dir
                OUTPUT_VARIABLE ASSAY_CLANG_RESOURCES OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)

# No SSE or MMX: nobody saves those registers. x87 stays legal, since libstdc++'s headers mention
# long double; the kernel does not use it.
set(ASSAY_CODE_FLAGS
  "-march=i686 -mno-sse -mno-mmx -mno-implicit-float -ffreestanding -fno-exceptions -fno-rtti"
  "-fno-threadsafe-statics -fno-pic -fno-stack-protector -fno-omit-frame-pointer"
  "-ffunction-sections -fdata-sections")

# libstdc++'s headers of the host serve i686 as well, behind a few of our own in cxx/ that take the
# operating system out of them.
set(room ${CMAKE_CURRENT_LIST_DIR})
set(ASSAY_HEADER_FLAGS
  "-nostdinc -nostdinc++ -isystem \"${room}/cxx\""
  "-isystem /usr/include/c++/12 -isystem /usr/include/x86_64-linux-gnu/c++/12"
  "-isystem \"${ASSAY_CLANG_RESOURCES}/include\"")

list(JOIN ASSAY_CODE_FLAGS " " ASSAY_CODE_FLAGS)
list(JOIN ASSAY_HEADER_FLAGS " " ASSAY_HEADER_FLAGS)
set(CMAKE_CXX_FLAGS_INIT "${ASSAY_CODE_FLAGS} ${ASSAY_HEADER_FLAGS} -O2 -g")
set(CMAKE_ASM_FLAGS_INIT "-march=i686 -g")

set(CMAKE_CXX_LINK_EXECUTABLE
  "ld.lld-19 -m elf_i386 <LINK_FLAGS> <OBJECTS> <LINK_LIBRARIES> -o <TARGET>")
