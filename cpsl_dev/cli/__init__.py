"""The command line: arguments, a config, an exit code. The only part that prints."""
