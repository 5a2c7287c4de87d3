"""Panels with a life of their own: chat, tasks and files."""

from __future__ import annotations

import posixpath
from typing import Any

from cpsl.constants import VALID_SCOPES, require_one_of
from cpsl.ui.base import Widget, used


class ChatPanel(Widget):
    """The chat, on a page.

    Raises:
        ValueError: the height is not above 0.
    """

    type = "chat_panel"

    def __init__(
        self,
        *,
        title: str | None = None,
        placeholder: str | None = None,
        height: int | None = None,
        show_header: bool = True,
    ) -> None:
        if height is not None and height <= 0:
            raise ValueError(f"height={height!r} of a chat panel must be above 0.")
        self.title = title
        self.placeholder = placeholder
        self.height = height
        self.show_header = show_header

    def to_dict(self) -> dict[str, Any]:
        """Return the panel as JSON; what is not set is left out."""
        return {
            "type": self.type,
            "show_header": self.show_header,
            **used(title=self.title, placeholder=self.placeholder, height=self.height),
        }


class TaskBoardColumn:
    """A column of a task board: the runs whose state is one of `statuses`."""

    def __init__(self, label: str, statuses: list[str]) -> None:
        self.label = label
        self.statuses = statuses

    def to_dict(self) -> dict[str, Any]:
        """Return the column as JSON."""
        return {"label": self.label, "statuses": list(self.statuses)}


class TaskBoard(Widget):
    """The runs of tasks, by state; read again every `refresh_ms` milliseconds."""

    type = "task_board"

    def __init__(
        self,
        *,
        title: str | None = None,
        filter: dict[str, Any] | None = None,  # noqa: A002 - the public API's name
        columns: list[TaskBoardColumn] | None = None,
        refresh_ms: int = 5000,
    ) -> None:
        self.title = title
        self.filter = filter
        self.columns = columns
        self.refresh_ms = refresh_ms

    def to_dict(self) -> dict[str, Any]:
        """Return the board as JSON; what is not set is left out."""
        columns = [column.to_dict() for column in self.columns or ()]
        return {
            "type": self.type,
            "refresh_ms": self.refresh_ms,
            **used(title=self.title, filter=self.filter, columns=columns),
        }


class FileBrowser(Widget):
    """The files under a mount.

    Raises:
        ValueError: the mount or the path is relative, or the scope is none.
    """

    type = "file_browser"

    def __init__(  # noqa: PLR0913 - the public API's parameters
        self,
        *,
        mount: str,
        path: str = "/",
        title: str | None = None,
        scope: str = "",
        allow_upload: bool = True,
        allow_delete: bool = True,
        allow_rename: bool = True,
        allow_mkdir: bool = True,
        fill: bool = False,
    ) -> None:
        for what, given in (("mount", mount), ("path", path)):
            if not given.startswith("/"):
                raise ValueError(f"{what}={given!r} of a file browser must be absolute.")
        if scope:
            require_one_of(scope, VALID_SCOPES, "scope of a file browser")
        self.mount = mount.rstrip("/") or "/"
        self.path = posixpath.normpath(path)
        self.title = title
        self.scope = scope
        self.allow_upload = allow_upload
        self.allow_delete = allow_delete
        self.allow_rename = allow_rename
        self.allow_mkdir = allow_mkdir
        self.fill = fill

    def to_dict(self) -> dict[str, Any]:
        """Return the browser as JSON; a title that is not set is left out."""
        shown = {key: value for key, value in vars(self).items() if key != "title"}
        return {"type": self.type, **shown, **used(title=self.title)}
