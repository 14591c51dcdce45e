"""A configuration that mails people by way of a server on this machine, with links in the mails."""

from __future__ import annotations


def mail_config(port: int, *to: str) -> str:
    """Return the text of ``pivotwatch.toml``: mail to these addresses, taken at this port."""
    addresses = ", ".join(f'"{one}"' for one in to)
    return (
        f'[email]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "plain"\n'
        f'from = "alerts@pivot.example"\nto = [{addresses}]\n\n'
        '[alerts]\nbase_url = "https://watch.example"\n'
    )
