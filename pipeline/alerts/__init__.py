"""Early warnings: what causes them, when they are due, who works them out beside the watcher."""
