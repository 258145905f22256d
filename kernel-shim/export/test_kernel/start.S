# A kernel that is not Assay's: multiboot 1, then C. It maps 32 MiB twice, at 0, where it runs, and
# at 0xC0000000, its direct map.

.set header_magic, 0x1BADB002
.set page_present_writable_4m, 0x83

.section .header, "a"
  .long header_magic
  .long 0
  .long -header_magic

.section .text
.global start
start:
  cli
  movl $stack_end, %esp
  xorl %ecx, %ecx
1:
  movl %ecx, %edx
  shll $22, %edx
  orl $page_present_writable_4m, %edx
  movl %edx, directory(, %ecx, 4)
  movl %edx, directory + 768 * 4(, %ecx, 4)
  incl %ecx
  cmpl $8, %ecx
  jb 1b
  movl $directory, %ecx
  movl %ecx, %cr3
  movl %cr4, %ecx
  orl $0x10, %ecx                       # pages of 4 MiB
  movl %ecx, %cr4
  movl %cr0, %ecx
  orl $0x80000000, %ecx
  movl %ecx, %cr0
  call kernel_main
1: hlt
  jmp 1b

.section .bss
.align 4096
directory:
  .skip 4096
  .skip 16384
stack_end:

.section .note.GNU-stack, "", @progbits
