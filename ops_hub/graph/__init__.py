"""graph/: travellers and hits into links, a network and charts."""
