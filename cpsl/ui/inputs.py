"""Fields of forms and switches for settings."""

from __future__ import annotations

from typing import Any

from cpsl.ui.base import Widget, used

_DEFAULT_ROWS = 4


class Toggle(Widget):
    """A switch for a setting that is on or off."""

    type = "toggle"

    def __init__(self, label: str, *, setting: str) -> None:
        self.label = label
        self.setting = setting

    def to_dict(self) -> dict[str, Any]:
        """Return the switch as JSON."""
        return {"type": self.type, "label": self.label, "setting": self.setting}


class TextInput(Widget):
    """A line of text, for a form or a setting."""

    type = "text_input"

    def __init__(
        self,
        label: str = "",
        *,
        name: str | None = None,
        setting: str | None = None,
        multiline: bool = False,
        placeholder: str | None = None,
        required: bool = False,
    ) -> None:
        self.label = label
        self.name = name
        self.setting = setting
        self.multiline = multiline
        self.placeholder = placeholder
        self.required = required

    def to_dict(self) -> dict[str, Any]:
        """Return the field as JSON; what is not set is left out."""
        return {"type": self.type, **used(**vars(self))}


class NumberInput(Widget):
    """A number, for a form or a setting."""

    type = "number_input"

    def __init__(
        self,
        label: str = "",
        *,
        name: str | None = None,
        setting: str | None = None,
        min: int | float | None = None,  # noqa: A002 - the public API's name
        max: int | float | None = None,  # noqa: A002 - the public API's name
        step: int | float | None = None,
        required: bool = False,
    ) -> None:
        self.label = label
        self.name = name
        self.setting = setting
        self.min = min
        self.max = max
        self.step = step
        self.required = required

    def to_dict(self) -> dict[str, Any]:
        """Return the field as JSON; what is not set is left out."""
        return {"type": self.type, **used(**vars(self))}


class Select(Widget):
    """One of several options, for a form or a setting."""

    type = "select"

    def __init__(
        self,
        label: str = "",
        *,
        name: str | None = None,
        setting: str | None = None,
        options: list[str] | None = None,
        default: str | None = None,
        required: bool = False,
    ) -> None:
        self.label = label
        self.name = name
        self.setting = setting
        self.options = options
        self.default = default
        self.required = required

    def to_dict(self) -> dict[str, Any]:
        """Return the field as JSON; what is not set is left out."""
        return {"type": self.type, **used(**vars(self))}


class TextArea(Widget):
    """Several lines of text."""

    type = "text_area"

    def __init__(
        self,
        *,
        name: str,
        label: str = "",
        placeholder: str = "",
        required: bool = False,
        rows: int = _DEFAULT_ROWS,
    ) -> None:
        self.name = name
        self.label = label
        self.placeholder = placeholder
        self.required = required
        self.rows = rows

    def to_dict(self) -> dict[str, Any]:
        """Return the field as JSON; what is not set is left out."""
        rows = None if self.rows == _DEFAULT_ROWS else self.rows
        optional = used(
            label=self.label, placeholder=self.placeholder, required=self.required, rows=rows
        )
        return {"type": self.type, "name": self.name, **optional}


class UrlInput(Widget):
    """An address."""

    type = "url_input"

    def __init__(
        self, *, name: str, label: str = "", placeholder: str = "", required: bool = False
    ) -> None:
        self.name = name
        self.label = label
        self.placeholder = placeholder
        self.required = required

    def to_dict(self) -> dict[str, Any]:
        """Return the field as JSON; what is not set is left out."""
        optional = used(label=self.label, placeholder=self.placeholder, required=self.required)
        return {"type": self.type, "name": self.name, **optional}


class UrlListInput(Widget):
    """Several addresses."""

    type = "url_list_input"

    def __init__(self, *, name: str, label: str = "", placeholder: str = "") -> None:
        self.name = name
        self.label = label
        self.placeholder = placeholder

    def to_dict(self) -> dict[str, Any]:
        """Return the field as JSON; what is not set is left out."""
        optional = used(label=self.label, placeholder=self.placeholder)
        return {"type": self.type, "name": self.name, **optional}


class FileInput(Widget):
    """A file, or several, of the types in `accept`."""

    type = "file_input"

    def __init__(
        self,
        *,
        name: str,
        label: str = "",
        accept: list[str] | None = None,
        required: bool = False,
        multiple: bool = False,
    ) -> None:
        self.name = name
        self.label = label
        self.accept = accept
        self.required = required
        self.multiple = multiple

    def to_dict(self) -> dict[str, Any]:
        """Return the field as JSON; what is not set is left out."""
        optional = used(
            label=self.label, accept=self.accept, required=self.required, multiple=self.multiple
        )
        return {"type": self.type, "name": self.name, **optional}


class ImageInput(Widget):
    """A picture, or several."""

    type = "image_input"

    def __init__(
        self, *, name: str, label: str = "", required: bool = False, multiple: bool = False
    ) -> None:
        self.name = name
        self.label = label
        self.required = required
        self.multiple = multiple

    def to_dict(self) -> dict[str, Any]:
        """Return the field as JSON; what is not set is left out."""
        optional = used(label=self.label, required=self.required, multiple=self.multiple)
        return {"type": self.type, "name": self.name, **optional}


class CheckboxGroup(Widget):
    """Any of several options."""

    type = "checkbox_group"

    def __init__(
        self,
        *,
        name: str,
        label: str = "",
        options: list[str] | None = None,
        default: list[str] | None = None,
    ) -> None:
        self.name = name
        self.label = label
        self.options = options
        self.default = default

    def to_dict(self) -> dict[str, Any]:
        """Return the field as JSON; what is not set is left out."""
        optional = used(label=self.label, options=self.options, default=self.default)
        return {"type": self.type, "name": self.name, **optional}
