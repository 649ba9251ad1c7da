"""Output: publishes a site as a whole. An interrupted build leaves the old site or the new one, never a mixture that stays."""

from callboard.output.disk import DiskWriter, stage_file
from callboard.output.place import Refused
from callboard.output.publication import Publication, Published, recover
from callboard.output.state import Entry

__all__ = ["DiskWriter", "Entry", "Publication", "Published", "Refused", "recover", "stage_file"]
