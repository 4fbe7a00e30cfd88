"""lists/: list files of any owner and format into ENTRIES, and compiled snapshots of them."""
