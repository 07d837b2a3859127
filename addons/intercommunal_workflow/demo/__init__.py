"""The demonstration: tables of data, a sketcher, a clock and the one who plays it.

Only `models/demo.py` imports this package, and only when it loads.
"""
