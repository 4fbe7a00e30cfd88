"""casework/: hits into cases, decisions into events, and who may see what of them; no clock, no network in here."""
