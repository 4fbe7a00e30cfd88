"""Files that only their owner may read: credentials, evidence.

Reach for `write_private()`. Atomic as all results are (see `files`); at no moment can anybody else read them.
"""

from __future__ import annotations

from pathlib import Path

from ops_hub.store.files import write_atomic


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read (mode 600), atomically.

    Raises:
        StoreError: the disk does not take it.
    """

    def write(aside: Path) -> None:
        aside.unlink(missing_ok=True)  # of a process that died: its mode may be another
        aside.touch(mode=0o600)
        aside.write_bytes(data)

    write_atomic(path, write)
