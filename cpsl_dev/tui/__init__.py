"""The screen of `cpsl dev`. Empty: the worker must start before Textual loads."""
