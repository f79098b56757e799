"""What is measured, and how to measure it again: `make bench` runs every module of this folder.

A module has `run() -> list[Figure]`; a figure is our rate or time, the reference's in the same
run, their ratio, and the goal.
"""
