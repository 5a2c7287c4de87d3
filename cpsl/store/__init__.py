"""What a store keeps, and the SQLite one that keeps it. The only SQL of the project.

A store belongs to one thread and one connection. Nothing else may open its file: closing any
other descriptor of it would drop the locks that SQLite holds.
"""

from cpsl.store.schema import StoreTooNew
from cpsl.store.sqlite import EventRow, NewSession, SqliteStore, StoredSession, TurnChange

__all__ = ["EventRow", "NewSession", "SqliteStore", "StoreTooNew", "StoredSession", "TurnChange"]
