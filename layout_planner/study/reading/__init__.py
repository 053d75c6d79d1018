"""The door: files as people keep them become tables with row numbers, checked tables, and at last a `Study`."""
