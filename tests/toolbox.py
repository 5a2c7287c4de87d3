"""An app whose handler does what the message says, for tests that need a real worker.

`echo TEXT` · `wait NAME` until `open NAME` was said anywhere · `chunks A B NAME` streams A and B,
waits for NAME, then streams the rest · `set JSON` and `drop KEY` change the data · `then NAME`
changes data, waits, and changes more · and every way a handler can go wrong.
"""

TOOLBOX = """
    import asyncio
    import json
    import os
    import sys
    import threading
    import time
    from pathlib import Path

    import cpsl

    app = cpsl.App(name="toolbox", image=cpsl.Image())
    gates = {}


    def gate(name):
        return gates.setdefault(name, asyncio.Event())


    @app.message()
    async def handle(session: cpsl.Session, message: cpsl.Message) -> None:
        word, _, rest = message.text.partition(" ")
        await globals()[f"do_{word}"](session, rest)


    async def do_echo(session, text):
        await session.reply(f"echo {text}")


    async def do_wait(session, name):
        await session.reply(f"waiting for {name}")
        await gate(name).wait()
        await session.reply("done")


    async def do_open(session, name):
        gate(name).set()


    async def do_count(session, text):
        session.data["n"] = session.data.get("n", 0) + 1
        await session.reply(f"{session.data['n']} {len(session.history)}")


    async def do_mark(session, name):
        with open(name, "a") as file:
            file.write("ran\\n")


    async def do_chunks(session, text):
        *chunks, name = text.split()
        async with session.stream_reply() as reply:
            for chunk in chunks:
                reply.write(chunk + " ")
            await gate(name).wait()
            reply.write("end")


    async def do_set(session, text):
        session.data.update(json.loads(text))


    async def do_drop(session, key):
        del session.data[key]


    async def do_show(session, text):
        await session.reply(json.dumps(session.data.get(text)))


    async def do_live(session, name):
        session.data["step"] = 1
        await gate(name).wait()
        session.data["step"] = 2


    async def do_publish(session, name):
        await session.publish("kept", 1)
        session.data["lost"] = 1
        session.data["kept"] = 2
        await session.notify("published")
        await gate(name).wait()


    async def do_later(session, name):
        async def later():
            await gate(name).wait()
            session.data["late"] = True
            await session.reply("late")
            async with session.stream_reply() as reply:
                reply.write("late ")
                reply.write("stream")

        global keep
        keep = asyncio.get_running_loop().create_task(later())
        await session.reply("now")


    async def do_raise(session, text):
        raise ValueError(text)


    async def do_exit(session, text):
        sys.exit(text or 0)


    async def do_interrupt(session, text):
        raise KeyboardInterrupt


    async def do_late_exit(session, text):
        async def leave():
            sys.exit(5)

        global keep
        keep = asyncio.get_running_loop().create_task(leave())
        await asyncio.sleep(0.05)
        await session.reply("still here")


    async def do_os_exit(session, code):
        await session.reply("half")
        os._exit(int(code))


    async def do_segfault(session, text):
        import ctypes

        session.data["gone"] = True
        ctypes.string_at(0)


    async def do_spin(session, text):
        await session.reply("spinning")
        while True:
            pass


    async def do_stubborn(session, text):
        await session.reply("stubborn")
        while True:
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                pass


    async def do_cleanup(session, text):
        await session.reply("begun")
        try:
            await asyncio.sleep(1000)
        finally:
            await session.reply("cleaned up")


    async def do_block(session, seconds):
        time.sleep(float(seconds))


    async def do_print(session, text):
        print(text)


    async def do_cprint(session, text):
        import ctypes

        libc = ctypes.CDLL(None)
        libc.puts(text.encode())
        libc.fflush(None)


    async def do_system(session, text):
        os.system(f"echo {text}; echo {text} >&2")


    async def do_log(session, text):
        import logging

        logging.basicConfig(level=logging.INFO)
        logging.getLogger("shop").info("said %s", text)


    async def do_thread(session, text):
        def work():
            print("from a thread", text)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()


    async def do_child(session, text):
        import subprocess

        child = subprocess.Popen(["sleep", "1000"])
        await session.reply(str(child.pid))


    async def do_title(session, text):
        await session.set_title(text)


    async def do_notify(session, text):
        await session.notify(text, detail="more")


    async def do_deep(session, text):
        value = 1
        for _ in range(int(text)):
            value = [value]
        session.data["deep"] = value


    async def do_odd(session, text):
        session.data["odd"] = {"bytes": b"abc", "set": {1}, "big": 2**70, "half": "\\\\ud800"}


    async def do_many(session, text):
        async with session.stream_reply() as reply:
            for number in range(int(text)):
                reply.write(f"{number},")


    async def do_length(session, text):
        await session.reply(str(len(text)))
"""
