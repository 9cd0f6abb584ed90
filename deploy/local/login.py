"""Who is let in by the secure door of a service, and what clients believe there: one user, one private authority a folder.

folder/  tls/ca.pem  tls/server.pem  password
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from connectors.secret import Secret
from deploy.local.authority import make_authority
from deploy.local.private_file import write_privately

USER = "copydesk"


@dataclass(frozen=True, slots=True)
class Login:
    """The files of `USER`'s login under a folder; there once they were made."""

    folder: Path

    @property
    def ca_file(self) -> Path:
        """The authority that the service's certificate is signed by."""
        return self.folder / "tls" / "ca.pem"

    @property
    def password_file(self) -> Path:
        """The password of `USER`, readable by its owner only."""
        return self.folder / "password"

    def password(self) -> Secret:
        """What the file holds."""
        return Secret(self.password_file.read_text(encoding="ascii").strip())

    def make(self) -> Path:
        """Make an authority and a password; key and certificate of the service, in one file."""
        tls = self.folder / "tls"
        tls.mkdir(parents=True, exist_ok=True)
        _, server = make_authority(tls)
        write_privately(self.password_file, f"{secrets.token_urlsafe(18)}\n")
        return server
