"""包裹: packed by route from what waits, sent as one act, received book by book."""
