"""The command line: `elsewhere VERB …`.

A verb's module is imported when the verb is used, so that help costs nothing.
"""

from elsewhere.cli.command import main

__all__ = ["main"]
