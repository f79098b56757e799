"""Step 13, statistics: figures that anybody can hold against the definition beside them.

Nouns: a definition (numbered text and rule), a figure (a sum over settlements as of an instant), a
statement (the figures of one day, signed and logged). Nothing here has a life: a statement is added
and never changed. Everybody reads; who may open figures sees the entries behind them. Cells made of
fewer than three trades are suppressed, and enough others with them that no subtraction finds them.
"""
