"""Imported by the fork server before it makes workers, so that what they all need is compiled once and inherited."""

from __future__ import annotations

import gc

from pipeline.intake.examiner import warm

warm()
# Pages the collector never touches stay shared between the workers.
gc.collect()
gc.freeze()
