"""借还台: all the books of one reader at this library's counter, handed out and taken back together."""
