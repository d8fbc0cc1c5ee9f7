"""Routes."""

from ..call import Routes

routes = Routes()
