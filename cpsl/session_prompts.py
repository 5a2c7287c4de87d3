"""The methods of `Session` that ask the user for something, and wait."""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import Any

from cpsl.answers import APPROVAL, FILE, INTEGRATION
from cpsl.blocks import Block, random_id
from cpsl.files import clean_name
from cpsl.integration import (
    INTEGRATION_AWS,
    INTEGRATION_TAILSCALE,
    KNOWN_SECRET_INTEGRATIONS,
    MODE_OAUTH,
    MODE_SECRET,
    IntegrationConfig,
    IntegrationCredentials,
    IntegrationLike,
    describe_integration,
    integration_type,
)
from cpsl.json_values import to_plain_json
from cpsl.prompts import FileUpload, FileUploadTimeout, IntegrationDeclined, IntegrationTimeout
from cpsl.reply_target import ReplyTarget

_AWS_VARIABLES = {
    "access_key_id": "AWS_ACCESS_KEY_ID",
    "secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "region": "AWS_DEFAULT_REGION",
}


class PromptMethods:
    """What `Session` can ask. The turn waits for the answer; other sessions go on."""

    __slots__ = ()

    id: str
    integrations: dict[str, IntegrationCredentials]
    _target: ReplyTarget | None

    async def reply(self, text: str) -> None:
        """Say something."""
        raise NotImplementedError

    async def prompt_approval(
        self,
        message: str,
        *,
        approve_label: str = "Approve",
        reject_label: str = "Reject",
        timeout: float = 300.0,  # noqa: ASYNC109 - the public API's parameter
    ) -> bool:
        """Ask the user for a yes or a no. False too when nobody answers in time."""
        payload = {
            "message": message,
            "approve_label": approve_label,
            "reject_label": reject_label,
            "blocking": True,
            "session_id": self.id,
        }
        answer = await self._ask(Block(APPROVAL, payload, f"ap_{random_id()}"), timeout)
        return answer is not None and answer["approved"] is True

    async def prompt_file(
        self,
        *,
        message: str = "Please upload a file",
        accept: str = "",
        path: str | None = None,
        timeout: float = 300.0,  # noqa: ASYNC109 - the public API's parameter
    ) -> FileUpload:
        """Ask the user for a file.

        Args:
            accept: Which files, as in `.csv,image/*`; shown to the user.
            path: Where to put it: a folder that exists, or the file itself.

        Raises:
            FileUploadTimeout: No file came in time.
            RuntimeError: Nobody is there to be asked.
        """
        target, files = self._target, None if self._target is None else self._target.files
        if target is None or files is None:
            raise RuntimeError("nobody can be asked for a file: this session has no running app")
        payload = {
            "message": message,
            "blocking": True,
            "session_id": self.id,
            **({"accept": accept} if accept else {}),
        }
        answer = await self._ask(Block(FILE, payload, f"fu_{random_id()}"), timeout)
        if answer is None:
            raise FileUploadTimeout(f"no file was uploaded within {timeout:g} s")
        upload = FileUpload(answer["name"], answer["content_type"], answer["url"], answer["size"])
        upload.kept_at = files.find(upload.url)
        if path is not None:
            upload.path = await asyncio.to_thread(_place_of, path, upload.name)
            await upload.download(upload.path)
        return upload

    def get_integration(self, integration: IntegrationLike) -> IntegrationCredentials | None:
        """Return the user's credentials for a service, or None if it is not connected."""
        return self.integrations.get(integration_type(integration)) or None

    async def prompt_integration(
        self,
        integration_type: str | IntegrationConfig,
        *,
        reason: str = "",
        message: str | None = None,
        timeout: float = 300.0,  # noqa: ASYNC109 - the public API's parameter
    ) -> IntegrationCredentials:
        """Ask the user to connect a service; one that is connected is returned at once.

        Args:
            reason: What it is needed for.
            message: What to say before asking; without it `reason` is said.

        Raises:
            IntegrationTimeout: The user did not answer in time.
            IntegrationDeclined: The user does not want to, or nobody is there to be asked.
        """
        if credentials := self.get_integration(integration_type):
            return credentials
        if self._target is None:
            raise IntegrationDeclined(f"nobody can be asked to connect {integration_type!r}")
        if said := (reason if message is None else message):
            await self.reply(said)
        block = self._integration_block(integration_type, reason)
        name = block.payload["type"]
        answer = await self._ask(block, timeout)
        if answer is None:
            raise IntegrationTimeout(f"{name!r} was not connected within {timeout:g} s")
        if "credentials" not in answer:
            raise IntegrationDeclined(f"the user declined to connect {name!r}")
        credentials = IntegrationCredentials(**answer["credentials"])
        _use(name, credentials)
        self.integrations[name] = credentials
        return credentials

    async def require_integration(
        self,
        integration: IntegrationLike,
        *,
        reason: str = "",
        message: str | None = None,
        timeout: float = 300.0,  # noqa: ASYNC109 - the public API's parameter
    ) -> IntegrationCredentials:
        """Return the user's credentials for a service, asking for them if need be.

        Raises:
            IntegrationTimeout: The user did not answer in time.
            IntegrationDeclined: The user does not want to, or nobody is there to be asked.
        """
        return await self.prompt_integration(
            integration, reason=reason, message=message, timeout=timeout
        )

    def _integration_block(self, integration: IntegrationLike, reason: str) -> Block:
        """Return the card that asks for an account: for its keys by name, or for a token."""
        name = integration_type(integration)
        if isinstance(integration, IntegrationConfig):
            declared = describe_integration(integration)
        else:
            declared = (self._target.integration(name) if self._target else None) or {}
        fields = declared.get("fields") or KNOWN_SECRET_INTEGRATIONS.get(name)
        mode = declared.get("mode") or (MODE_SECRET if fields else MODE_OAUTH)
        payload = {"type": name, "reason": reason, "blocking": True, "mode": mode}
        return Block(INTEGRATION, {**payload, **({"fields": fields} if fields else {})})

    async def _ask(self, block: Block, timeout_seconds: float | None) -> dict[str, Any] | None:
        if self._target is None:
            return None
        return await self._target.ask(to_plain_json(block.to_envelope()), timeout_seconds)


def _place_of(path: str, name: str) -> str:
    """Return where an upload goes: into a folder that exists, else to the path itself."""
    if os.path.isdir(path):
        return os.path.join(path, clean_name(name))
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    return path


def _use(name: str, credentials: IntegrationCredentials) -> None:
    """Let programs and libraries of this process find what the user has typed in."""
    if name == INTEGRATION_AWS:
        for key, variable in _AWS_VARIABLES.items():
            if value := credentials.fields.get(key):
                os.environ[variable] = value
    elif name == INTEGRATION_TAILSCALE:
        missing = [program for program in ("tailscale", "tailscaled") if not shutil.which(program)]
        if missing:
            raise RuntimeError(
                f"tailscale cannot be used: {' and '.join(missing)} is not installed here"
            )
