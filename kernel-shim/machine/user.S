# Into ring 3 and back (machine/user.cc).

.set user_code_segment, 0x2B
.set user_data_segment, 0x33
.set user_flags, 0x202                  # interrupts on, no port is the program's

.section .text
.global enter_ring_3, leave_ring_3

# uint32_t enter_ring_3(uint32_t eip, uint32_t esp, uint32_t* kernel_esp)
# Returns what leave_ring_3 is told.
enter_ring_3:
  movl 4(%esp), %ecx
  movl 8(%esp), %edx
  movl 12(%esp), %eax
  pushl %ebp
  pushl %ebx
  pushl %esi
  pushl %edi
  pushfl
  cli                                   # no interrupt between here and iret may use this stack
  movl %esp, (%eax)                     # what comes from ring 3 is pushed below
  pushl $user_data_segment
  pushl %edx
  pushl $user_flags
  pushl $user_code_segment
  pushl %ecx
  movl $user_data_segment, %eax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %fs
  movw %ax, %gs
  xorl %eax, %eax                       # nothing of the kernel's is told
  xorl %ebx, %ebx
  xorl %ecx, %ecx
  xorl %edx, %edx
  xorl %esi, %esi
  xorl %edi, %edi
  xorl %ebp, %ebp
  iret

# void leave_ring_3(uint32_t value, uint32_t kernel_esp)
# From a trap's handler, whose frames are forgotten; trap.S has reloaded the segments.
leave_ring_3:
  movl 4(%esp), %eax
  movl 8(%esp), %esp
  popfl
  popl %edi
  popl %esi
  popl %ebx
  popl %ebp
  ret
