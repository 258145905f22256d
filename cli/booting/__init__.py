"""What the verb `boot` is made of: QEMU, the kernel's log, and the verdict on both."""
