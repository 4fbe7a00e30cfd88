"""The console: screens over the hub in a browser, and the same operations as a JSON API."""
