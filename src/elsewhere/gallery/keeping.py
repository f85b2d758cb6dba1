"""Where a gallery lies: in two files on this machine, or on a server."""

from pathlib import Path

from elsewhere.gallery.local import LocalDatabase
from elsewhere.gallery.milvus import MilvusDatabase

Database = LocalDatabase | MilvusDatabase
"""Every method of both is whole or not at all, in any number of processes."""


def open_database(place: str) -> Database:
    """What keeps a gallery at a place.

    Raises:
        ConfigError: an address that is none of a server.
    """
    return MilvusDatabase(place) if "://" in place else LocalDatabase(Path(place))
