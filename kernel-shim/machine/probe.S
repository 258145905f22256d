# The two accesses that may fault. The trap handler knows them by the address of their instruction,
# and goes on at probe_resume (machine/probe.cc).

.section .text
.global probe_load, probe_load_access, probe_store, probe_store_access, probe_resume

probe_load:                             # uint32_t probe_load(uint32_t address)
  movl 4(%esp), %ecx
  xorl %eax, %eax                       # what it returns if there is nothing to be read
probe_load_access:
  movl (%ecx), %eax
probe_resume:
  ret

probe_store:                            # void probe_store(uint32_t address, uint32_t value)
  movl 4(%esp), %ecx
  movl 8(%esp), %eax
probe_store_access:
  movl %eax, (%ecx)
  ret
