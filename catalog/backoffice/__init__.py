"""Pages of the back office that are more than a form over a row."""
