"""The methods of `Session` that show blocks."""

from __future__ import annotations

from typing import Any

from cpsl.blocks import (
    Block,
    activity_block,
    browser_block,
    image_block,
    random_id,
    step_block,
    suggestions_block,
    task_block,
)
from cpsl.media import SessionMedia, keep_media
from cpsl.previews import table_block, table_id, ui_block


class BlockMethods:
    """What `Session` can show. Without a live conversation all of this does nothing."""

    __slots__ = ()

    id: str
    media: SessionMedia

    async def show(self, block: Block) -> None:
        """Show a block, or replace the one with the same id."""
        raise NotImplementedError

    async def emit(self, event: str, payload: dict[str, Any] | None = None) -> None:
        """Tell the pages of the app that something happened."""
        await self.show(Block("session_event", {"event": event, "payload": payload or {}}))

    async def set_title(self, title: str) -> None:
        """Name the conversation."""
        await self.show(Block("session_title", {"title": title}))

    async def show_image(self, source: str, *, alt: str = "", width: int | None = None) -> None:
        """Show a picture.

        Args:
            source: A URL (http, https, data), or a local file.
            alt: What the picture shows, in words.
            width: In pixels.

        Raises:
            FileNotFoundError: There is no such file.
            RuntimeError: It is a file, and the session belongs to no conversation to keep it.
        """
        url = await keep_media(self.media, source)
        await self.show(image_block(url, alt=alt, width=width))

    async def show_task(self, handle_or_id: Any, *, message: str | None = None) -> None:
        """Show how a task is doing."""
        await self.show(task_block(handle_or_id, message=message))

    async def show_integration(self, integration_type: str, *, reason: str = "") -> None:
        """Offer to connect an account, without waiting for it."""
        payload = {"type": integration_type, "reason": reason, "blocking": False}
        await self.show(Block("integration_prompt", payload))

    async def show_suggestions(self, suggestions: Any, *, title: str = "") -> None:
        """Offer what to do next: `Suggestion` or dict items, each a prompt or an action.

        Raises:
            TypeError: An item is neither a `Suggestion` nor a dict.
            ValueError: An item leads to a page or workflow, is empty, or has a bad payload.
        """
        if block := suggestions_block(suggestions, title=title):
            await self.show(block)

    async def show_step(
        self,
        label: str,
        *,
        status: str = "running",
        detail: str = "",
        step_id: str | None = None,
        links: list[dict[str, Any]] | None = None,
        fields: dict[str, Any] | None = None,
        expanded: bool = False,
    ) -> str:
        """Show a step of longer work, or how it goes on; return the step's id."""
        step_id = step_id or random_id()
        await self.show(
            step_block(
                label,
                status=status,
                detail=detail,
                step_id=step_id,
                links=links,
                fields=fields,
                expanded=expanded,
            )
        )
        return step_id

    async def show_activity(
        self,
        label: str,
        *,
        detail: str = "",
        links: list[dict[str, Any]] | None = None,
        fields: dict[str, Any] | None = None,
        icon: str = "",
        activity_id: str | None = None,
        expanded: bool = False,
    ) -> str:
        """Show what the app is doing, or how it goes on; return the activity's id."""
        activity_id = activity_id or random_id()
        await self.show(
            activity_block(
                label,
                detail=detail,
                links=links,
                fields=fields,
                icon=icon,
                activity_id=activity_id,
                expanded=expanded,
            )
        )
        return activity_id

    async def show_browser(
        self,
        *,
        port: int = 0,
        url: str = "",
        title: str = "",
        path: str = "/",
        mode: str = "split",
    ) -> None:
        """Show a web page: what answers at a local port, or a URL.

        Args:
            mode: `split`, `copilot` or `preview`.

        Raises:
            ValueError: There is neither a port nor a URL, or the mode is unknown.
        """
        await self.show(browser_block(port=port, url=url, title=title, path=path, mode=mode))

    async def hide_browser(self) -> None:
        """Close the web page."""
        await self.show(Block("browser_preview", {"close": True}))

    async def show_table(  # noqa: PLR0913 - the public API's parameters
        self,
        table: Any = None,
        *,
        collection: Any = None,
        rows: list[dict[str, Any]] | None = None,
        data: str | None = None,
        columns: list[Any] | None = None,
        title: str = "",
        label: str | None = None,
        scope: str | None = None,
        sortable: bool = False,
        filterable: bool = False,
        paginate: int = 0,
        mode: str = "split",
    ) -> None:
        """Show a table: a `cpsl.ui.Table`, a collection, rows, or a data handler by name.

        Args:
            mode: `split`, `copilot`, `preview` or `inline`.

        Raises:
            ValueError: There is not exactly one source, or the mode is unknown.
            TypeError: `table` is not a `cpsl.ui.Table`.
        """
        await self.show(
            table_block(
                table,
                session_id=self.id,
                collection=collection,
                rows=rows,
                data=data,
                columns=columns,
                title=title,
                label=label,
                scope=scope,
                sortable=sortable,
                filterable=filterable,
                paginate=paginate,
                mode=mode,
            )
        )

    async def hide_table(self) -> None:
        """Close the table."""
        await self.show(Block("table_preview", {"close": True}, table_id(self.id)))

    async def show_ui(  # noqa: PLR0913 - the public API's parameters
        self,
        ui: Any = None,
        *,
        component: str | None = None,
        page: str | None = None,
        props: dict[str, Any] | None = None,
        packages: list[str] | None = None,
        title: str = "",
        key: str = "",
        mode: str = "split",
    ) -> None:
        """Show a widget of `cpsl.ui`, a React component, or a page of the app.

        Args:
            component: The file of a React component.
            page: The name of a page.
            props: What the component gets; `packages` are the npm packages that it needs.
            key: Names what is shown, for `hide_ui`.
            mode: `split`, `copilot`, `preview` or `inline`.

        Raises:
            ValueError: There is not exactly one source, or the mode is unknown.
            TypeError: `ui` is not a widget.
        """
        await self.show(
            ui_block(
                ui,
                component=component,
                page=page,
                props=props,
                packages=packages,
                title=title,
                key=key,
                mode=mode,
            )
        )

    async def hide_ui(self, key: str = "") -> None:
        """Close what `show_ui` showed, or only what it showed as `key`."""
        await self.show(Block("ui_preview", {"close": True, **({"key": key} if key else {})}))
