"""What can be asked for: the handlers, and the table that leads to them."""

from cpsl_dev.debug.routes.blocks import ROUTES as BLOCK_ROUTES
from cpsl_dev.debug.routes.events import ROUTES as EVENT_ROUTES
from cpsl_dev.debug.routes.server import ROUTES as SERVER_ROUTES
from cpsl_dev.debug.routes.sessions import ROUTES as SESSION_ROUTES
from cpsl_dev.debug.routes.time_travel import ROUTES as TIME_TRAVEL_ROUTES
from cpsl_dev.debug.routes.turns import ROUTES as TURN_ROUTES

ROUTES = (
    *SERVER_ROUTES,
    *SESSION_ROUTES,
    *TURN_ROUTES,
    *TIME_TRAVEL_ROUTES,
    *BLOCK_ROUTES,
    *EVENT_ROUTES,
)

__all__ = ["ROUTES"]
