# One entry per exception and interrupt. The CPU pushes an error code for some exceptions; the other
# entries push a 0 in its place, so that handle_trap sees one layout: struct TrapFrame in
# machine/trap.h.

.macro exception vector, has_error_code
  .section .text
trap_entry_\vector:
  .if !\has_error_code
  pushl $0
  .endif
  pushl $\vector
  jmp enter_handler
  .section .rodata.trap_entries, "a"
  .long trap_entry_\vector
.endm

.section .rodata.trap_entries, "a"
.align 4
.global trap_entries
trap_entries:

.irp vector, 0, 1, 2, 3, 4, 5, 6, 7
  exception \vector, 0
.endr
exception 8, 1
exception 9, 0
.irp vector, 10, 11, 12, 13, 14
  exception \vector, 1
.endr
exception 15, 0
exception 16, 0
exception 17, 1
.irp vector, 18, 19, 20
  exception \vector, 0
.endr
exception 21, 1
.irp vector, 22, 23, 24, 25, 26, 27, 28
  exception \vector, 0
.endr
exception 29, 1
exception 30, 1
exception 31, 0
.irp vector, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47
  exception \vector, 0                  # interrupts of the lines 0 to 15
.endr
exception 48, 0                         # of other CPUs
exception 128, 0                        # a program's system call: int 0x80

.section .text
enter_handler:
  pushal
  pushl %ds                             # a program may have loaded what it likes, or nothing
  pushl %es
  pushl %fs
  pushl %gs
  movl $0x10, %eax                      # kDataSegment
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %fs
  movw %ax, %gs
  cld
  pushl %esp
  call handle_trap
  addl $4, %esp
  popl %gs
  popl %fs
  popl %es
  popl %ds
  popal
  addl $8, %esp                         # vector and error code
  iret
