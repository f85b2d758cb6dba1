"""`python -m elsewhere`."""

import sys

from elsewhere.cli import main

if __name__ == "__main__":
    sys.exit(main())
