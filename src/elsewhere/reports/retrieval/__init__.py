"""Reports of re-identification: the figures of a test, their tables, what is drawn, one page."""
