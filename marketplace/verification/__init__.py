"""Above the life: anybody checks what we signed, by number, digest, id or dropped file.

No noun of its own and no table. It reads the ledger and the steps below, runs five named checks and
says exactly what it proved. A stranger sees no buyer, price, contract or quantity of anyone.
"""
