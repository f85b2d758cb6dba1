"""Data sets on disk as tables of records: classes, individuals, one's own."""
