"""The kernel's image: one for each design, and for each allocator of somebody else's."""

import hashlib
from pathlib import Path

from cli import build, files, plugins
from cli.plugins import I686, Plugin


def build_image(design: str, *, ubsan: bool = False) -> Path:
    """Builds the kernel around a design, or around a plug-in by its name; returns kernel.elf.

    With `ubsan` undefined behaviour of all that is compiled with the kernel traps: of designs and
    oracle, not of a plug-in, which says for itself whether it wants that (cli/plugins.py).
    """
    plugin = plugins.get(design)
    if plugin is None:
        return build.build("kernel", design=design, ubsan=ubsan) / "kernel.elf"
    place = plugins.build(plugin, I686).parent
    header = place / "design_source.h"
    text = f'#define ASSAY_DESIGN_SOURCE "{hash_source(plugin)}"\n'
    if not header.exists() or header.read_text() != text:
        files.write_text(header, text)
    return build.build("kernel", design=design, plugin=place, ubsan=ubsan) / "kernel.elf"


def hash_source(plugin: Plugin) -> str:
    """SHA-256 over names and contents of what it is compiled from, headers in its folder too."""
    digest = hashlib.sha256()
    headers = plugin.folder.glob("*.h")
    for path in [plugin.adapter, *sorted({*plugin.sources, *headers})]:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()
