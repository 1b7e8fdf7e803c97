"""扫码即办: what a scanned code means at this desk, the one legal next move, and the queue of what was scanned."""
