"""What covers the panes for a moment: help, the list of sessions, details."""
