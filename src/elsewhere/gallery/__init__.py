"""A gallery of individuals that grows: searched, named, corrected, by any number of processes."""

from elsewhere.gallery.adding import Added
from elsewhere.gallery.clustering import Clusters
from elsewhere.gallery.entries import Entry
from elsewhere.gallery.gallery import Gallery
from elsewhere.gallery.history import Done
from elsewhere.gallery.opening import open_gallery

__all__ = ["Added", "Clusters", "Done", "Entry", "Gallery", "open_gallery"]
