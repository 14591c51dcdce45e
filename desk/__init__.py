"""The desk: what a person touches. The command line, and the demo.

In: what the user types and the files they name. Out: text, tables and JSON on the terminal; this
is the only folder that prints. Every mistake of the user's or the network's ends in one clear
line on stderr and an exit code: 0 ok, 1 failed, 2 usage or configuration.
"""
