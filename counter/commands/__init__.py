"""命令: every command, a line or two of work each. Heavy imports wait until a command needs them."""
