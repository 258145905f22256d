# The two accesses that may fault. The trap handler knows them by the address of their instruction,
# and goes on at probe_resume (machine/probe.cc); edx is
# where the probe is noted, so that each CPU has its own.

.section .text
.global probe_load, probe_load_access, probe_store, probe_store_access, probe_resume

probe_load:                             # uint32_t probe_load(uint32_t address, Probe*)
  movl 4(%esp), %ecx
  movl 8(%esp), %edx
  xorl %eax, %eax                       # what it returns if there is nothing to be read
probe_load_access:
  movl (%ecx), %eax
probe_resume:
  ret

probe_store:                            # void probe_store(uint32_t address, uint32_t value, Probe*)
  movl 4(%esp), %ecx
  movl 8(%esp), %eax
  movl 12(%esp), %edx
probe_store_access:
  movl %eax, (%ecx)
  ret
