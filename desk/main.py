"""The entry of the command line ``pivotwatch``.

It imports nothing but when it is called: worker processes import this module again when they
start, and must not pay for the whole program.
"""

from __future__ import annotations


def main() -> None:
    """Run the command that the arguments name."""
    from desk.verbs import run

    run()


if __name__ == "__main__":
    main()
