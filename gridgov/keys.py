"""Keys: each purpose derives its own from the one secret, and contacts are sealed with theirs.

HKDF-SHA256 (RFC 5869) with the purpose as `info`; contacts by AES-256-GCM with a random nonce
and the case's number as associated data, so that a sealed contact cannot be moved to another
case unnoticed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gridgov.errors import GridgovError

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8
_NONCE = 12


class Unreadable(GridgovError):
    """This contact was sealed with another key; set the secret that it was sealed with."""


@lru_cache(maxsize=32)
def derive(secret: str, purpose: str) -> bytes:
    """Return the 32-byte key of one purpose."""
    return HKDF(SHA256(), 32, salt=b"gridgov", info=purpose.encode()).derive(secret.encode())


@dataclass(frozen=True)
class Keys:
    """All keys of an installation: from its secret, unless a key of their own is given."""

    secret: str
    contact: str = ""
    code: str = ""

    def __repr__(self) -> str:
        return "Keys(…)"

    @property
    def contact_key_id(self) -> str:
        """Name the contact key without telling it: what a sealed contact was sealed with."""
        return hashlib.sha256(derive(self.contact or self.secret, "contact")).hexdigest()[:12]

    def query_code(self, number: str) -> str:
        """Return the reporter's code of a case: 40 bits of HMAC-SHA256, in Crockford's base 32."""
        digest = hmac.digest(
            derive(self.code or self.secret, "query-code"), number.encode(), "sha256"
        )
        bits = int.from_bytes(digest[:5], "big")
        return "".join(CROCKFORD[bits >> shift & 31] for shift in range(35, -1, -5))

    def opens(self, number: str, code: str) -> bool:
        """Tell in constant time whether `code` is the case's; I, L and O are read as 1, 1 and 0."""
        read = code.strip().upper().replace("-", "").translate(str.maketrans("ILO", "110"))
        return hmac.compare_digest(self.query_code(number).encode(), read.encode())

    def seal(self, text: str, number: str) -> bytes:
        """Encrypt and authenticate a text for one case."""
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(derive(self.contact or self.secret, "contact")).encrypt(
            nonce, text.encode(), number.encode()
        )

    def unseal(self, sealed: bytes, number: str) -> str:
        """Decrypt what `seal` made for the same case; raises Unreadable."""
        try:
            plain = AESGCM(derive(self.contact or self.secret, "contact")).decrypt(
                sealed[:_NONCE], sealed[_NONCE:], number.encode()
            )
        except InvalidTag as error:
            raise Unreadable from error
        return plain.decode()

    def body_digest(self, body: bytes) -> bytes:
        """Return a keyed digest of a request's body, to recognise the same request again."""
        return hmac.digest(derive(self.secret, "idempotency"), body, "sha256")


def token_hash(token: str) -> str:
    """Return what is stored of a bearer token; it has 256 random bits, so one hash suffices."""
    return hashlib.sha256(token.encode()).hexdigest()
