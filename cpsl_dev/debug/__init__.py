"""The debug endpoint: the dev server over HTTP, for editors, scripts, tests and agents."""
