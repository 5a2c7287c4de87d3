"""Settings: values that an app declares and its users change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cpsl.constants import (
    SCOPE_FIELD_OWNER,
    SCOPE_FIELD_USER,
    SCOPE_OWNER,
    SCOPE_USER,
    VALID_SETTING_SCOPES,
    SettingScope,
    require_one_of,
)
from cpsl.exceptions import NotAvailable

if TYPE_CHECKING:
    from cpsl.app import App

_TYPES = (bool, str, int, float)


@dataclass(frozen=True, slots=True)
class SettingDecl:
    """A setting as an app declares it."""

    name: str
    scope: SettingScope = "app"
    type: type = str
    default: Any = None
    options: tuple[str, ...] | None = None
    label: str | None = None

    def scope_filter(self, *, user_id: str, owner_id: str = "") -> dict[str, str]:
        """Return the fields that keep one user's or owner's value apart from the others'."""
        if self.scope == SCOPE_USER:
            return {SCOPE_FIELD_USER: user_id}
        if self.scope == SCOPE_OWNER:
            return {SCOPE_FIELD_OWNER: owner_id or user_id}
        return {}

    def to_dict(self) -> dict[str, Any]:
        """Return the setting as JSON; its type by name."""
        result: dict[str, Any] = {
            "name": self.name,
            "scope": self.scope,
            "type": self.type.__name__,
            "default": self.default,
        }
        if self.options is not None:
            result["options"] = list(self.options)
        if self.label is not None:
            result["label"] = self.label
        return result


class SettingsAccessor:
    """The values of an app's settings: `app.settings`."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def get(self, key: str) -> Any:
        """Return the value of a setting, or its default.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("app.settings.get()")

    async def set(self, key: str, value: Any) -> None:
        """Store the value of a setting.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("app.settings.set()")

    async def get_all(self, keys: list[str] | None = None) -> dict[str, Any]:
        """Return the values of some settings, or of all.

        Raises:
            NotAvailable: always, in this version.
        """
        raise NotAvailable("app.settings.get_all()")


class SettingRegistry:
    """The settings of one app, by name."""

    def __init__(self) -> None:
        self._settings: dict[str, SettingDecl] = {}

    def add(self, setting: SettingDecl) -> None:
        """Declare a setting.

        Raises:
            ValueError: its scope or type is none, or another setting has the name.
        """
        require_one_of(setting.scope, VALID_SETTING_SCOPES, f"Scope of setting {setting.name!r}")
        if setting.type not in _TYPES:
            raise ValueError(
                f"Type of setting {setting.name!r} must be bool, str, int or float, "
                f"not {setting.type!r}."
            )
        if setting.name in self._settings:
            raise ValueError(f"Setting {setting.name!r} is declared twice. Rename one of them.")
        self._settings[setting.name] = setting

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return every setting as JSON, in the order of declaration."""
        return [setting.to_dict() for setting in self._settings.values()]
