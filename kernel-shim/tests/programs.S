# Programs for ring 3, each within a page and wherever that is mapped. System calls: machine/user.h.

.set end, 0
.set argument, 1
.set ticks, 2

.macro program name
  .section .rodata
  .global program_\name, program_\name\()_end
program_\name:
.endm

.macro ask call
  movl $\call, %eax
  int $0x80
.endm

program adds                            # its first two arguments, by way of its stack
  xorl %ebx, %ebx
  ask argument
  pushl %eax
  movl $1, %ebx
  ask argument
  popl %ebx
  addl %eax, %ebx
  ask end
program_adds_end:

program drops_segments                  # and still can call; adds up ds behind a call, then all
  ask ticks
  movl %ds, %esi
  xorl %eax, %eax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %fs
  movw %ax, %gs
  movl $2, %ebx
  ask argument
  movl %eax, %ebx
  addl %esi, %ebx
  movl %ds, %ecx
  addl %ecx, %ebx
  movl %es, %ecx
  addl %ecx, %ebx
  ask end
program_drops_segments_end:

program waits_for_a_tick                # ends with 0 as soon as one has come
  ask ticks
  movl %eax, %esi
1:
  ask ticks
  cmpl %eax, %esi
  je 1b
  xorl %ebx, %ebx
  ask end
program_waits_for_a_tick_end:

program meets_others                    # its first argument: a word that all count in; its second:
  xorl %ebx, %ebx                       # how many must have come before it ends with its third
  ask argument
  movl %eax, %esi
  movl $1, %ebx
  ask argument
  movl %eax, %edi
  lock incl (%esi)
1:
  pause
  cmpl %edi, (%esi)
  jb 1b
  movl $2, %ebx
  ask argument
  movl %eax, %ebx
  ask end
program_meets_others_end:

program masks_interrupts
  cli
  ask end
program_masks_interrupts_end:

program writes_a_port                   # would end the machine
  movw $0xF4, %dx
  xorl %eax, %eax
  outb %al, %dx
  ask end
program_writes_a_port_end:

program reads                           # at its first argument
  xorl %ebx, %ebx
  ask argument
  movl (%eax), %ebx
  ask end
program_reads_end:

program writes                          # at its first argument
  xorl %ebx, %ebx
  ask argument
  movl %eax, (%eax)
  ask end
program_writes_end:

program divides
  xorl %ecx, %ecx
  divl %ecx
  ask end
program_divides_end:

program interrupts                      # as a device would: not for programs
  int $0x20
  ask end
program_interrupts_end:

program calls_nobody
  ask 1000
  ask end
program_calls_nobody_end:

# Goes through pages, from one to the next but some, and looks at every word: it must be its own odd
# number, 2 * (words before it) + 1, times a seed; and it becomes that times a second seed, unless
# that is 0. Arguments: the address of page 0, pages, the first one's number, step, how many to go
# through, seed, second seed. Ends with the number of words that were wrong.
program works_through
  subl $32, %esp
  xorl %ebx, %ebx
  movl %esp, %edi
1:
  ask argument
  movl %eax, (%edi, %ebx, 4)
  incl %ebx
  cmpl $7, %ebx
  jb 1b
  movl $0, 28(%esp)                     # wrong words
  movl 8(%esp), %ebp                    # the page's number
2:
  movl %ebp, %esi
  shll $12, %esi
  addl (%esp), %esi                     # the word's address
  movl %ebp, %ecx
  shll $11, %ecx
  incl %ecx                             # its odd number
  movl $1024, %edi
3:
  movl %ecx, %eax
  imull 20(%esp), %eax
  cmpl %eax, (%esi)
  je 4f
  incl 28(%esp)
4:
  movl 24(%esp), %eax
  testl %eax, %eax
  jz 5f
  imull %ecx, %eax
  movl %eax, (%esi)
5:
  addl $4, %esi
  addl $2, %ecx
  decl %edi
  jnz 3b
  addl 12(%esp), %ebp
  cmpl 4(%esp), %ebp
  jb 6f
  subl 4(%esp), %ebp
6:
  decl 16(%esp)
  jnz 2b
  movl 28(%esp), %ebx
  ask end
program_works_through_end:
