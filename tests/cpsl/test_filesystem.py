from __future__ import annotations

from typing import Any

import pytest

import cpsl
from cpsl.filesystem import mount


def test_a_file_system_needs_a_name() -> None:
    with pytest.raises(ValueError, match="A file system needs a name"):
        cpsl.FileSystem("")


def test_declarations_return_the_file_system_and_are_recorded() -> None:
    files = cpsl.FileSystem("documents")

    result = (
        files.smart_source("gmail", "invoices", guidance="only paid ones", output_format="file")
        .source_query("github", "issues", filter={"state": "open"}, cache_ttl=60)
        .mcp("search", command="search-server", args=["--fast"])
        .mcp("remote", url="https://example.com/mcp")
        .tool("convert", quality=3)
    )

    assert result is files
    assert files.to_dict() == {
        "name": "documents",
        "sources": [
            {
                "type": "smart_source",
                "integration": "gmail",
                "name": "invoices",
                "guidance": "only paid ones",
                "output_format": "file",
            },
            {
                "type": "source_query",
                "integration": "github",
                "name": "issues",
                "filter": {"state": "open"},
                "output_format": "folder",
                "cache_ttl": 60,
            },
        ],
        "tools": [
            {"type": "mcp", "name": "search", "command": "search-server", "args": ["--fast"]},
            {"type": "mcp", "name": "remote", "url": "https://example.com/mcp"},
            {"type": "tool", "name": "convert", "config": {"quality": 3}},
        ],
    }


def test_a_file_system_without_declarations_is_its_name() -> None:
    assert cpsl.FileSystem("documents").to_dict() == {"name": "documents"}


@pytest.mark.parametrize(
    ("declare", "reason"),
    [
        (lambda fs: fs.smart_source("", "a"), "A source needs the integration"),
        (lambda fs: fs.smart_source("gmail", ""), "A source needs a name"),
        (
            lambda fs: fs.source_query("gmail", "a", filter="", output_format="zip"),
            "output_format must be folder or file, not 'zip'",
        ),
        (lambda fs: fs.mcp("", url="x"), "An MCP server needs a name"),
        (lambda fs: fs.mcp("search"), "MCP server 'search' needs command= or url="),
        (lambda fs: fs.tool(""), "A tool needs a name"),
    ],
)
def test_incomplete_declarations_are_refused(declare: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        declare(cpsl.FileSystem("documents"))


def test_a_link_is_normalised_and_labelled() -> None:
    assert cpsl.file("/data//a/../b.pdf", label="Report") == {
        "_type": "file",
        "path": "/data/b.pdf",
        "label": "Report",
    }
    assert cpsl.file("//data/b.pdf") == {"_type": "file", "path": "/data/b.pdf"}


@pytest.mark.parametrize("path", ["b.pdf", "", "./b.pdf"])
def test_a_relative_link_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"must be absolute, such as '/data/report\.pdf'"):
        cpsl.file(path)


@pytest.mark.parametrize("path", ["/data/b.pdf", "/b.pdf", "/data/../b.pdf"])
def test_a_link_of_a_mounted_file_system_is_under_its_mount(path: str) -> None:
    files = cpsl.FileSystem("documents")
    cpsl.App("notes", image=cpsl.Image(), filesystems={"/data/": files})

    assert files.link(path, label="Report")["path"] == "/data/b.pdf"


def test_a_link_of_a_file_system_that_is_not_mounted_is_refused() -> None:
    with pytest.raises(
        RuntimeError, match=r"File system 'documents' is not mounted\. Mount it with"
    ):
        cpsl.FileSystem("documents").link("/data/b.pdf")


def test_a_mount_point_is_no_prefix_of_another_name() -> None:
    files = cpsl.FileSystem("documents")
    mount({"/data": files})

    assert files.link("/database/b.pdf")["path"] == "/data/database/b.pdf"
    assert files.link("/data")["path"] == "/data"
