"""The panes: attributes go down into them, messages come up. None knows the server."""
