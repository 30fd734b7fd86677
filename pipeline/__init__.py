"""From a dropped file to an admitted record, and the rules a record and a batch are judged by."""
