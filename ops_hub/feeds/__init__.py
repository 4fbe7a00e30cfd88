"""feeds/: bytes from carriers into TRAVELLERS and REJECTS; start at `reading.read()`."""
