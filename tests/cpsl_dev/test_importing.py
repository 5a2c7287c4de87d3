"""Tests of importing the endpoint, in an interpreter that has not yet."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import asyncio, ssl
from cpsl_dev.importing import import_endpoint

print(asyncio.run(import_endpoint()).__name__)
from aiohttp import connector
print(connector._SSL_CONTEXT_VERIFIED.cert_store_stats()["x509"])
print("set_default_verify_paths" in vars(ssl.SSLContext))
"""


def test_it_is_imported_without_the_certificates_of_the_machine() -> None:
    said = subprocess.check_output([sys.executable, "-c", CODE], text=True).split()

    assert said == ["DebugEndpoint", "0", "False"]
