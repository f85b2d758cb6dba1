"""Readers of published data sets of look-alike classes: birds, cars, aircraft and others."""
