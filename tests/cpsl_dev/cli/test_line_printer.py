from __future__ import annotations

import asyncio
import os

from cpsl_dev.cli.line_printer import LinePrinter


async def test_lines_are_written_in_order() -> None:
    read, write = os.pipe()
    printer = LinePrinter(write)

    await printer.write(b"one\n")
    await printer.write(b"two\n")

    os.close(write)
    with os.fdopen(read, "rb") as file:
        assert file.read() == b"one\ntwo\n"


async def test_a_reader_that_is_gone_is_noticed_once_and_then_passed_over() -> None:
    read, write = os.pipe()
    os.close(read)
    printer = LinePrinter(write)

    await printer.write(b"lost\n")
    await printer.write(b"lost too\n")

    assert printer.is_broken
    os.close(write)


async def test_without_a_descriptor_nothing_is_written() -> None:
    printer = LinePrinter(None)

    await printer.write(b"nowhere\n")

    assert printer.is_broken


async def test_a_reader_that_does_not_read_holds_up_only_who_waits_for_it() -> None:
    read, write = os.pipe()
    printer = LinePrinter(write)
    data = b"x" * 1_000_000

    writing = asyncio.ensure_future(printer.write(data))
    await asyncio.sleep(0)
    assert not writing.done()

    received = 0
    while received < len(data):
        received += len(await asyncio.to_thread(os.read, read, 65_536))
    await writing
    os.close(read)
    os.close(write)


async def test_a_descriptor_that_does_not_block_is_waited_for() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    printer = LinePrinter(write)
    data = b"x" * 500_000

    writing = asyncio.ensure_future(printer.write(data))
    received = 0
    while received < len(data):
        received += len(await asyncio.to_thread(os.read, read, 65_536))
    await writing

    assert not printer.is_broken
    os.close(read)
    os.close(write)
