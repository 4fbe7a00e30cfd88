"""Months of ordinary travel with hidden smuggling networks in it, and those who only look like one."""
