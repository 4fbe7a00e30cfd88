"""Measurements that anyone can run again; they import ops_hub, never the reverse."""
