"""Reports of classification: the figures of a test, their tables, one page."""
