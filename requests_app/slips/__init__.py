"""Slips on paper: what is pulled from the shelf, what travels in the book, what the reader is given."""
