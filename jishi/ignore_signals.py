"""Imported first by a fork server: what is meant for the command is not meant for it.

Ctrl-C, a closed terminal's SIGHUP and a service's SIGTERM reach the whole process group; a fork server that died of one
could start no worker for what is in hand, and one that is still importing would answer Ctrl-C with a traceback.
"""

from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
