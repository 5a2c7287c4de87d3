"""The home page of an app, and what a suggestions handler gets to see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cpsl.constants import AccessLevel
from cpsl.request_context import RequestContext
from cpsl.suggestions import Suggestion, serialize_suggestions

__all__ = ["HomeConfig", "HomeContext", "Suggestion", "serialize_suggestions"]


@dataclass(frozen=True, slots=True)
class HomeConfig:
    """The home page as an app declares it."""

    title: str | None = None
    subtitle: str | None = None
    suggestions: tuple[Suggestion, ...] = ()
    widget_tree: dict[str, Any] | None = None
    dynamic_suggestions: bool = False
    dynamic_suggestions_access: AccessLevel = "public"
    dynamic_suggestions_ttl: int = 0
    access: AccessLevel = "public"

    def to_dict(self) -> dict[str, Any]:
        """Return the home page as JSON; what is not set is left out."""
        result: dict[str, Any] = {"access": self.access}
        optional = {
            "title": self.title,
            "subtitle": self.subtitle,
            "suggestions": [suggestion.to_dict() for suggestion in self.suggestions],
            "widget_tree": self.widget_tree,
        }
        result |= {key: value for key, value in optional.items() if value}
        if self.dynamic_suggestions:
            result |= {
                "dynamic_suggestions": True,
                "dynamic_suggestions_access": self.dynamic_suggestions_access,
                "dynamic_suggestions_ttl": self.dynamic_suggestions_ttl,
            }
        return result


class HomeContext(RequestContext):
    """Who looks at the home page, with the app and its collections."""

    __slots__ = ("app", "db")

    def __init__(
        self,
        *,
        user: Any,
        integrations: Any,
        authenticated: bool = False,
        request: Any = None,
        db: Any = None,
        app: Any = None,
    ) -> None:
        super().__init__(user, integrations, authenticated, request)
        self.db = db
        self.app = app
