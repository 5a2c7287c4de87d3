"""Shared file systems that an app mounts, and links to files in them."""

from __future__ import annotations

import posixpath
from typing import Any

_OUTPUT_FORMATS = ("folder", "file")


class FileSystem:
    """A named file system, shared by the app's users, that the app mounts under a path.

    Raises:
        ValueError: the name is empty.
    """

    def __init__(self, name: str) -> None:
        if not name:
            raise ValueError("A file system needs a name, such as cpsl.FileSystem('documents').")
        self.name = name
        self._mount: str | None = None
        self._sources: list[dict[str, Any]] = []
        self._tools: list[dict[str, Any]] = []

    def smart_source(
        self,
        integration: str,
        name: str,
        *,
        guidance: str = "",
        output_format: str = "folder",
        file_ext: str = "",
        filename_format: str = "",
        cache_ttl: int = 0,
    ) -> FileSystem:
        """Declare files that are chosen from an integration by a description, and return self."""
        _check_source(integration, name, output_format)
        return self._add_source(
            type="smart_source",
            integration=integration,
            name=name,
            guidance=guidance,
            output_format=output_format,
            file_ext=file_ext,
            filename_format=filename_format,
            cache_ttl=cache_ttl,
        )

    def source_query(
        self,
        integration: str,
        name: str,
        *,
        filter: dict[str, Any] | str,  # noqa: A002 - the public API's name
        output_format: str = "folder",
        file_ext: str = "",
        filename_format: str = "",
        cache_ttl: int = 0,
    ) -> FileSystem:
        """Declare files that are chosen from an integration by a filter, and return self."""
        _check_source(integration, name, output_format)
        return self._add_source(
            type="source_query",
            integration=integration,
            name=name,
            filter=filter,
            output_format=output_format,
            file_ext=file_ext,
            filename_format=filename_format,
            cache_ttl=cache_ttl,
        )

    def mcp(
        self,
        name: str,
        *,
        command: str | None = None,
        args: list[str] | None = None,
        url: str | None = None,
        env: dict[str, str] | None = None,
        transport: str | None = None,
    ) -> FileSystem:
        """Declare a Model Context Protocol server, and return self.

        Raises:
            ValueError: the name is empty, or neither a command nor a URL is given.
        """
        _check_name(name, "An MCP server")
        if not command and not url:
            raise ValueError(f"MCP server {name!r} needs command= or url=.")
        given = {"command": command, "args": args, "url": url, "env": env, "transport": transport}
        used = {key: value for key, value in given.items() if value}
        return self._add_tool(type="mcp", name=name, **used)

    def tool(self, name: str, **config: Any) -> FileSystem:
        """Declare a tool, and return self.

        Raises:
            ValueError: the name is empty.
        """
        _check_name(name, "A tool")
        return self._add_tool(type="tool", name=name, config=config)

    def link(self, path: str, *, label: str | None = None) -> dict[str, Any]:
        """Return a link to a file of this file system, for a table cell or a page.

        Args:
            path: absolute, either under the mount or counted from the mount.

        Raises:
            RuntimeError: the file system is not mounted.
            ValueError: the path is relative or leaves the mount.
        """
        if self._mount is None:
            raise RuntimeError(
                f"File system {self.name!r} is not mounted. "
                f"Mount it with App(filesystems={{'/data': ...}}) before linking to it."
            )
        normalised = _normalise(path)
        if not _is_under(normalised, self._mount):
            normalised = _normalise(posixpath.join(self._mount, normalised.lstrip("/")))
        return file(normalised, label=label)

    def to_dict(self) -> dict[str, Any]:
        """Return the file system as it is deployed."""
        result: dict[str, Any] = {"name": self.name}
        if self._sources:
            result["sources"] = [dict(source) for source in self._sources]
        if self._tools:
            result["tools"] = [dict(tool) for tool in self._tools]
        return result

    def _add_source(self, **source: Any) -> FileSystem:
        self._sources.append({key: value for key, value in source.items() if value})
        return self

    def _add_tool(self, **tool: Any) -> FileSystem:
        self._tools.append(tool)
        return self


def file(path: str, *, label: str | None = None) -> dict[str, Any]:
    """Return a link to a file under a mount, for a table cell or a page.

    Raises:
        ValueError: the path is not absolute.
    """
    link: dict[str, Any] = {"_type": "file", "path": _normalise(path)}
    if label:
        link["label"] = label
    return link


def mount(filesystems: dict[str, Any]) -> dict[str, FileSystem]:
    """Tell each file system where it is mounted, and return them by their paths.

    Raises:
        AttributeError: something that is not a file system is to be mounted.
        ValueError: a mount path is not absolute.
    """
    mounted: dict[str, FileSystem] = {}
    for path, filesystem in filesystems.items():
        if not isinstance(filesystem, FileSystem):
            raise AttributeError(
                f"filesystems[{path!r}] is {filesystem!r}, which has no to_dict: "
                f"it must be a cpsl.FileSystem."
            )
        if not path.startswith("/"):
            raise ValueError(f"Mount path {path!r} must be absolute, such as '/data'.")
        filesystem._mount = posixpath.normpath(path)  # noqa: SLF001 - mounting is this module's
        mounted[path] = filesystem
    return mounted


def _normalise(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError(f"File path {path!r} must be absolute, such as '/data/report.pdf'.")
    return posixpath.normpath("/" + path.lstrip("/"))


def _is_under(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _check_source(integration: str, name: str, output_format: str) -> None:
    if not integration:
        raise ValueError("A source needs the integration that its files come from.")
    _check_name(name, "A source")
    if output_format not in _OUTPUT_FORMATS:
        raise ValueError(f"output_format must be folder or file, not {output_format!r}.")


def _check_name(name: str, what: str) -> None:
    if not name:
        raise ValueError(f"{what} needs a name.")
