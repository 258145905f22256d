# From the boot loader to C++: paging on, own segments, a stack, then kmain(magic, information).
#
# The loader is multiboot 1. It leaves the CPU in 32-bit protected mode without paging, interrupts
# off, the magic in eax and the physical address of its information in ebx.

.set kernel_offset, 0xC0000000
.set multiboot_magic, 0x1BADB002
.set multiboot_flags, 3                 # 1: modules at page borders; 2: tell the memory map

.set page_present_writable_4m, 0x83
.set cr4_pse, 0x10                      # 4 MiB pages: a directory without tables
.set cr0_paging_and_write_protect, 0x80010000

.set stack_words, 8192                  # 32 KiB
.set stack_paint, 0x5AFE57AC            # tests/boot_tests.cc looks for it

.section .boot.header, "a"
.align 4
  .long multiboot_magic
  .long multiboot_flags
  .long -(multiboot_magic + multiboot_flags)

# Runs where it was loaded, below 4 MiB.
.section .boot, "ax"
.global start
start:
  cli
  cld
  xorl %ecx, %ecx                       # entry after entry, as many as the image takes; mostly one
1:
  movl %ecx, %edx
  shll $22, %edx
  orl $page_present_writable_4m, %edx
  movl %edx, (entry_directory - kernel_offset + 768 * 4)(, %ecx, 4)
  incl %ecx
  cmpl $entry_map_entries, %ecx
  jb 1b
  movl $(entry_directory - kernel_offset), %ecx
  movl %ecx, %cr3
  movl %cr4, %ecx
  orl $cr4_pse, %ecx
  movl %ecx, %cr4
  movl %cr0, %ecx
  orl $cr0_paging_and_write_protect, %ecx
  movl %ecx, %cr0
  movl $start_high, %ecx
  jmp *%ecx

.section .text
start_high:
  lgdt segments_pointer
  ljmp $0x08, $1f
1:
  movl $0x10, %ecx
  movw %cx, %ds
  movw %cx, %es
  movw %cx, %fs
  movw %cx, %gs
  movw %cx, %ss
  movl %eax, %edx
  movl $kernel_stack_begin, %edi        # painted: what is still there at the end was never used
  movl $stack_words, %ecx
  movl $stack_paint, %eax
  rep stosl
  movl %edx, %eax
  movl $kernel_stack_end, %esp
  xorl %ebp, %ebp                       # the end of every backtrace
  subl $8, %esp                         # the ABI: 16-byte alignment at the call
  pushl %ebx
  pushl %eax
  call kmain
1: cli
  hlt
  jmp 1b

.section .rodata
.align 8
segments:                               # flat: each spans all 4 GiB
  .quad 0
  .quad 0x00CF9B000000FFFF              # 0x08: code, ring 0
  .quad 0x00CF93000000FFFF              # 0x10: data, ring 0
segments_pointer:
  .word . - segments - 1
  .long segments

# The first 4 MiB, twice: at 0, where start runs, and at 0xC0000000, where everything else does. If
# the image is larger, start maps the rest of it there as well.
.section .data
.align 4096
.global entry_directory
entry_directory:
  .long page_present_writable_4m
  .fill 1023, 4, 0

.section .bss
.align 4096
.global kernel_stack_guard, kernel_stack_begin, kernel_stack_end
kernel_stack_guard:                     # taken out of the map as soon as that has small pages
  .skip 4096
kernel_stack_begin:
  .skip stack_words * 4
kernel_stack_end:
