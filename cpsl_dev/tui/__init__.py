"""The screen of `cpsl dev`. Nothing is imported here: the worker must start before Textual loads."""
