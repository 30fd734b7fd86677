"""The clerk's own files: 任免表 (.lrmx, .lrm), Excel, records as people write them; none of it touches the register."""
