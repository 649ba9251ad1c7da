"""The optional little server beside a published site: live answers that plugins' endpoints give from it."""

from callboard.proxy.endpoints import Endpoint, Endpoints, PublishedFolder, find
from callboard.proxy.server import Refused, Settings, listen, run

__all__ = ["Endpoint", "Endpoints", "PublishedFolder", "Refused", "Settings", "find", "listen", "run"]
