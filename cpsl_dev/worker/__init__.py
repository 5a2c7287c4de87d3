"""The worker process: it loads the user's app, runs it, and tells the supervisor."""
