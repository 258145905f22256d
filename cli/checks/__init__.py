"""The checks of `./assay test`: a file per part (`part_*.py`), and the checks of the sources."""
