"""Files: others' read without running what they hold, our own written whole or not at all."""
