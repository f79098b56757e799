"""Step 2 of a dataset's life: description, versions, files, profile, quality.

Nouns: `Dataset` (what a provider describes and declares), `Version` (one state of its content),
`Field` (one line of the dictionary), `DeclaredUse` (what it is offered for). Only a version has a
life: staged → quarantined → scanned → ready or refused → destroyed. The provider's people act;
the table engine, a child process, reads the bytes; staff look.
"""
