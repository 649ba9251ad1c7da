"""The last runs."""

from callboard.plugin import Provider
from no_such_package import Client
