"""The demo: a program that plays a dataset's whole life over HTTP, and loads real tables the same way.

A pure client: it knows the API and nothing of the server's code. Tables come from packages with
free licences (`tables.py` names them); persons and organisations are invented.
"""
