"""The verb `fuzz` in parts: who fuzzes when, one libFuzzer process, what it said, what is kept."""
