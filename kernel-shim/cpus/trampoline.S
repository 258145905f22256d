# How another CPU gets from real mode to C++. It begins in 16-bit code at a page below 1 MiB, where
# cpus.cc puts a copy of what lies between trampoline_begin and trampoline_end; the rest runs in the
# image. It borrows the entry directory, which maps both.

.set kernel_offset, 0xC0000000
.set trampoline_at, 0x8000              # cpus.cc: kTrampoline
.set cr0_protect, 0x00000001
.set cr0_paging_and_write_protect, 0x80010000
.set cr0_cached, ~0x60000000            # a CPU begins with its caches off
.set cr4_pse, 0x10

.section .rodata
.global trampoline_begin, trampoline_end
trampoline_begin:
.code16
  cli
  xorw %ax, %ax
  movw %ax, %ds
  lgdtl (trampoline_at + first_pointer - trampoline_begin)
  movl %cr0, %eax
  orl $cr0_protect, %eax
  movl %eax, %cr0
  ljmpl $0x08, $(trampoline_at + protected - trampoline_begin)
.code32
protected:
  movw $0x10, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %fs
  movw %ax, %gs
  movw %ax, %ss
  movl $(entry_directory - kernel_offset), %eax
  movl %eax, %cr3
  movl %cr4, %eax
  orl $cr4_pse, %eax
  movl %eax, %cr4
  movl %cr0, %eax
  andl $cr0_cached, %eax
  orl $cr0_paging_and_write_protect, %eax
  movl %eax, %cr0
  movl $cpu_start_high, %eax
  jmp *%eax
.align 8
first_segments:
  .quad 0
  .quad 0x00CF9B000000FFFF              # 0x08: code, as in boot.S
  .quad 0x00CF93000000FFFF              # 0x10: data
first_pointer:
  .word . - first_segments - 1
  .long trampoline_at + first_segments - trampoline_begin
trampoline_end:

# Numbers are given in the order of arrival, from 1 on. Stacks lie in the kernel's heap, which only
# its own directory maps.
.section .text
cpu_start_high:
  cld
  movl $1, %ecx
  lock xaddl %ecx, cpus_arrived
  incl %ecx
  cmpl cpus_wanted, %ecx
  jae 1f                                # one that nobody asked for
  movl cpu_directory, %eax
  movl %eax, %cr3
  movl cpu_stack_ends(, %ecx, 4), %esp
  xorl %ebp, %ebp                       # the end of every backtrace
  subl $12, %esp                        # the ABI: 16-byte alignment at the call
  pushl %ecx
  call cpu_main
1: cli
  hlt
  jmp 1b
